"""`grade`: rows of answers in, rows of verdicts out, in order, for people who already have completions.

A row has `id`, `response`, `verifier`, `answer`, and what its verifier needs besides: `question`, `tests` (code), `choices`
(choice), `rules` (structure), `task` and `entry` (reasoning_gym), or a ready `payload`. A row that cannot be graded
becomes an `error` row with its line number, and the rest goes on.
"""

import json
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from stillhouse.dialects import parse
from stillhouse.errors import UserError
from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace, Verdict, answer_trace, problem_id
from stillhouse.verifiers import registry
from stillhouse.verifiers.extraction_audit import ExtractionAudit
from stillhouse.verifiers.pool.pool import Pool

TYPES = {
    "id": str, "outcome": str, "score": float, "extracted": str, "reason": str, "seconds": float, "isolation": str, "verifier": str, "version": str,
}  # fmt: skip
FIELDS = tuple(TYPES)
Result = dict[str, Any]


class Line(NamedTuple):
    """A row with its own number, where that is not its position."""

    number: int
    row: Any


class Waiting(NamedTuple):
    """A row whose verdict is not there yet."""

    id: str
    response: str


class UnreadableRow(str):
    """Stands for a line that could not be read; the text says why."""


class BadRow(Exception):
    """A row that cannot be graded, and why."""


def grade(
    rows: Iterable[Any],
    *,
    workers: int = 1,
    settings: Verify | None = None,
    verifier: str | None = None,
    audit: ExtractionAudit | None = None,
    unsafe: bool = False,
) -> Iterator[Result]:
    """One result (the keys of FIELDS) per row, in order, lazily.

    `rows` are dicts (or Lines); anything else gives an error result, and so does a row whose verifier is not there or cannot be
    loaded. `verifier` is for rows that name none. `score` is in [0, 1], `seconds` is CPU time. `audit` is told of every verdict.
    `unsafe` lets verifiers run where no walls can be built, which raises UserError otherwise.
    """
    settings = settings or Verify()
    order: deque[Result | Waiting] = deque()

    def pairs() -> Iterator[tuple[Problem, Trace]]:
        for position, given in enumerate(rows, 1):
            line, row = (given.number, given.row) if isinstance(given, Line) else (position, given)
            try:
                pair = as_pair(row, line, settings, verifier)
            except BadRow as error:
                order.append(_error(row, line, str(error)))
                continue
            order.append(Waiting(str(row["id"]), pair[1].response))
            yield pair

    with Pool(workers, settings, unsafe=unsafe, keep_going=True) as pool:
        for verdict in pool.judge(pairs()):
            yield from _bad_ones(order)
            waiting = order.popleft()
            assert isinstance(waiting, Waiting)
            if audit is not None:
                audit.add(waiting.id, verdict, waiting.response)
            yield _result(waiting.id, verdict)
        yield from _bad_ones(order)


def _bad_ones(order: deque[Result | Waiting]) -> Iterator[Result]:
    while order and isinstance(order[0], dict):
        yield order.popleft()  # type: ignore[misc]


def as_pair(row: Any, line: int, settings: Verify, default: str | None) -> tuple[Problem, Trace]:
    """The problem and the trace of a row. Raises BadRow."""
    if not isinstance(row, dict):
        raise BadRow(str(row) if isinstance(row, UnreadableRow) else f"not an object but {type(row).__name__}")
    if row.get("id") in (None, ""):
        raise BadRow("no id")
    name = row.get("verifier") or default
    if not name or not isinstance(name, str):
        raise BadRow("no verifier")
    try:
        registry.check(name, settings)
    except UserError as error:
        raise BadRow(str(error)) from error
    response = _text(row, "response", required=True)
    question = _text(row, "question")
    problem = Problem(problem_id(question), question, _answer(row), name, payload=_payload(row))
    parts = parse(response)
    trace = answer_trace(str(row["id"]), problem.id, parts.response, reasoning=parts.reasoning, format=parts.format, index=line)
    return problem, trace


def _text(row: dict[str, Any], key: str, required: bool = False) -> str:
    value = row.get(key)
    if value is None and not required:
        return ""
    if not isinstance(value, str):
        raise BadRow(f"no {key}" if value is None else f"{key} is not text but {type(value).__name__}")
    return value


def _answer(row: dict[str, Any]) -> str:
    value = row.get("answer")
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadRow(f"answer is not text or a number but {type(value).__name__}")
    return str(value)


def _payload(row: dict[str, Any]) -> str:
    """The verifier's payload from the row's own columns; a JSON text counts as what it holds."""
    given = row.get("payload") if row.get("payload") is not None else row.get("tests")
    if given is None:
        given = {key: _loaded(row[key]) for key in ("choices", "rules", "task", "entry") if row.get(key) is not None}
    if isinstance(given, str):
        given = _loaded(given)
    if not isinstance(given, dict):
        raise BadRow(f"payload or tests is not an object but {type(given).__name__}")
    try:
        return json.dumps(given, ensure_ascii=False, default=str)
    except (ValueError, RecursionError) as error:
        raise BadRow("payload or tests is nested too deeply") from error


def _loaded(value: Any) -> Any:
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise BadRow(f"not JSON: {error}") from error
    except RecursionError as error:
        raise BadRow("not JSON: nested too deeply") from error


def _error(row: Any, line: int, why: str) -> Result:
    known = row.get("id") if isinstance(row, dict) else None
    name = row.get("verifier") if isinstance(row, dict) else None
    values = (str(known) if known not in (None, "") else f"line {line}", "error", 0.0, "", f"line {line}: {why}", 0.0, "")
    return dict(zip(FIELDS, (*values, str(name or ""), ""), strict=True))


def _result(row_id: str, verdict: Verdict) -> Result:
    return {"id": row_id, **{key: getattr(verdict, key) for key in FIELDS[1:]}}
