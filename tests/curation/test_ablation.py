"""The ablation's arms and its arithmetic; the flow itself runs the recipe's own stages."""

import importlib
import sys
from pathlib import Path

import pytest

from stillhouse.curation.ablation import CONTROL, FULL, arms
from stillhouse.recipe.curation import Curation
from stillhouse.recipe.steps import Format, Loops, Outcomes, Pick
from stillhouse.records import Score

sys.path.insert(0, str(Path(__file__).parents[2] / "flows"))
ablate = importlib.import_module("ablate")


def score(problem: str, sample: int, outcome: str) -> Score:
    return Score("student", "held_out", problem, sample, outcome, outcome, "", "", "stop", 0, 1, 0.0)  # type: ignore[arg-type]


def test_each_step_that_is_on_is_left_out_once_and_the_control_only_draws() -> None:
    recipe = Curation(steps=[Outcomes(), Format(), Loops(on=False), Pick()])
    found = arms(recipe, 50)
    assert list(found) == [FULL, "without 0:outcome", "without 1:format", "without 3:pick", CONTROL]
    assert found[FULL] == recipe
    assert [s.step for s in found["without 1:format"].steps] == ["outcome", "loops", "pick", "select"]
    assert [s.step for s in found[CONTROL].steps] == ["outcome", "format", "select"]
    assert [s.step for s in arms(recipe, None)[CONTROL].steps] == ["outcome", "format"]


def test_a_step_that_helps_on_every_problem_pays_and_noise_does_not() -> None:
    problems = [f"p{i}" for i in range(60)]
    good, bad = dict.fromkeys(problems, 0.8), dict.fromkeys(problems, 0.3)
    mixed = {p: 0.8 + (0.1 if i % 2 else -0.1) for i, p in enumerate(problems)}
    lines = ablate.compare([
        ablate.Arm(FULL, 10, [good, good]), ablate.Arm("without 0:outcome", 10, [bad, bad]), ablate.Arm("without 1:loops", 10, [mixed, good]),
        ablate.Arm(CONTROL, 10, [dict.fromkeys(problems, 1.0)] * 2),
    ])  # fmt: skip
    assert [line.verdict for line in lines] == ["the recipe as it is", "the step pays", "no difference shown", "curation costs"]
    assert lines[1].lead.mean == pytest.approx(0.5)
    assert lines[1].lead.n == 60
    assert "| without 0:outcome | 10 | 30.0% ± 0.0% | +50.0% [" in ablate.markdown(lines, 2)


def test_arms_scored_on_other_problems_are_refused() -> None:
    with pytest.raises(ValueError, match="other problems"):
        ablate.compare([ablate.Arm(FULL, 1, [{"a": 1.0, "b": 0.0}]), ablate.Arm(CONTROL, 1, [{"a": 1.0}])])


def test_shares_are_per_problem() -> None:
    scores = [score("a", 0, "correct"), score("a", 1, "wrong"), score("b", 0, "timeout")]
    assert ablate.shares(scores) == {"a": 0.5, "b": 0.0}
