"""The problems stage: golds are checked, and held-out problems never train."""

import gzip
import json
from pathlib import Path

import pytest

from stillhouse.errors import UserError
from stillhouse.execute import job, make_all
from stillhouse.recipe import Recipe, parse
from stillhouse.records import Decision, Problem, problem_id
from stillhouse.stages.problems import config, prove_apart
from stillhouse.storage.contents import Contents
from stillhouse.storage.run import OpenRun


def recipe(path: Path, against: list[str] | None = None, **problems: object) -> Recipe:
    sources = [{"kind": "file", "path": str(path), "verifier": "math"}]
    tree = {
        "name": "toy",
        "problems": {"sources": sources, "held_out": 2} | problems,
        "decontaminate": {"against": against or [], "methods": ["exact", "ngram"], "canaries": {"count": 20, "min_recall": 0.5}},
        "teacher": {"kind": "replay", "path": str(path)},
    }
    return parse(tree, "test")


def made(recipe: Recipe, uri: Path) -> tuple[OpenRun, dict[str, float]]:
    """The run after its step `problems`, and that step's counts."""
    with job(recipe, str(uri)) as found:
        make_all(found, found.plan.until("problems"))
    run = OpenRun.at(str(uri))
    return run, run.manifest("problems").counts


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "p.jsonl"
    rows = [{"question": f"What is {i}+{i}?", "answer": str(2 * i)} for i in range(8)]
    rows += [{"question": "what is  3+3?", "answer": "6"}, {"question": "What is the gold?", "answer": ""}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_problems_are_distinct_sound_and_held_apart(file: Path, tmp_path: Path) -> None:
    run, counts = made(recipe(file, limit=4), tmp_path / "run")
    training, held_out = run.rows("problems", "problems", Problem), run.rows("problems", "held_out", Problem)
    assert (counts["loaded"], len(training), len(held_out)) == (10, 4, 2)
    prove_apart([(p.id, p.question) for p in training], [(p.id, p.question) for p in held_out])
    reasons = {d.reason: d for d in run.rows("problems", "decisions", Decision)}
    assert reasons["quarantined"].id == problem_id("What is the gold?")
    assert reasons["repeated"].id == problem_id("What is 3+3?")
    assert {"over_limit", "held_out"} <= set(reasons)


def test_the_split_follows_the_seed(file: Path, tmp_path: Path) -> None:
    held = []
    for seed in (1, 1, 2):
        run, _ = made(recipe(file).model_copy(update={"seed": seed}), tmp_path / f"run{len(held)}")
        held.append([p.id for p in run.rows("problems", "held_out", Problem)])
    assert held[0] == held[1] != held[2]


def test_a_leak_is_an_error() -> None:
    with pytest.raises(AssertionError, match="leaked"):
        prove_apart([("p1", "What is 2+2?")], [("p2", "what is  2+2?")])


def test_benchmark_questions_are_taken_out_and_recall_is_counted(file: Path, tmp_path: Path) -> None:
    benchmark = tmp_path / "benchmark.jsonl"
    long = "A train leaves the old town at nine and reaches the harbour {} hours later, so when does it arrive there at last?"
    rows = [{"question": "WHAT is 5+5?"}, *({"question": long.format(i)} for i in range(10))]
    benchmark.write_text("".join(json.dumps(row) + "\n" for row in rows))
    run, counts = made(recipe(file, [str(benchmark)]), tmp_path / "run")
    assert counts["contaminated"] == 1
    assert counts["canaries_planted"] == 11  # one per benchmark question at the most
    assert counts["canaries_caught"] >= 6
    dropped = [d for d in run.rows("problems", "decisions", Decision) if d.step == "decontaminate"]
    assert [d.id for d in dropped] == [problem_id("What is 5+5?")]


def test_a_benchmark_file_is_known_by_its_content_whatever_its_name(file: Path, tmp_path: Path) -> None:
    bench = tmp_path / "bench.jsonl.gz"
    found = []
    for question in ("How far is it?", "How far is it?", "How long is it?"):
        bench.write_bytes(gzip.compress(json.dumps({"question": question}).encode(), mtime=0))
        found.append(config(recipe(file, against=[str(bench)]), Contents()).against)
    assert found[0] == found[1] != found[2]


def rows(path: Path, *given: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in given))
    return path


GOOD = [{"question": f"What is {i}+{i}?", "answer": str(2 * i)} for i in range(6)]


def test_a_question_with_two_golds_is_quarantined_whichever_comes_first(tmp_path: Path) -> None:
    path = rows(tmp_path / "p.jsonl", *GOOD, {"question": "How many?", "answer": "7"}, {"question": "how  many?", "answer": "8"})
    run, _ = made(recipe(path), tmp_path / "run")
    kept = {p.id for table in ("problems", "held_out") for p in run.rows("problems", table, Problem)}
    (decision,) = [d for d in run.rows("problems", "decisions", Decision) if d.reason == "two_golds"]
    assert (decision.id, decision.kept) == (problem_id("How many?"), False)
    assert "7 / 8" in decision.detail
    assert decision.id not in kept
    assert len(kept) == 6


def test_one_gold_written_twice_is_one_problem(tmp_path: Path) -> None:
    path = rows(tmp_path / "p.jsonl", *GOOD, *GOOD[:1])
    assert made(recipe(path), tmp_path / "run")[1]["problems"] == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"verifier": "maht"}, "did you mean 'math'"),
        ({"verifier": "judge"}, "verify.judge"),
        ({"verifier": "reward"}, "verify.reward"),
        ({"verifier": "code"}, "No problem is left to sample from: 6 loaded, 6 by judgeable quarantined"),
        ({"verifier": "structure"}, "no rules"),
        ({"verifier": "choice"}, "No problem is left to sample from"),
    ],
    ids=lambda c: str(c)[:40],
)
def test_problems_that_nothing_could_judge_are_told_before_anything_is_sampled(
    tmp_path: Path, change: dict[str, str], message: str
) -> None:
    sources = [{"kind": "file", "path": str(rows(tmp_path / "p.jsonl", *GOOD)), **change}]
    with pytest.raises(UserError) as told:
        made(recipe(tmp_path / "p.jsonl", sources=sources), tmp_path / "run")
    assert message.lower() in str(told.value).lower()


@pytest.mark.parametrize(("held_out", "given"), [(80, GOOD), (0, [{"question": "What is it?", "answer": ""}])])
def test_no_problem_at_all_is_one_line(tmp_path: Path, held_out: int, given: list[dict[str, object]]) -> None:
    with pytest.raises(UserError, match="No problem is left to sample from"):
        made(recipe(rows(tmp_path / "p.jsonl", *given), held_out=held_out), tmp_path / "run")
    assert "problems" not in OpenRun.at(str(tmp_path / "run")).committed()
