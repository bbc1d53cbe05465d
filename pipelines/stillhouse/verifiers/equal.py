"""Are two answers equal? Cheap certain readings first, Math-Verify last."""

from dataclasses import dataclass

from stillhouse.records import Outcome


@dataclass(frozen=True, slots=True)
class Comparison:
    """`reason` names the path that decided."""

    outcome: Outcome
    reason: str


def warm_up() -> None:
    """Imports the slow path and runs it once."""
    compare("\\frac{1}{2}x", "x/2")


def compare(gold: str, answer: str) -> Comparison:
    """`correct` or `wrong`."""
    if gold == answer:
        return Comparison("correct", "string")
    from math_verify import parse, verify

    left = parse(f"\\boxed{{{gold}}}", parsing_timeout=None)
    right = parse(f"\\boxed{{{answer}}}", parsing_timeout=None)
    return Comparison("correct" if verify(left, right, timeout_seconds=None) else "wrong", "math-verify")
