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

QUICKSTART = Path(__file__).parents[2] / "configs" / "quickstart.yaml"
GSM8K = [
    {"question": "Anna has 3 apples and buys 4. How many has she?", "answer": "3 + 4 = <<3+4=7>>7\n#### 7"},
    {"question": "A box holds 1,000 pens. How many do two hold?", "answer": "Twice as many.\n#### 2,000"},
]
MATH = [
    {"problem": "Find $x$ where $2x = 1$.", "solution": "…", "answer": "\\frac{1}{2}", "subject": "Algebra", "level": 1, "unique_id": "a"}
]
AIME = [{"problem": "Find the remainder.", "answer": 25}]


def written(folder: Path, rows: list[dict[str, Any]]) -> str:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


@pytest.mark.parametrize(
    ("name", "rows", "golds"),
    [("gsm8k", GSM8K, ["7", "2,000"]), ("math500", MATH, ["\\frac{1}{2}"]), ("aime24", AIME, ["25"]), ("aime25", AIME, ["25"])],
)
def test_rows_of_its_form_become_its_problems(tmp_path: Path, name: str, rows: list[dict[str, Any]], golds: list[str]) -> None:
    found = list(load_problems(source(Benchmark(name=name, path=written(tmp_path, rows)))))
    assert [problem.answer for problem in found] == golds
    assert {problem.verifier for problem in found} == {"math"}


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
    assert {name for name in without if without[name].fingerprint != made[name].fingerprint} == {"report"}, "nothing else is made again"


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
