"""What is to be drawn, said before a token is bought, and what of it is still owed.

A request's id is its trace's id: a hash of the problem, of everything about the model and the prompt that changes tokens,
and of the sample's index. It does not hold how many samples are wanted, how they are committed, or what judges them, so a
larger n, another shard size, another verifier or a second recipe on the same model finds the traces that are there.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import duckdb
import pyarrow as pa

from stillhouse.recipe.methods import Method, Second, method_name
from stillhouse.recipe.section import identity
from stillhouse.recipe.sections import Engine, Prompt, Sampling
from stillhouse.records import Problem, Request, Trace, arrow_schema, digest
from stillhouse.tables import sql

Purpose = Literal["sample", "score"]


@dataclass(frozen=True)
class Way:
    """How one model is asked: everything that changes the tokens of a trace but its problem and its index."""

    model: str
    weights: str
    engine: Engine | None
    sampling: Sampling
    prompt: Prompt
    asked_as: Literal["teacher", "student"]
    method: Method | Second
    seed: int
    purpose: Purpose

    @property
    def identity(self) -> str:
        """Names the ledger of the traces drawn in this way."""
        sampling = {key: value for key, value in identity(self.sampling).items() if key != "n"}
        return digest(
            self.weights,
            identity(self.engine),
            sampling,
            identity(self.prompt),
            self.asked_as,
            identity(self.method),
            self.seed,
            self.purpose,
        )

    def seed_of(self, problem: str, index: int) -> int:
        """The seed of one request, in [0, 2**31)."""
        place = (problem, 0, index) if self.purpose == "sample" else (problem, index)
        return int(digest(self.seed, self.purpose, *place, length=8), 16) & 0x7FFFFFFF


def requests(way: Way, problems: Iterator[pa.RecordBatch], n: int) -> Iterator[pa.Table]:
    """n requests per problem, in the order of the problems; each batch has a column `id` with theirs."""
    name = way.identity
    for batch in problems:
        yield _expanded(way, name, batch.column("id").to_pylist(), n)


def _expanded(way: Way, name: str, ids: list[str], n: int) -> pa.Table:
    places = [(problem, index) for problem in ids for index in range(n)]
    count = len(places)
    columns = {
        "id": [trace_id(name, problem, index) for problem, index in places],
        "problem_id": [problem for problem, _ in places],
        "model": [way.model] * count,
        "method": [method_name(way.method)] * count,
        "effort": [way.sampling.max_tokens] * count,
        "index": [index for _, index in places],
        "seed": [way.seed_of(problem, index) for problem, index in places],
    }
    return pa.table(columns, schema=arrow_schema(Request))


def request(way: Way, name: str, problem: str, index: int) -> Request:
    """One request. `name` is the way's identity, which takes a while to compute."""
    effort = way.sampling.max_tokens
    return Request(trace_id(name, problem, index), problem, way.model, method_name(way.method), effort, index, way.seed_of(problem, index))


def trace_id(way: str, problem: str, index: int) -> str:
    """The id of a trace: 80 bits of a sha256."""
    return "t" + hashlib.sha256(f"{way}\n{problem}\n{index}".encode()).hexdigest()[:20]


def owed(connection: duckdb.DuckDBPyConnection, requested: str, problems: str, traces: list[str]) -> Iterator[tuple[Request, Problem]]:
    """Requests that have no trace yet, each with its problem, as they are found. `requested` and `problems` are SELECTs, `traces` are files."""
    there = sql.parquet(traces, arrow_schema(Trace))
    wanted = ", ".join([*(f'r."{name}"' for name in _REQUEST), *(f'p."{name}" AS "problem.{name}"' for name in _PROBLEM)])
    query = f"SELECT {wanted} FROM ({requested}) r JOIN ({problems}) p ON p.id = r.problem_id ANTI JOIN ({there}) t ON t.id = r.id"
    for batch in sql.stream(connection, query):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield Request(*row[: len(_REQUEST)]), Problem(*row[len(_REQUEST) :])


def owed_count(connection: duckdb.DuckDBPyConnection, requested: str, traces: list[str]) -> int:
    """How many requests have no trace yet."""
    there = sql.parquet(traces, arrow_schema(Trace))
    (count,) = connection.execute(f"SELECT count(*) FROM ({requested}) r ANTI JOIN ({there}) t ON t.id = r.id").fetchone() or (0,)
    return int(count)


_REQUEST = arrow_schema(Request).names
_PROBLEM = arrow_schema(Problem).names
