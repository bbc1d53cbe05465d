"""The leak check on rationales that were labelled by hand."""

import json
from pathlib import Path

import pytest

from stillhouse.rollouts.leak import leak

RATIONALES = Path(__file__).parent / "rationales"


def rates(name: str) -> tuple[int, int, int]:
    """(leaks that were found, honest ones that were rejected, leaks in all)."""
    rows = [json.loads(line) for line in (RATIONALES / name).read_text().splitlines()]
    said = [(row["label"] == "leak", bool(leak(row["question"], row["answer"], row["text"]))) for row in rows]
    return sum(a and b for a, b in said), sum(b and not a for a, b in said), sum(a for a, _ in said)


@pytest.mark.parametrize("name", ["written_1.jsonl", "written_2.jsonl"])
def test_what_the_rules_were_written_on_stays_found(name: str) -> None:
    assert rates(name) == (50, 0, 50)


@pytest.mark.parametrize(("name", "found", "false", "leaks"), [("held_out.jsonl", 29, 0, 30), ("generated.jsonl", 2, 0, 2)])
def test_what_the_rules_never_saw_is_found_as_often_as_is_told(name: str, found: int, false: int, leaks: int) -> None:
    assert rates(name) == (found, false, leaks)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("The hint says 12. 3 * 4 = 12.", "cites the hint"),
        ("To get 12, we multiply: 3 * 4.", "aims at the answer"),
        ("It is 12. Three times four is that.", "jumps to the answer"),
        ("3 * 4 = 12.", ""),
        ("We are told that there are 3 rows. The total is given by rows times seats, so 3 * 4 = 12.", ""),
        ("I do not know.", ""),
    ],
)
def test_a_rationale_is_rejected_with_its_reason(text: str, why: str) -> None:
    assert leak("There are 3 rows of 4 seats. How many seats?", "12", text) == why


def test_a_hint_of_the_problem_itself_may_be_spoken_of() -> None:
    question = "Find x with 2x = 8. The hint: halve both sides."
    assert leak(question, "4", "The hint is to halve both sides, so x = 8 / 2 = 4.") == ""
