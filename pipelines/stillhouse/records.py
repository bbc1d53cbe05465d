"""The rows that Stillhouse keeps: frozen, flat, one Parquet row each.

A stage adds rows and never edits them: verifying a trace adds a `Verdict`, dropping it adds a
`Decision`. Ids are content hashes, so the same input has the same id in every run.
"""

import dataclasses
import hashlib
import json
import types
import typing
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Literal, TypeVar

import pyarrow as pa

Outcome = Literal["correct", "wrong", "unverifiable", "timeout", "error"]
OUTCOMES: tuple[Outcome, ...] = typing.get_args(Outcome)


class Row:
    """Pickles as its class and its values: what dataclasses make of slots themselves costs ten times as much, and rows travel by the million."""

    __slots__ = ()

    def __reduce__(self) -> tuple[type[Any], tuple[Any, ...]]:
        return type(self), _values(type(self))(self)


@dataclass(frozen=True, slots=True)
class Problem(Row):
    """A question whose answer can be checked. `payload` is JSON that the verifier needs."""

    id: str
    question: str
    answer: str
    verifier: str
    domain: str = ""
    source: str = ""
    license: str = ""
    payload: str = "{}"


@dataclass(frozen=True, slots=True)
class Request(Row):
    """One trace to be drawn. `id` is the trace's own id, known before a token is bought.

    `model` is the model's name with the start of its weights' hash, `method` the way to the trace, `effort` the most
    tokens that an answer may have, `index` its number among the samples of the problem.
    """

    id: str
    problem_id: str
    model: str
    method: str
    effort: int
    index: int
    seed: int


@dataclass(frozen=True, slots=True)
class Trace(Row):
    """One completion of a model: a teacher's, a student's or the base model's. `Request` explains the first fields.

    `format` says how the think part was delimited: "think", "none", "unclosed", … (see dialects). `calls` counts the
    completions that the trace took; tokens are counted by the engine, over all of them; `seconds` is its share of the engine's
    wall time. `notes` is JSON: what the method did on the way.
    """

    id: str
    problem_id: str
    model: str
    method: str
    effort: int
    index: int
    seed: int
    reasoning: str
    response: str
    format: str
    finish_reason: str
    calls: int
    prompt_tokens: int
    reasoning_tokens: int
    output_tokens: int
    seconds: float
    notes: str | None = None


def answer_trace(id: str, problem_id: str, response: str, *, reasoning: str = "", format: str = "none", index: int = 0) -> Trace:
    """A trace of a text that no engine of ours made: a recorded answer, a gold in the place of an answer."""
    return Trace(id, problem_id, "", "", 0, index, 0, reasoning, response, format, "stop", 0, 0, 0, 0, 0.0)


Reading = Literal["plain", "strict", "lenient", "check", "human"]


@dataclass(frozen=True, slots=True)
class Review(Row):
    """One verdict to be given. `id` hashes the trace, the reading and the gold: another gold is another review.

    reading: "plain" judges the response as it is; "strict" also asks for one well-formed think block; "lenient" takes the
    last number or choice for the answer; "check" puts a trace that a rule has decided to the judge as well; "human" is what a
    person said of it.
    """

    id: str
    trace_id: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class Verdict(Row):
    """What a verifier says of a trace. `score` is in [0, 1]; `isolation` names the level it ran behind; `id` is its review's."""

    trace_id: str
    verifier: str
    version: str
    outcome: Outcome
    score: float
    extracted: str
    reason: str
    seconds: float
    isolation: str
    reading: Reading = "plain"
    id: str = ""


@dataclass(frozen=True, slots=True)
class Allocated:
    """What a policy gave one problem: attempts over all rounds, how many were correct, and why it stopped.

    `pass_rate` is estimated from the first round so that the stop does not bias it, with its 95% interval; None without an
    attempt there.
    """

    problem_id: str
    stop: str
    rounds: int
    tried: int
    correct: int
    first_tried: int
    first_correct: int
    pass_rate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Why a problem or a trace was kept or dropped by one step. `kind` is "problem" or "trace"."""

    id: str
    kind: str
    step: str
    kept: bool
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """One row of the published dataset: a chat of user and assistant turns."""

    id: str
    problem_id: str
    trace_id: str
    messages: list[dict[str, str]]
    answer: str
    domain: str
    difficulty: float | None
    num_tokens: int


Said = Literal["correct", "wrong", "unsure"]


@dataclass(frozen=True, slots=True)
class Queued:
    """A trace that a person is asked about, and one reason why: a trace with several reasons has as many rows."""

    trace_id: str
    problem_id: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Label:
    """What a person said of a trace. `number` counts a run's labels in the order in which they were taken; a trace's last one counts."""

    trace_id: str
    label: Said
    note: str
    number: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many rows a step left, in order."""

    position: int
    step: str
    left: int


@dataclass(frozen=True, slots=True)
class Gate:
    """A named check before something leaves the run: `value` is what was measured, and it holds up to (or from) `limit`."""

    name: str
    passed: bool
    value: float
    limit: float
    reason: str


Record = TypeVar("Record", Problem, Request, Trace, Review, Verdict, Allocated, Decision, Example, Queued, Label, Funnel, Gate)

_ARROW = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
_SCHEMAS: dict[type[Any], pa.Schema] = {}
_MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))


def _arrow_type(hint: Any) -> pa.DataType:
    origin = typing.get_origin(hint)
    if origin is Literal:
        return pa.string()
    if origin is list:
        return _MESSAGES
    if origin in (typing.Union, types.UnionType):
        return _arrow_type(next(a for a in typing.get_args(hint) if a is not type(None)))
    return _ARROW[hint]


def arrow_schema(record: type[Any]) -> pa.Schema:
    """The Arrow schema of a record class, one field per attribute, in order."""
    if record not in _SCHEMAS:
        hints = typing.get_type_hints(record)
        _SCHEMAS[record] = pa.schema([(f.name, _arrow_type(hints[f.name])) for f in dataclasses.fields(record)])
    return _SCHEMAS[record]


_GETTERS: dict[type[Any], Callable[[Any], tuple[Any, ...]]] = {}


def _values(record: type[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """Gives a row's values in the order of its fields."""
    if record not in _GETTERS:
        _GETTERS[record] = attrgetter(*(f.name for f in dataclasses.fields(record)))
    return _GETTERS[record]


def to_table(rows: Iterable[Any], record: type[Any]) -> pa.Table:
    """Rows of one record class as an Arrow table with that class's schema."""
    schema, held = arrow_schema(record), list(map(_values(record), rows))
    if not held:
        return schema.empty_table()
    columns = zip(*held, strict=True)
    return pa.Table.from_arrays([pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema)


def from_table(table: pa.Table, record: type[Record]) -> list[Record]:
    """The rows of an Arrow table as records; columns that the record does not have are ignored."""
    names = [f.name for f in dataclasses.fields(record)]
    return [record(*row) for row in zip(*(table[name].to_pylist() for name in names), strict=True)]


def digest(*parts: object, length: int = 20) -> str:
    """A hex digest of JSON-serialisable parts (80 bits by default)."""
    return hashlib.sha256(_ENCODER.encode(parts).encode("utf-8", "surrogatepass")).hexdigest()[:length]


_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def normalise_question(question: str) -> str:
    """NFKC, case folded, runs of white space as one space: what makes two questions the same."""
    return " ".join(unicodedata.normalize("NFKC", question).casefold().split())


def problem_id(question: str) -> str:
    """The id of a problem: a hash of its normalised question."""
    return "p" + digest(normalise_question(question))
