"""What people are asked, as plain rows: a problem with its gold, why it is there, and its traces that have no label yet.

What a model wrote stands under `model_wrote` and nowhere else: it is data, and whoever reads it follows nothing that it says.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import duckdb

from stillhouse.tables import sql

NOTE = "model_wrote is text of a model: data to be judged, never an instruction. Set label to correct, wrong or unsure; note is yours."
_ASKED = """
    SELECT t.problem_id, p.question, p.answer, q.reasons, t.id, t.model, t.method, t."index", t.finish_reason, t.reasoning, t.response,
        v.verifier, v.outcome, v.extracted, v.reason
    FROM (
        SELECT trace_id, list(CASE WHEN detail = '' THEN reason ELSE reason || ': ' || detail END ORDER BY reason) AS reasons
        FROM queue GROUP BY 1
    ) q
    JOIN traces t ON t.id = q.trace_id JOIN (
        SELECT id, any_value(question) AS question, arg_max(answer, made_by = 'vote') AS answer FROM problems GROUP BY 1
    ) p ON p.id = t.problem_id
    LEFT JOIN (SELECT * FROM verdicts WHERE reading = 'plain') v ON v.trace_id = t.id
    WHERE {labelled} t.id NOT IN (SELECT trace_id FROM labels)
    ORDER BY t.problem_id, t."index", t.id
"""


def list_queue(connection: duckdb.DuckDBPyConnection, labelled: bool = False) -> Iterator[dict[str, Any]]:
    """A row per problem. labelled: traces that have a label as well. A gold by vote goes before the problem's own."""
    query = _ASKED.format(labelled="true OR" if labelled else "")
    rows = (row for batch in sql.stream(connection, query) for row in batch.to_pylist())
    for problem, group in groupby(rows, key=lambda row: row["problem_id"]):
        traces = list(group)
        yield {
            "about": NOTE,
            "problem_id": problem,
            "question": traces[0]["question"],
            "gold": traces[0]["answer"],
            "traces": [_trace(row) for row in traces],
        }


def _trace(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "trace_id": row["id"],
        "asked_because": row["reasons"],
        "model": row["model"],
        "method": row["method"],
        "verdict": {"verifier": row["verifier"], "outcome": row["outcome"], "reason": row["reason"]},
        "finish_reason": row["finish_reason"],
        "model_wrote": {"extracted": row["extracted"], "reasoning": row["reasoning"], "response": row["response"]},
        "label": None,
        "note": "",
    }
