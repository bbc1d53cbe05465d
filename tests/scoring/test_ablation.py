"""The ablation's arithmetic: which step pays, and how it is told."""

import pytest

from stillhouse.curation.ablation import CONTROL, FULL
from stillhouse.scoring.ablation import Arm, compare, markdown


def test_a_step_that_helps_on_every_problem_pays_and_noise_does_not() -> None:
    problems = [f"p{i}" for i in range(60)]
    good, bad = dict.fromkeys(problems, 0.8), dict.fromkeys(problems, 0.3)
    mixed = {p: 0.8 + (0.1 if i % 2 else -0.1) for i, p in enumerate(problems)}
    lines = compare([
        Arm(FULL, 10, [good, good]), Arm("without 0:outcome", 10, [bad, bad]), Arm("without 1:loops", 10, [mixed, good]),
        Arm(CONTROL, 10, [dict.fromkeys(problems, 1.0)] * 2),
    ])  # fmt: skip
    assert [line.verdict for line in lines] == ["the recipe as it is", "the step pays", "no difference shown", "curation costs"]
    assert lines[1].lead.mean == pytest.approx(0.5)
    assert lines[1].lead.n == 60
    assert "| without 0:outcome | 10 | 30.0% ± 0.0 | +50.0 points [" in markdown(lines, 2)


def test_arms_scored_on_other_problems_are_refused() -> None:
    with pytest.raises(ValueError, match="other problems"):
        compare([Arm(FULL, 1, [{"a": 1.0, "b": 0.0}]), Arm(CONTROL, 1, [{"a": 1.0}])])
