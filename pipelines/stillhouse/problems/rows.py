"""One row of a table as a problem."""

import json
from typing import Any

from stillhouse.errors import UserError
from stillhouse.recipe.sections import Columns, HuggingFace, LocalFile
from stillhouse.records import Problem, problem_id


def check_columns(columns: Columns, names: list[str], where: str) -> None:
    """Raises UserError, with the table's or row's place, for a mapped column that is not among `names`."""
    needed = [c for c in (columns.question, columns.answer, columns.payload, columns.domain) if c]
    missing = [c for c in needed if c not in names]
    if missing:
        raise UserError(f"{where} has no column {missing[0]!r}.", f"Its columns: {', '.join(names)}; map them under `columns`.")


def to_problem(row: dict[str, Any], source: LocalFile | HuggingFace, name: str, where: str) -> Problem:
    """Raises UserError, with the row's place, when the question is no text."""
    columns = source.columns
    question = row[columns.question]
    if not isinstance(question, str) or not question.strip():
        raise UserError(f"{where}: column {columns.question!r} holds {type(question).__name__}, not a question.")
    return Problem(
        id=problem_id(question),
        question=question,
        answer=_gold(row[columns.answer], columns.answer_after),
        verifier=source.verifier,
        domain=str(row[columns.domain]) if columns.domain else source.domain,
        source=name,
        license=source.license,
        payload=_payload(row[columns.payload]) if columns.payload else "{}",
    )


def _gold(value: Any, mark: str | None) -> str:
    text = "" if value is None else str(value)
    return text.rpartition(mark)[2].strip() if mark and mark in text else text


def _payload(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
