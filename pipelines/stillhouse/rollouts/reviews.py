"""What is to be judged, and what of it is still owed: reviews are traces read in some way, verdicts are reviews that were given.

A review's id holds the trace, the reading and the problem's gold. So a changed gold is judged again, and nothing else is.
"""

import hashlib
from collections.abc import Iterator

import duckdb

from stillhouse.records import Problem, Reading, Review, Trace, Verdict, arrow_schema
from stillhouse.rollouts.lots import COLUMNS, Lot, lots
from stillhouse.tables import sql

REVIEW_ID = "'v' || substr(sha256(concat_ws(chr(31), t.id, r.reading, p.answer, p.verifier, p.payload)), 1, 20)"
"""Of a trace t, a reading r and a problem p, in SQL."""


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


def owed(connection: duckdb.DuckDBPyConnection, wanted: str, traces: list[str], problems: str, verdicts: list[str]) -> Iterator[Lot]:
    """The reviews of `wanted` (a SELECT, see `reviews`) without a verdict in the files `verdicts`, in lots, as they are found."""
    from_of = {"review": "w", "problem": "p", "trace": "t"}
    columns = ", ".join(f'{from_of[name.partition(".")[0]]}."{name.partition(".")[2]}" AS "{name}"' for name in COLUMNS.names)
    query = f"""
        SELECT {columns}
        FROM ({wanted}) w ANTI JOIN ({sql.parquet(verdicts, arrow_schema(Verdict))}) v ON v.id = w.id
        JOIN ({sql.parquet(traces, arrow_schema(Trace))}) t ON t.id = w.trace_id JOIN ({problems}) p ON p.id = t.problem_id
    """
    for batch in sql.stream(connection, query):
        yield from lots(batch)
