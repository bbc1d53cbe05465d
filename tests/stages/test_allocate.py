"""Policies on real steps with recorded traces: what is asked, what is bought, what a kill changes (nothing)."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))
import toy

from stillhouse.cluster.actors import Actors
from stillhouse.cluster.session import join, leave
from stillhouse.errors import UserError
from stillhouse.execute import Job, make_all, planned
from stillhouse.recipe import load
from stillhouse.recipe.sections import Cluster
from stillhouse.records import Allocated, Request, Trace, Verdict
from stillhouse.stages.base import Input
from stillhouse.stages.plan import plan
from stillhouse.storage.run import Pointer, Run

PATTERNS = ["c", "wc", "wwwc", "wwwwwwww", "ccwwcccc", "wcwcwcwc", "www", "wwwwwwwc"]
UNTIL = "teacher.policy={kind: until_k_correct, k: 1, cap: 6}"


@pytest.fixture(scope="module", autouse=True)
def actors() -> Iterator[Actors]:
    """One Ray and its actors for the file."""
    join(Cluster(num_cpus=2))
    with Actors() as kept:
        KEPT.append(kept)
        yield kept
    leave()


KEPT: list[Actors] = []


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A problem per pattern: the recorded traces are correct (c) or wrong (w)."""
    write(tmp_path, "traces", PATTERNS)
    questions = [{"question": question(i), "answer": str(2 * i + 1)} for i in range(len(PATTERNS))]
    (tmp_path / "problems.jsonl").write_text("".join(json.dumps(row) + "\n" for row in questions))
    recipe = toy.recipe(tmp_path, samples=4, shard_size=3)
    recipe["problems"]["held_out"] = 0
    del recipe["train"]
    (tmp_path / "toy.yaml").write_text(yaml.safe_dump(recipe))
    return tmp_path


def question(i: int) -> str:
    return f"What is {i} + {i + 1}?"


def write(folder: Path, name: str, patterns: list[str]) -> Path:
    rows = [
        {"question": question(i), "text": f"<think>\n{name} {n}\n</think>\n\n\\boxed{{{2 * i + 1 + (letter == 'w')}}}"}
        for i, pattern in enumerate(patterns)
        for n, letter in enumerate(pattern)
    ]
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def made(store: Path, run: str, until: str, *overrides: str) -> Job:
    found = Job(Run.at(str(store / "runs" / run)), plan(load(store / "toy.yaml", list(overrides))), KEPT[0])
    pointers = {step.name: Pointer(kind=step.stage.kind, fingerprint=step.fingerprint) for step in found.plan.steps.values()}
    found.run.set_pointers(found.plan.recipe, pointers, {})
    make_all(found, found.plan.until(until))
    return found


def rows(found: Job, table: str, record: type, step: str = "sample") -> list:  # type: ignore[type-arg]
    one = found.plan.steps[step]
    return Input(step, found.artifact(one), one.stage.tables).rows(table, record)


def counts(found: Job, step: str = "sample") -> dict[str, float]:
    manifest = found.committed(found.plan.steps[step])
    assert manifest is not None
    return manifest.counts


def tried(found: Job) -> list[tuple[int, int, str]]:
    """(tried, correct, why it stopped) of each problem, in the order of the patterns."""
    order = {problem.id: int(problem.question.split()[2]) for problem in rows(found, "problems", _problem(), "problems")}
    said = {order[one.problem_id]: (one.tried, one.correct, one.stop) for one in rows(found, "allocated", Allocated)}
    return [said[i] for i in range(len(PATTERNS))]


def _problem() -> type:
    from stillhouse.records import Problem

    return Problem


EXPECTED = [
    (1, 1, "enough correct"), (2, 1, "enough correct"), (4, 1, "enough correct"), (6, 0, "cap reached"),
    (1, 1, "enough correct"), (2, 1, "enough correct"), (3, 0, "there is no further trace"), (6, 0, "cap reached"),
]  # fmt: skip


@pytest.mark.parametrize("chunk", [1, 4])
def test_a_problem_gets_what_its_policy_says_whatever_is_under_way(store: Path, chunk: int) -> None:
    found = made(store, "a", "verify", f"teacher.policy={{kind: until_k_correct, k: 1, cap: 6, chunk: {chunk}}}")
    assert tried(found) == EXPECTED
    requests, traces = rows(found, "requests", Request), rows(found, "traces", Trace)
    assert len(requests) == sum(n for n, _, _ in EXPECTED)
    assert sorted(one.id for one in requests) == sorted(one.id for one in traces)
    verdicts = rows(found, "verdicts", Verdict, "verify")
    assert sorted(one.trace_id for one in verdicts) == sorted(one.id for one in traces)
    assert sum(one.outcome == "correct" for one in verdicts) == 5


def test_chunks_and_workers_are_no_part_of_what_a_step_is(store: Path) -> None:
    one = made(store, "a", "problems", UNTIL)
    other = made(store, "b", "problems", UNTIL.replace("cap: 6", "cap: 6, chunk: 5"), "cluster.verifier_workers=2")
    assert one.plan.steps["sample"].fingerprint == other.plan.steps["sample"].fingerprint
    third = made(store, "c", "problems", UNTIL.replace("cap: 6", "cap: 7"))
    assert one.plan.steps["sample"].fingerprint != third.plan.steps["sample"].fingerprint


