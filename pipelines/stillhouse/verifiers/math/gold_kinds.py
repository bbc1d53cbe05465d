"""What kinds of golds a source has, and how many of them a rule cannot decide.

A rule compares numbers, expressions, sets, tuples, choices and the like; a gold that is prose, a proof or a construction it can only
match word for word. Such problems are for the judge, or better left out; the count says what that costs.
"""

import re
from collections import Counter
from functools import lru_cache

from stillhouse.records import Problem
from stillhouse.verifiers.math.answers.clean import clean
from stillhouse.verifiers.math.answers.evaluate import symbols
from stillhouse.verifiers.math.answers.expression import Unreadable
from stillhouse.verifiers.math.answers.kinds import Based, Difference, Group, Matrix, Quantity, Relation, Union, Value, Words
from stillhouse.verifiers.math.answers.prose import is_prose
from stillhouse.verifiers.math.answers.realsets import has_infinity
from stillhouse.verifiers.math.answers.value import read_value
from stillhouse.verifiers.math.equal import is_text
from stillhouse.verifiers.math.verifier import gold_text

UNDECIDABLE = frozenset({"prose", "proof", "unread", "none"})
_MAX_CHARS = 2_000
_PROOF = re.compile(r"^\W*(?:proof\b|we (?:prove|show|will (?:prove|show))|q\.?e\.?d)|\\blacksquare|\bQ\.?E\.?D\b", re.IGNORECASE)
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")
_SHORT_WORDS = 3


def gold_kind(problem: Problem) -> str:
    """number, expression, relation, set, interval, tuple, list, matrix, words, choice, tests, task, prose, proof, unread or none."""
    if problem.verifier == "reasoning_gym":
        return "task"
    if problem.verifier in ("code", "structure"):
        return "tests"
    if not problem.answer.strip():
        return "none"
    return "choice" if problem.verifier == "choice" else _kind(problem.answer)


@lru_cache(1 << 14)
def _kind(answer: str) -> str:
    if _WHOLE.fullmatch(answer):  # most golds are, and reading one takes a hundred times as long
        return "number"
    gold = gold_text(answer)
    if _PROOF.search(gold):
        return "proof"
    if len(gold) > _MAX_CHARS:
        return "prose"
    text = clean(gold)
    try:
        value = read_value(text)
    except (Unreadable, ValueError, IndexError, RecursionError):
        return "prose" if is_prose(text) else "words" if is_text(text) else "unread"
    return _of_value(value)


def _of_value(value: Value) -> str:
    if isinstance(value, Words):
        return "words" if len(value.text.split()) <= _SHORT_WORDS else "prose"
    if isinstance(value, Quantity):
        return "expression" if symbols(value.tree) else "number"
    if isinstance(value, Group):
        return _of_group(value)
    return {Based: "number", Matrix: "matrix", Relation: "relation", Union: "interval", Difference: "interval"}.get(type(value), "other")


def _of_group(group: Group) -> str:
    if group.left == "{":
        return "set"
    if {group.left, group.right} & {"[", "]"} or any(has_infinity(item) for item in group.items):
        return "interval"
    return "tuple" if group.left == "(" else "list"


class GoldKinds:
    """Counts golds by source and kind."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}

    def add(self, problem: Problem) -> None:
        self._counts.setdefault(problem.source, Counter())[gold_kind(problem)] += 1

    def lines(self) -> list[str]:
        """A line for each source that says how many golds are of which kind."""
        lines = []
        for source, kinds in sorted(self._counts.items()):
            lost = sum(count for kind, count in kinds.items() if kind in UNDECIDABLE)
            told = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
            lines.append(f"{source}: {told}" + (f"; {lost:,} of {kinds.total():,} that no rule decides" if lost else ""))
        return lines

    @property
    def undecidable(self) -> int:
        """How many no rule decides."""
        return sum(count for kinds in self._counts.values() for kind, count in kinds.items() if kind in UNDECIDABLE)
