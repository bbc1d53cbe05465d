"""What each of several teachers came to, and what it cost: a row each, second tries included in its cost and its examples."""

from dataclasses import dataclass

import duckdb

from stillhouse.query.views import made_in, rows


@dataclass(frozen=True)
class Teacher:
    """A teacher of a recipe with several. `problems`, `traces` and `correct` are of its samples; the rest counts its second tries as well."""

    name: str
    model: str
    problems: int
    traces: int
    correct: int
    examples: int
    output_tokens: int
    engine_seconds: float

    def line(self) -> str:
        """For a person."""
        share = f" ({self.correct / self.traces:.1%})" if self.traces else ""
        cost = f", {self.output_tokens / self.examples:,.0f} tokens an example" if self.examples else ""
        told = f"{self.model}: {self.problems:,} problems, {self.correct:,} of {self.traces:,} traces correct{share}"
        return f"{told}, {self.examples:,} examples, {self.output_tokens:,} tokens{cost}"


def teachers(connection: duckdb.DuckDBPyConnection) -> list[Teacher]:
    """The teachers by name; none where the run has one teacher."""
    counted = f"""
        WITH drawn AS (
            SELECT *, starts_with(made_by, 'unsolved/') AS second, regexp_replace(made_by, '^(unsolved/)?sample/', '') AS name
            FROM traces WHERE {made_in("sample")} OR {made_in("unsolved/sample")}
        )
        SELECT name, string_agg(DISTINCT model, ', ' ORDER BY model), count(DISTINCT problem_id) FILTER (NOT second),
            count(*) FILTER (NOT second), count(*) FILTER (NOT second AND v.outcome = 'correct'),
            count(e.trace_id), sum(output_tokens), sum(drawn.seconds)
        FROM drawn LEFT JOIN (SELECT trace_id, outcome FROM verdicts WHERE reading = 'plain' AND {made_in("verify")}) v ON v.trace_id = drawn.id
        LEFT JOIN (SELECT trace_id FROM examples) e ON e.trace_id = drawn.id
        WHERE made_by NOT IN ('sample', 'unsolved/sample') GROUP BY 1 ORDER BY 1
    """
    return [Teacher(*row) for row in rows(connection, counted)]
