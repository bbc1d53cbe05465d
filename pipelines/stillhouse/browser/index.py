"""What the trace browser asks of a run: lists by filter, the traces of a problem, one trace whole.

One row per trace, without the long texts, is gathered when the browser starts; the texts are read when a problem is opened.
"""

from dataclasses import dataclass, fields
from typing import Any

import duckdb

PAGE = 100
FACETS = ("model", "outcome", "decision", "domain", "difficulty")
_GATHER = """
    CREATE TABLE browsed AS
    WITH
      judged AS (
        SELECT trace_id, arg_min(outcome, reading = 'lenient') AS outcome, arg_min(extracted, reading = 'lenient') AS extracted
        FROM verdicts WHERE reading NOT IN ('check', 'human') GROUP BY 1),
      decided AS (SELECT id, any_value(CASE WHEN kept THEN 'kept' ELSE step || ': ' || reason END) AS decision FROM decisions WHERE kind = 'trace' GROUP BY 1),
      asked AS (SELECT * FROM problems UNION ALL BY NAME SELECT * FROM held_out),
      known AS (SELECT id, any_value(question) AS question, any_value(domain) AS domain, any_value(answer) AS answer FROM asked GROUP BY 1),
      drawn AS (
        SELECT t.id, t.problem_id, t.model, t."index", t.output_tokens, t.finish_reason,
          coalesce(j.outcome, 'not judged') AS outcome, j.extracted, coalesce(d.decision, 'none') AS decision,
          p.domain, p.question, p.answer
        FROM traces t LEFT JOIN judged j ON j.trace_id = t.id LEFT JOIN decided d ON d.id = t.id LEFT JOIN known p ON p.id = t.problem_id)
    SELECT *, CASE
        WHEN rate = 0 THEN 'never solved' WHEN rate < 0.5 THEN 'solved less than half' WHEN rate < 1 THEN 'solved at least half' ELSE 'always solved'
      END AS difficulty
    FROM (SELECT *, avg(CASE WHEN outcome = 'correct' THEN 1 ELSE 0 END) OVER (PARTITION BY model, problem_id) AS rate FROM drawn)
    ORDER BY problem_id, model, "index"
"""
_LISTED = 'id, problem_id, model, "index", outcome, decision, domain, output_tokens, left(question, 200) AS question'
_WHOLE = """
    SELECT t.*, b.outcome, b.extracted, b.decision, b.question, b.answer, b.domain
    FROM traces t JOIN browsed b ON b.id = t.id WHERE t.problem_id = $1 ORDER BY t.model, t."index" LIMIT 64
"""
Row = dict[str, Any]


@dataclass(frozen=True)
class Filter:
    """What a list is narrowed to; an empty field narrows nothing. `text` is looked for in questions, golds, answers and ids."""

    model: str = ""
    outcome: str = ""
    decision: str = ""
    domain: str = ""
    difficulty: str = ""
    text: str = ""

    def where(self, without: str = "") -> tuple[str, list[str]]:
        """A condition and its parameters; `without` leaves one field out."""
        chosen = [(f.name, getattr(self, f.name)) for f in fields(self) if f.name in FACETS and f.name != without and getattr(self, f.name)]
        parts, values = [f"{name} = ?" for name, _ in chosen], [value for _, value in chosen]
        if self.text:
            parts.append(
                "(contains(lower(question), ?) OR contains(lower(coalesce(extracted, '')), ?) OR answer = ? OR starts_with(id, ?) OR problem_id = ?)"
            )
            values += [self.text.lower(), self.text.lower(), self.text, self.text, self.text]
        return " AND ".join(parts) or "true", values


class Index:
    """A run's traces, ready to be listed. `connection` has the run's views and stays open as long as the index is used."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        connection.execute(_GATHER)

    def page(self, wanted: Filter, start: int = 0) -> Row:
        """`total` traces that fit, PAGE of them from `start` on, and per facet how many there would be of each value."""
        where, values = wanted.where()
        counted = self._rows(f"SELECT count(*) AS n FROM browsed WHERE {where}", values)
        listed = self._rows(f"SELECT {_LISTED} FROM browsed WHERE {where} LIMIT {PAGE} OFFSET {int(start)}", values)
        return {"total": counted[0]["n"], "rows": listed, "facets": {name: self._facet(name, wanted) for name in FACETS}}

    def problem(self, problem: str) -> list[Row]:
        """Every trace of a problem, whole, with all its verdicts: teacher, base and student side by side. At most 64."""
        traces = self._rows(_WHOLE, [problem])
        for trace in traces:
            trace["verdicts"] = self._rows("SELECT * FROM verdicts WHERE trace_id = ? ORDER BY reading", [trace["id"]])
        return traces

    def _facet(self, name: str, wanted: Filter) -> list[Row]:
        where, values = wanted.where(without=name)
        return self._rows(
            f"SELECT {name} AS value, count(*) AS n FROM browsed WHERE {where} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 40", values
        )

    def _rows(self, query: str, values: list[str]) -> list[Row]:
        """Rows as dictionaries. A cursor of its own, so that requests may come at once."""
        result = self._connection.cursor().execute(query, values)
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
