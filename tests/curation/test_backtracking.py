"""Step-corrected traces: only a start that is known to be wrong is put before a right trace."""

import polars as pl
import pytest

from stillhouse.curation.backtracking import first_false, holds
from stillhouse.curation.pipeline import curate
from stillhouse.recipe.curation import Curation


@pytest.mark.parametrize(
    ("equation", "true"),
    [
        ("2 + 3 = 5", True),
        ("7 × 8 = 54", False),
        ("10 / 3 = 3.33", True),
        ("10 / 3 = 3.5", False),
        ("1,200 - 300 = 900", True),
        ("4 / 0 = 0", False),
    ],
)
def test_equations_are_checked_to_the_digits_given(equation: str, true: bool) -> None:
    left, sign, right, _, result = equation.split()
    assert holds(left, sign, right, result) is true
    assert (first_false(f"We see that {equation} here.") is None) is true


@pytest.mark.parametrize("text", ["x + 3 = 5", "2 + 3 * 4 = 14", "so 1 + 2 = 3 + x", "10 - 2 - 3 = 5", "no numbers"])
def test_what_is_no_plain_equation_is_never_called_wrong(text: str) -> None:
    assert first_false(text) is None


def test_a_wrong_start_and_a_bridge_come_before_the_right_trace() -> None:
    rows = pl.DataFrame(
        {
            "id": ["right", "wrong", "alone"],
            "problem_id": ["p", "p", "q"],
            "outcome": ["correct", "wrong", "correct"],
            "reasoning": ["2 + 2 = 4. Then 4 * 3 = 12.", "2 + 2 = 5. Then 5 * 3 = 15.", "1 + 1 = 2."],
        }
    )
    steps = [{"step": "outcome"}, {"step": "backtracking", "share": 1.0, "bridge": "No, again."}]
    found = curate(rows, Curation.model_validate({"steps": steps}), 0)
    assert found.kept == ["right", "alone"]
    assert found.labels["reasoning"].to_list() == ["2 + 2 = 5.\n\nNo, again.\n\n2 + 2 = 4. Then 4 * 3 = 12.", None]
    assert found.labels["backtracked_from"].to_list() == ["wrong", None]


def test_a_given_place_of_the_mistake_is_used() -> None:
    rows = pl.DataFrame(
        {
            "id": ["a", "b"],
            "problem_id": ["p", "p"],
            "outcome": ["correct", "wrong"],
            "reasoning": ["Right.", "One.\n\nTwo.\nThree."],
            "mistake_index": [None, 1],
        }
    )
    steps = [{"step": "outcome"}, {"step": "backtracking", "share": 1.0, "locate": "column", "bridge": "No."}]
    assert curate(rows, Curation.model_validate({"steps": steps}), 0).labels["reasoning"][0] == "One.\nTwo.\n\nNo.\n\nRight."
