"""Benchmarks by name: what the plan makes of them, and what their step refuses."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))
import toy

from stillhouse.errors import UserError
from stillhouse.execute import job, make_all
from stillhouse.problems import load as load_problems
from stillhouse.recipe import load
from stillhouse.recipe.sections import Benchmark, HuggingFace
from stillhouse.records import Problem
from stillhouse.scoring.benchmarks import BENCHMARKS, source, whole
from stillhouse.stages.benchmark import Config
from stillhouse.stages.plan import plan
from stillhouse.storage.run import OpenRun
from stillhouse.verifiers import grade

QUICKSTART = Path(__file__).parents[2] / "configs" / "quickstart.yaml"
GSM8K = [
    {"question": "Anna has 3 apples and buys 4. How many has she?", "answer": "3 + 4 = <<3+4=7>>7\n#### 7"},
    {"question": "A box holds 1,000 pens. How many do two hold?", "answer": "Twice as many.\n#### 2,000"},
]
MATH = [
    {"problem": "Find $x$ where $2x = 1$.", "solution": "…", "answer": "\\frac{1}{2}", "subject": "Algebra", "level": 1, "unique_id": "a"}
]
AIME = [{"problem": "Find the remainder.", "answer": 25}]
AMC = [{"id": 0, "problem": "Find the sum.", "answer": 142.0, "url": "…"}]
GPQA = [
    {
        "Question": f"What is hot? ({i})",
        "Correct Answer": "fire",
        **{f"Incorrect Answer {n}": f"ice {n}" for n in (1, 2, 3)},
        "Subdomain": "heat",
    }
    for i in range(8)
]
MMLU_PRO = [
    {"question_id": 70, "question": "What is 1 + 1?", "options": ["1", "2", "3"], "answer": "B", "answer_index": 1, "category": "math"}
]
HUMANEVAL = [
    {
        "task_id": "HumanEval/0", "prompt": 'def twice(x: int) -> int:\n    """Two times x."""\n', "canonical_solution": "    return 2 * x\n",
        "test": "def check(candidate):\n    assert candidate(3) == 6\n", "entry_point": "twice",
    }
]  # fmt: skip
MBPP = [{"task_id": 1, "text": "Write a function to double.", "code": "…", "test_list": ["assert twice(3) == 6"], "test_setup_code": ""}]


def written(folder: Path, rows: list[dict[str, Any]]) -> str:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


@pytest.mark.parametrize(
    ("name", "rows", "golds"),
    [
        ("gsm8k", GSM8K, ["7", "2,000"]),
        ("math500", MATH, ["\\frac{1}{2}"]),
        ("aime24", AIME, ["25"]),
        ("aime25", AIME, ["25"]),
        ("amc", AMC, ["142.0"]),
    ],
)
def test_rows_of_its_form_become_its_problems(tmp_path: Path, name: str, rows: list[dict[str, Any]], golds: list[str]) -> None:
    found = list(load_problems(source(Benchmark(name=name, path=written(tmp_path, rows)))))
    assert [problem.answer for problem in found] == golds
    assert {problem.verifier for problem in found} == {"math"}


@pytest.mark.parametrize(
    ("name", "rows", "right", "wrong"),
    [
        ("mmlu_pro", MMLU_PRO, "The answer is (B).", "The answer is (C)."),
        ("humaneval", HUMANEVAL, "```python\ndef twice(x):\n    return 2 * x\n```", "```python\ndef twice(x):\n    return x\n```"),
        ("mbpp", MBPP, "```python\ndef twice(x):\n    return 2 * x\n```", "```python\ndef twice(x):\n    return x\n```"),
    ],
)
def test_its_problems_are_judged_by_what_its_rows_hold(
    tmp_path: Path, name: str, rows: list[dict[str, Any]], right: str, wrong: str
) -> None:
    (problem,) = load_problems(source(Benchmark(name=name, path=written(tmp_path, rows))))
    told = {"verifier": problem.verifier, "answer": problem.answer, "question": problem.question}
    payload = json.loads(problem.payload)
    needs = {"choices": payload["choices"]} if problem.verifier == "choice" else {"tests": payload}
    graded = grade(({"id": text, "response": text, **told, **needs} for text in (right, wrong)), workers=1)
    assert [row["outcome"] for row in graded] == ["correct", "wrong"]
    assert problem.question.startswith(
        {"mmlu_pro": "What is 1 + 1?\n\nA) 1\nB) 2\nC) 3", "mbpp": MBPP[0]["text"]}.get(name, "Complete this")
    )


def test_the_right_option_stands_where_the_question_puts_it(tmp_path: Path) -> None:
    problems = list(load_problems(source(Benchmark(name="gpqa", path=written(tmp_path, GPQA)))))
    assert len({problem.answer for problem in problems}) > 1, "not always at the same place"
    for problem in problems:
        assert f"\n{problem.answer}) fire" in problem.question
        assert sorted(json.loads(problem.payload)["choices"]) == ["fire", "ice 1", "ice 2", "ice 3"]
    assert problems == list(load_problems(source(Benchmark(name="gpqa", path=written(tmp_path, GPQA[::-1])))))[::-1]


@pytest.mark.parametrize(
    ("name", "row", "message"),
    [
        (
            "mmlu_pro",
            {"question": "q", "options": ["one"], "answer": "A", "category": "x"},
            "its options are no list of at least two texts",
        ),
        ("mbpp", {"text": "q", "test_list": []}, "column 'test_list' is no list of asserts"),
        ("humaneval", {"prompt": "q", "test": "", "entry_point": "f"}, "column 'test' is no text"),
        ("humaneval", {"prompt": "q"}, "column 'test' is no text"),
    ],
)
def test_a_row_without_its_options_or_tests_is_told_with_its_place(tmp_path: Path, name: str, row: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=f"row 1: {message}"):
        list(load_problems(source(Benchmark(name=name, path=written(tmp_path, [row])))))


def test_every_benchmark_is_pinned_or_asks_for_a_commit() -> None:
    for name, known in BENCHMARKS.items():
        if known.revision is None:
            with pytest.raises(UserError, match=f"{name} has no commit of its own"):
                source(Benchmark(name=name))
        pinned = source(Benchmark(name=name, revision="a" * 40))
        assert isinstance(pinned, HuggingFace)
        assert pinned.revision == "a" * 40
    assert (whole(Benchmark(name="gsm8k")), whole(Benchmark(name="gsm8k", limit=5))) == (1319, None)


def test_base_and_student_answer_a_benchmark_of_its_own_problems(tmp_path: Path) -> None:
    made = plan(load(QUICKSTART, [f"score.benchmarks=[math500, {{name: gsm8k, path: {written(tmp_path, GSM8K)}}}]"])).steps
    config = made["score/gsm8k/problems"].config
    assert isinstance(config, Config)
    assert config.problems is None
    for role in ("base", "student"):
        assert made[f"score/gsm8k/{role}/sample"].inputs["problems"] == "score/gsm8k/problems"
        assert made[f"score/math500/{role}/verify"].inputs["problems"] == "score/math500/problems"
    without = plan(load(QUICKSTART)).steps
    assert {name for name in without if without[name].fingerprint != made[name].fingerprint} == {"release", "report"}, (
        "nothing else is made again"
    )


@pytest.mark.parametrize(
    ("asked", "message"), [("[none]", "'none' is not known. Known: gsm8k"), ("[gsm8k, gsm8k]", "one of them is named twice")]
)
def test_mistakes_are_told(asked: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        plan(load(QUICKSTART, [f"score.benchmarks={asked}"]))


def made(folder: Path, rows: list[dict[str, Any]]) -> list[Problem]:
    """The benchmark's problems in a toy run, of which only what they need is made."""
    recipe = load(toy.write(folder, problems=8), [f"score.benchmarks=[{{name: gsm8k, path: {written(folder, rows)}}}]"])
    with job(recipe, str(folder / "run")) as found:
        make_all(found, [found.plan.steps[name] for name in ("problems", "score/gsm8k/problems")])
    return OpenRun.at(str(folder / "run")).rows("score/gsm8k/problems", "held_out", Problem)


