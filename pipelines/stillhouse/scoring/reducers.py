"""From verdicts to shares: the problem is the unit of every rate.

A scored model is two steps of a run, `<name>/sample` and `<name>/verify`; its answers are traces and verdicts like any others.
"""

import duckdb

Shares = dict[str, float]


def per_problem(connection: duckdb.DuckDBPyConnection, name: str, reading: str) -> Shares:
    """Problem -> the share of its answers that are correct in that reading; an answer without a verdict is not."""
    query = """
        SELECT t.problem_id, avg(CAST(coalesce(v.outcome = 'correct', false) AS INTEGER))
        FROM (SELECT id, problem_id FROM traces WHERE made_by = $1 || '/sample') t
        LEFT JOIN (SELECT trace_id, outcome FROM verdicts WHERE made_by = $1 || '/verify' AND reading = $2) v ON v.trace_id = t.id
        GROUP BY 1 ORDER BY 1
    """
    return dict(connection.execute(query, [name, reading]).fetchall())
