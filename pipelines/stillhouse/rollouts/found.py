"""What the ledgers have of each problem: its verdicts by round and sample, and the traces that have none yet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb

from stillhouse.records import Problem, Trace, Verdict, arrow_schema
from stillhouse.rollouts.allocation import Found
from stillhouse.rollouts.reviews import REVIEW_ID
from stillhouse.tables import sql


@dataclass(frozen=True)
class Files:
    """The ledgers' files: traces by round, and verdicts."""

    traces: Sequence[list[str]]
    verdicts: list[str]


def found(
    connection: duckdb.DuckDBPyConnection, problems: str, files: Files, caps: Sequence[int], unjudged: bool = True
) -> Iterator[Found]:
    """Every problem of `problems` (a SELECT), in the order of the ids. caps: samples of each round that may count.

    unjudged: with the traces that have no verdict; they are left out otherwise.
    """
    columns = ", ".join(f'p."{name}"' for name in _PROBLEM)
    trace = ", ".join(f'"{name}" := t."{name}"' for name in _TRACE)
    kept = f"CASE WHEN v.outcome IS NULL THEN struct_pack({trace}) END" if unjudged else "NULL"
    query = f"""
        WITH p AS ({problems}), t AS ({_rounds(files.traces, caps)}), v AS ({sql.parquet(files.verdicts, arrow_schema(Verdict))}),
        samples AS (
            SELECT t.problem_id, list(struct_pack(round := t.round, "index" := t."index", outcome := v.outcome, trace := {kept})) AS samples
            FROM t JOIN p ON p.id = t.problem_id CROSS JOIN (VALUES ('plain')) r(reading) LEFT JOIN v ON v.id = {REVIEW_ID}
            GROUP BY 1
        )
        SELECT {columns}, samples FROM p LEFT JOIN samples ON samples.problem_id = p.id ORDER BY p.id
    """
    for batch in sql.stream(connection, query):
        for row in batch.to_pylist():
            yield _found(row, len(caps))


def _rounds(traces: Sequence[list[str]], caps: Sequence[int]) -> str:
    schema = arrow_schema(Trace)
    parts = (
        f'SELECT {number} AS round, * FROM ({sql.parquet(files, schema)}) WHERE "index" < {cap}'
        for number, (files, cap) in enumerate(zip(traces, caps, strict=True))
    )
    return " UNION ALL BY NAME ".join(parts)


def _found(row: dict[str, object], rounds: int) -> Found:
    samples = row.pop("samples") or []
    one = Found(Problem(**row), [{} for _ in range(rounds)])  # type: ignore[arg-type]
    for sample in samples:  # type: ignore[attr-defined]
        if sample["outcome"] is not None:
            one.known[sample["round"]][sample["index"]] = sample["outcome"]
        elif sample["trace"] is not None:
            one.unjudged[sample["round"], sample["index"]] = Trace(**sample["trace"])
    return one


_PROBLEM, _TRACE = arrow_schema(Problem).names, arrow_schema(Trace).names