def test_its_problems_are_kept_as_published(tmp_path: Path) -> None:
    assert sorted(problem.answer for problem in made(tmp_path, [*GSM8K, GSM8K[0]])) == ["2,000", "7"]


def test_one_that_is_trained_on_is_refused(tmp_path: Path) -> None:
    leaked = [{"question": f"  what is {i} +  {i + 1}?", "answer": f"#### {2 * i + 1}"} for i in range(8)]
    with pytest.raises(UserError, match="A problem of gsm8k is among the training problems"):
        made(tmp_path, leaked)


def test_a_guard_is_scored_like_a_benchmark_and_may_be_a_set_of_ones_own(tmp_path: Path) -> None:
    rows = written(tmp_path, [{"question": "Which is a fruit?", "answer": "A", "choices": ["apple", "stone"]}])
    own = f"{{name: general, allow: 0.02, source: {{kind: file, path: {rows}, verifier: choice}}}}"
    made = plan(load(QUICKSTART, [f"score.guards=[{{name: gsm8k, path: {rows}}}, {own}]"])).steps
    for name in ("gsm8k", "general"):
        for role in ("base", "student"):
            assert made[f"score/{name}/{role}/sample"].inputs["problems"] == f"score/{name}/problems"
    assert "choice" in made["score/general/student/verify"].config.verifiers  # type: ignore[attr-defined]
    assert made["release"].config.guards == {"gsm8k": 0.0, "general": 0.02}  # type: ignore[attr-defined]
    assert set(made["release"].inputs) == set(made) - {"release", "report"}
    assert [problem.verifier for problem in load_problems(made["score/general/problems"].config.source)] == ["choice"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("guard", "message"),
    [
        ("{name: general, limit: 3, source: {kind: file, path: x.jsonl}}", "path, revision and limit belong to a benchmark"),
        ("{name: general}", "'general' is not known"),
        ("{name: ../up, source: {kind: file, path: x.jsonl}}", "should match pattern"),
        ("{name: gsm8k, allow: 2}", "less than 1"),
    ],
)
def test_a_guard_that_is_none_is_refused(guard: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        plan(load(QUICKSTART, [f"score.guards=[{guard}]"]))
