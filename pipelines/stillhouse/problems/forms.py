"""Rows of published benchmarks whose question or tests are spread over several columns, as one problem.

Options are shown under the question as `A) …`; tests become the payload of the verifier `code`, which says what it takes.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from stillhouse.errors import UserError
from stillhouse.recipe.sections import Columns


@dataclass(frozen=True)
class Formed:
    """A row's question, gold and payload."""

    question: str
    answer: Any
    payload: Any


def formed(row: dict[str, Any], columns: Columns, question: str, where: str) -> Formed:
    """The row as its columns say. Raises UserError, with the row's place, where options or tests are not what they must be."""
    answer = row.get(columns.answer)
    if columns.choices is not None:
        return _choices(row, columns.choices, question, answer, where)
    if columns.tests is not None:
        return {"humaneval": _humaneval, "mbpp": _mbpp}[columns.tests](row, question, where)
    return Formed(question, answer, row.get(columns.payload) if columns.payload else None)


def needed(columns: Columns) -> list[str]:
    """The further columns that the row must have."""
    choices = columns.choices or []
    tests = {"humaneval": ["test", "entry_point"], "mbpp": ["test_list"]}
    return ([choices] if isinstance(choices, str) else list(choices)) + (tests[columns.tests] if columns.tests else [])


def _choices(row: dict[str, Any], column: str | list[str], question: str, answer: Any, where: str) -> Formed:
    """A list of options in a column; or columns of which the first is right, in an order that follows from the question alone."""
    if isinstance(column, str):
        options = row.get(column)
    else:
        options = sorted((row.get(name) for name in column), key=lambda option: _drawn(question, option))
        answer = chr(ord("A") + options.index(row.get(column[0])))
    if not isinstance(options, list) or len(options) < 2 or not all(isinstance(option, str) and option for option in options):
        raise UserError(f"{where}: its options are no list of at least two texts.")
    shown = "\n".join(f"{chr(ord('A') + place)}) {option.strip()}" for place, option in enumerate(options))
    return Formed(f"{question}\n\n{shown}", answer, {"choices": options})


def _drawn(question: str, option: Any) -> str:
    return hashlib.sha256(f"{question}\0{option}".encode("utf-8", "surrogatepass")).hexdigest()


def _humaneval(row: dict[str, Any], question: str, where: str) -> Formed:
    """HumanEval's columns: the question is the head of a function, `test` defines check(candidate)."""
    asked = f"Complete this Python function, and give the whole of it with what it imports.\n\n```python\n{question.rstrip()}\n```"
    tests = {"kind": "check", "code": _text(row, "test", where), "entry_point": _text(row, "entry_point", where)}
    return Formed(asked, "", tests)


def _mbpp(row: dict[str, Any], question: str, where: str) -> Formed:
    """MBPP's columns: `test_list` has asserts, which the question shows, since they alone name the function."""
    asserts = row.get("test_list")
    if not isinstance(asserts, list) or not asserts or not all(isinstance(one, str) for one in asserts):
        raise UserError(f"{where}: column 'test_list' is no list of asserts.")
    code = "\n".join(asserts)
    setup = row.get("test_setup_code")
    tests = {"kind": "asserts", "code": code, "setup": setup if isinstance(setup, str) else ""}
    return Formed(f"{question}\n\nYour code must pass these tests:\n\n```python\n{code}\n```", "", tests)


def _text(row: dict[str, Any], name: str, where: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise UserError(f"{where}: column {name!r} is no text.")
    return value
