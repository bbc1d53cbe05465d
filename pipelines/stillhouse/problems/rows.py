"""Rows of a table as problems: one by one, so that no row's columns depend on another's."""

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from stillhouse.errors import UserError
from stillhouse.problems.forms import formed, needed
from stillhouse.recipe.sections import Columns, HuggingFace, LocalFile
from stillhouse.records import Problem, problem_id


class Placed(NamedTuple):
    """A row with its place, for errors."""

    where: str
    row: dict[str, Any]


def to_problems(rows: Iterable[Placed], source: LocalFile | HuggingFace, name: str, table: str) -> Iterator[Problem]:
    """Each row as a problem. A column that some row lacks is empty there.

    Raises UserError, with the row's place, for a question that is no text and an answer that is no plain value, and
    with the table's for a mapped column that no row has.
    """
    seen: dict[str, None] = {}
    for where, row in rows:
        seen.update(dict.fromkeys(row))
        _check([source.columns.question], seen, where)
        yield _problem(row, source, name, where)
    if seen:
        _check(_mapped(source.columns), seen, table)


def _mapped(columns: Columns) -> list[str]:
    gold = None if columns.tests else columns.answer
    return [c for c in (columns.question, gold, columns.payload, columns.domain, *needed(columns)) if c]


def _check(needed: list[str], there: Iterable[str], where: str) -> None:
    names = list(there)
    missing = [c for c in needed if c not in names]
    if missing:
        raise UserError(f"{where} has no column {missing[0]!r}.", f"Its columns: {', '.join(names)}; map them under `columns`.")


def _problem(row: dict[str, Any], source: LocalFile | HuggingFace, name: str, where: str) -> Problem:
    columns = source.columns
    question = row.get(columns.question)
    if not isinstance(question, str) or not question.strip():
        raise UserError(f"{where}: column {columns.question!r} holds {type(question).__name__}, not a question.")
    found = formed(row, columns, question, where)
    return Problem(
        id=problem_id(found.question),
        question=found.question,
        answer=_gold(found.answer, columns, where),
        verifier=source.verifier,
        domain=str(row.get(columns.domain) or "") if columns.domain else source.domain,
        source=name,
        license=source.license,
        payload=_payload(found.payload),
    )


def _gold(value: Any, columns: Columns, where: str) -> str:
    """The gold as text. Where the recipe names a mark, it must be there: what stands before it is no gold."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal) or value != value:
        shown = "not a number (NaN)" if value != value else f"a {type(value).__name__}"
        raise UserError(f"{where}: column {columns.answer!r} holds {shown}, not an answer.", "An answer is a text or a number.")
    text, mark = str(value), columns.answer_after
    if mark and mark not in text:
        raise UserError(f"{where}: column {columns.answer!r} lacks the mark {mark!r}.", "Take the row out, or the setting `answer_after`.")
    return text.rpartition(mark)[2].strip() if mark else text


def _payload(value: Any) -> str:
    if value is None:
        return "{}"
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
