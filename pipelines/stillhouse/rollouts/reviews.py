"""What is to be judged, and what of it is still owed: reviews are traces read in some way, verdicts are reviews that were given.

A review's id holds the trace, the reading and the problem's gold. So a changed gold is judged again, and nothing else is.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from stillhouse.records import Problem, Reading, Review, Trace, Verdict, arrow_schema
from stillhouse.tables import sql

REVIEW_ID = "'v' || substr(sha256(concat_ws(chr(31), t.id, r.reading, p.answer, p.verifier, p.payload)), 1, 20)"
"""Of a trace t, a reading r and a problem p, in SQL."""


@dataclass(frozen=True, slots=True)
class Case:
    """A review with what is needed to give it."""

    review: Review
    problem: Problem
    trace: Trace


def review(problem: Problem, trace_id: str, reading: Reading) -> Review:
    """One review: the row that `reviews` selects of the trace."""
    key = "\x1f".join((trace_id, reading, problem.answer, problem.verifier, problem.payload))
    return Review("v" + hashlib.sha256(key.encode()).hexdigest()[:20], trace_id, reading)


def reviews(requests: str, traces: list[str], problems: str, readings: tuple[Reading, ...]) -> str:
    """A SELECT of the reviews (id, trace_id, reading) of those traces in files that the requests name. The others are SELECTs."""
    listed = ", ".join(f"({sql.quoted(reading)})" for reading in readings)
    return f"""
        SELECT {REVIEW_ID} AS id, t.id AS trace_id, r.reading AS reading
        FROM ({sql.parquet(traces, arrow_schema(Trace))}) t
        JOIN ({problems}) p ON p.id = t.problem_id CROSS JOIN (VALUES {listed}) r(reading)
        WHERE t.id IN (SELECT id FROM ({requests}))
    """


def owed(connection: duckdb.DuckDBPyConnection, wanted: str, traces: list[str], problems: str, verdicts: list[str]) -> Iterator[Case]:
    """The reviews of `wanted` (a SELECT, see `reviews`) without a verdict in the files `verdicts`, as they are found."""
    columns = [f't."{n}" AS "trace.{n}"' for n in _TRACE] + [f'p."{n}" AS "problem.{n}"' for n in _PROBLEM]
    query = f"""
        SELECT w.id, w.trace_id, w.reading, {", ".join(columns)}
        FROM ({wanted}) w ANTI JOIN ({sql.parquet(verdicts, arrow_schema(Verdict))}) v ON v.id = w.id
        JOIN ({sql.parquet(traces, arrow_schema(Trace))}) t ON t.id = w.trace_id JOIN ({problems}) p ON p.id = t.problem_id
    """
    for batch in sql.stream(connection, query):
        for row in batch.to_pylist():
            review = Review(row["id"], row["trace_id"], row["reading"])
            problem = Problem(**{n: row[f"problem.{n}"] for n in _PROBLEM})
            yield Case(review, problem, Trace(**{n: row[f"trace.{n}"] for n in _TRACE}))


_TRACE, _PROBLEM = arrow_schema(Trace).names, arrow_schema(Problem).names
