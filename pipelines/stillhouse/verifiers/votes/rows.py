"""Votes over plain rows: responses to the same question in, its majority out, for people who already have completions.

A row has `id` and `responses` (a list, or an object from a model's name to its response), or one `response` and perhaps the
`model` that gave it; rows with one id are one question. Besides: `question`, `answer` (the gold; it may be missing), `choices`
(multiple choice), `verifier`. What cannot be used becomes an `error` result with its line number, after the votes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace
from stillhouse.verifiers.grading import BadRow, Line, as_pair
from stillhouse.verifiers.votes.vote import Vote, vote

TYPES = {"id": str, "majority": str, "share": float, "votes": int, "status": str, "gold": str, "reason": str}
Result = dict[str, Any]


def vote_rows(
    rows: Iterable[Any], *, workers: int = 1, settings: Verify | None = None, verifier: str | None = None, unsafe: bool = False
) -> list[Result]:
    """One result (the keys of TYPES) per question, in the order in which the questions come; errors last."""
    settings, errors = settings or Verify(), list[Result]()
    votes = vote(_pairs(rows, settings, verifier, errors), settings, workers, unsafe=unsafe)
    return [_result(found) for found in votes] + errors


def _result(found: Vote) -> Result:
    values = (found.problem_id, found.answer, round(found.share, 4), found.votes, found.status, found.gold, "")
    return dict(zip(TYPES, values, strict=True))


def _pairs(rows: Iterable[Any], settings: Verify, default: str | None, errors: list[Result]) -> Iterator[tuple[Problem, Trace]]:
    golds: dict[str, str] = {}
    for position, given in enumerate(rows, 1):
        line, row = (given.number, given.row) if isinstance(given, Line) else (position, given)
        try:
            for pair in _row_pairs(row, line, settings, default):
                if golds.setdefault(pair[0].id, pair[0].answer) != pair[0].answer:
                    raise BadRow("another answer than in an earlier row of this id")
                yield pair
        except BadRow as error:
            errors.append(_error(row, line, str(error)))


def _row_pairs(row: Any, line: int, settings: Verify, default: str | None) -> Iterator[tuple[Problem, Trace]]:
    """A pair for each response of a row, all with one problem that has the row's id. Raises BadRow."""
    if not isinstance(row, dict):
        yield as_pair(row, line, settings, default)  # raises
        return
    named = default or ("choice" if row.get("choices") is not None else "math")
    for model, response in _responses(row):
        problem, trace = as_pair({**row, "response": response}, line, settings, named)
        yield replace(problem, id=trace.id), replace(trace, model=model)


def _responses(row: dict[str, Any]) -> list[tuple[str, Any]]:
    given = row.get("responses")
    if given is None:
        return [(str(row.get("model") or ""), row.get("response"))]
    if given in ([], {}):
        raise BadRow("no responses")
    if isinstance(given, dict):
        return [(str(model), response) for model, response in given.items()]
    if not isinstance(given, list):
        raise BadRow(f"responses is not a list or an object but {type(given).__name__}")
    return [("", response) for response in given]


def _error(row: Any, line: int, why: str) -> Result:
    known = row.get("id") if isinstance(row, dict) else None
    name = str(known) if known not in (None, "") else f"line {line}"
    return dict(zip(TYPES, (name, "", 0.0, 0, "error", "", f"line {line}: {why}"), strict=True))
