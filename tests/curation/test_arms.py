"""The arms of an ablation: each step that is on is left out once."""

from stillhouse.curation.ablation import CONTROL, FULL, arms
from stillhouse.recipe.curation import Curation
from stillhouse.recipe.steps import Format, Loops, Outcomes, Pick


def test_each_step_that_is_on_is_left_out_once_and_the_control_only_draws() -> None:
    recipe = Curation(steps=[Outcomes(), Format(), Loops(on=False), Pick()])
    found = arms(recipe, 50)
    assert list(found) == [FULL, "without 0:outcome", "without 1:format", "without 3:pick", CONTROL]
    assert found[FULL] == recipe
    assert [s.step for s in found["without 1:format"].steps] == ["outcome", "loops", "pick", "select"]
    assert [s.step for s in found[CONTROL].steps] == ["outcome", "format", "select"]
    assert [s.step for s in arms(recipe, None)[CONTROL].steps] == ["outcome", "format"]
