"""What differs between two verdicts on the same traces: a run judged anew, or two runs that share their traces."""

from dataclasses import dataclass

import duckdb


@dataclass(frozen=True)
class Change:
    """How many verdicts went from one outcome to another, with the trace of one of them."""

    before: str
    after: str
    verdicts: int
    example: str


def changes(connection: duckdb.DuckDBPyConnection, before: str, after: str) -> tuple[list[Change], int]:
    """Every change, the commonest first, and how many verdicts stayed. `before` and `after` are SELECTs of verdicts."""
    rows = connection.execute(
        f"""
        SELECT o.outcome AS before, n.outcome AS after, count(*) AS verdicts, min(n.trace_id) AS example
        FROM ({before}) o JOIN ({after}) n ON n.trace_id = o.trace_id AND n.reading = o.reading GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
        """
    ).fetchall()
    return [Change(*row) for row in rows if row[0] != row[1]], sum(row[2] for row in rows if row[0] == row[1])
