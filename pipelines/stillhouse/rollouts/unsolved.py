"""What is tried on problems of which every sample failed, said before a token is bought.

A problem is unsolved where a verifier called a trace of it wrong and none right. A rationale is a request of its own per
problem and index; a refinement is one per failed trace, and its id holds that trace's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from stillhouse.recipe.methods import Rationalise, Refine
from stillhouse.records import Problem, Request, Trace, arrow_schema
from stillhouse.rollouts.methods.second import Failed
from stillhouse.rollouts.requests import Way
from stillhouse.tables import sql


@dataclass(frozen=True)
class Samples:
    """SELECTs of the problems, of the traces that were drawn of them, and of the verdicts on these."""

    problems: str
    traces: str
    verdicts: str


def wanted(way: Way, samples: Samples) -> str:
    """A SELECT of what is to be tried: id, problem_id, index and, of a refinement, the failed trace and its verdict."""
    method = way.method
    assert isinstance(method, Rationalise | Refine)
    judged = f"""
        SELECT t.id, t.problem_id, t."index", t.reasoning, t.response, v.outcome, v.extracted, v.reason
        FROM ({samples.traces}) t JOIN ({samples.verdicts}) v ON v.trace_id = t.id AND v.reading = 'plain'
        JOIN ({samples.problems}) p ON p.id = t.problem_id AND p.answer != ''
    """
    unsolved = f"""
        SELECT problem_id FROM ({judged}) GROUP BY 1 HAVING bool_or(outcome = 'wrong') AND NOT bool_or(outcome = 'correct')
    """
    key = f"'t' || substr(sha256('{way.identity}' || chr(10) || {{}} || chr(10) || {{}}), 1, 20)"
    if isinstance(method, Rationalise):
        return f"""
            SELECT {key.format("problem_id", "i")} AS id, problem_id, i AS "index", '' AS failed, '' AS reasoning, '' AS response,
            '' AS extracted, '' AS reason FROM ({unsolved}) CROSS JOIN range({method.n}) r(i)
        """
    return f"""
        SELECT {key.format("j.id", "'0'")} AS id, j.problem_id, j."index", j.id AS failed, j.reasoning, j.response, j.extracted, j.reason
        FROM ({judged}) j SEMI JOIN ({unsolved}) u ON u.problem_id = j.problem_id WHERE j.outcome = 'wrong'
        QUALIFY row_number() OVER (PARTITION BY j.problem_id ORDER BY j."index", j.id) <= {method.n}
    """


def listed(connection: duckdb.DuckDBPyConnection, way: Way, samples: Samples) -> Iterator[list[Request]]:
    """The requests, by problem and index."""
    query = f'SELECT id, problem_id, "index" FROM ({wanted(way, samples)}) ORDER BY problem_id, "index", id'
    for batch in sql.stream(connection, query):
        yield [_request(way, row) for row in batch.to_pylist()]


def owed(connection: duckdb.DuckDBPyConnection, way: Way, samples: Samples, traces: list[str]) -> Iterator[tuple[Request, Problem, Failed]]:
    """The requests that have no trace in the files yet, each with its problem and the answer that failed (of a rationale: none)."""
    columns = ", ".join(f'p."{name}" AS "problem.{name}"' for name in _PROBLEM)
    query = f"""
        SELECT w.*, {columns} FROM ({wanted(way, samples)}) w JOIN ({samples.problems}) p ON p.id = w.problem_id
        ANTI JOIN ({sql.parquet(traces, arrow_schema(Trace))}) t ON t.id = w.id
    """
    for batch in sql.stream(connection, query):
        for row in batch.to_pylist():
            failed = Failed(row["failed"], row["reasoning"], row["response"], row["extracted"], row["reason"])
            yield _request(way, row), Problem(**{name: row[f"problem.{name}"] for name in _PROBLEM}), failed


def _request(way: Way, row: dict[str, Any]) -> Request:
    assert not isinstance(way.method, str)
    seed = way.seed_of(row["problem_id"], row["index"])
    return Request(row["id"], row["problem_id"], way.model, way.method.kind, way.sampling.max_tokens, row["index"], seed)


_PROBLEM = arrow_schema(Problem).names