def test_after_a_fixed_number_nothing_is_bought_that_is_there(store: Path) -> None:
    fixed = made(store, "a", "verify", "teacher.sampling.n=8")
    before = {path for path in (store / "traces").rglob("*.parquet")}
    again = made(store, "b", "verify", UNTIL)
    assert counts(again)["bought"] == 0
    assert {path for path in (store / "traces").rglob("*.parquet")} == before
    assert tried(again) == EXPECTED
    assert {one.id for one in rows(again, "requests", Request)} < {one.id for one in rows(fixed, "requests", Request)}


def test_traces_that_nobody_judged_yet_are_judged_and_not_bought(store: Path) -> None:
    made(store, "a", "sample", "teacher.sampling.n=8")
    again = made(store, "b", "sample", UNTIL)
    assert counts(again)["bought"] == 0
    assert tried(again) == EXPECTED


def test_escalation_goes_to_another_teacher_with_what_is_unsolved(store: Path) -> None:
    strong = write(store, "strong", ["", "", "", "wc", "", "", "c", "w"])
    policy = f"teacher.policy={{kind: escalate, k: 1, rounds: [{{cap: 3}}, {{cap: 2, path: {json.dumps(str(strong))}}}]}}"
    found = made(store, "a", "verify", policy)
    assert [(n, right) for n, right, _ in tried(found)] == [(1, 1), (2, 1), (3, 0), (5, 1), (1, 1), (2, 1), (4, 1), (4, 0)]
    assert counts(found)["round 2 tried"] == 4
    assert counts(found)["round 2 correct"] == 2
    assert len(rows(found, "verdicts", Verdict, "verify")) == len(rows(found, "traces", Trace)) == 22
    models = {one.model for one in rows(found, "requests", Request)}
    assert len(models) == 2


def test_a_band_goes_on_where_the_rate_may_lie_in_it(store: Path) -> None:
    found = made(store, "a", "sample", "teacher.policy={kind: difficulty_band, low: 0.25, high: 0.75, cap: 8}")
    assert tried(found) == [
        (1, 1, "there is no further trace"), (2, 1, "there is no further trace"), (4, 1, "there is no further trace"), (7, 0, "too hard"),
        (8, 6, "in the band"), (8, 4, "in the band"), (3, 0, "there is no further trace"), (7, 0, "too hard"),
    ]  # fmt: skip


def test_plan_says_what_is_owed_at_the_most(store: Path) -> None:
    made(store, "a", "problems", UNTIL)
    before = {one.step: one for one in planned(store / "toy.yaml", [UNTIL], str(store / "runs" / "a"))}
    assert (before["sample"].owed, before["sample"].total, before["sample"].at_most) == (48, 48, True)
    assert (before["verify"].owed, before["verify"].total) == (None, None)
    made(store, "a", "verify", UNTIL)
    after = {one.step: one for one in planned(store / "toy.yaml", [UNTIL], str(store / "runs" / "a"))}
    assert (after["sample"].owed, after["sample"].total, after["sample"].at_most) == (0, 25, False)
    assert (after["verify"].owed, after["verify"].total) == (0, 25)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["teacher.policy={kind: escalate, rounds: [{cap: 1}, {cap: 2, temperature: 1}]}"], "ask in the same way"),
        (["teacher.policy={kind: escalate, rounds: [{cap: 1, model: {path: x}}]}"], "recorded traces"),
        ([UNTIL, "verify.vote.labels=true"], "golds"),
    ],
)
def test_a_policy_that_cannot_be_followed_is_told_at_once(store: Path, overrides: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        plan(load(store / "toy.yaml", overrides))


def test_the_difficulty_of_a_problem_is_not_biased_by_its_stop(store: Path) -> None:
    found = made(store, "a", "curate", UNTIL.replace("k: 1", "k: 2"), "curation.steps=[]")
    from stillhouse.records import Example

    order = {problem.id: int(problem.question.split()[2]) for problem in rows(found, "problems", _problem(), "problems")}
    said = {order[one.problem_id]: one.difficulty for one in rows(found, "examples", Example, "curate")}
    assert [said[i] for i in range(len(PATTERNS))] == [0.0, 0.5, 0.75, 1.0, 0.0, pytest.approx(1 - 1 / 3), 1.0, 1.0]


def test_the_report_tells_what_the_policy_did(store: Path) -> None:
    from stillhouse.query.committed import Committed
    from stillhouse.report.summary import summarise
    from stillhouse.report.terminal import lines
    from stillhouse.storage.run import OpenRun

    made(store, "a", "verify", UNTIL.replace("cap: 6", "cap: 6, chunk: 3"))
    summary = summarise(Committed.at(OpenRun.at(str(store / "runs" / "a"))))
    assert summary.allocation is not None
    assert summary.allocation.stops == {"enough correct": 5, "cap reached": 2, "there is no further trace": 1}
    assert summary.allocation.pass_rate is not None
    assert summary.allocation.pass_rate.mean == 2 / 8  # with k = 1: whether the first attempt came out right
    assert summary.allocation.rounds == [(25, 5)]
    said = dict(lines(summary))
    assert said["pass rate"].startswith("25.0%")
    assert said["traces sampled"] == "25"


def test_a_request_is_the_one_that_a_fixed_number_makes(store: Path) -> None:
    fixed = made(store, "a", "sample", "teacher.sampling.n=8")
    again = made(store, "b", "sample", UNTIL)
    assert set(rows(again, "requests", Request)) < set(rows(fixed, "requests", Request))
