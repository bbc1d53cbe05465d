"""The response contradicts the think part: both state a number as the answer, and the numbers differ.

The limit: only explicit numeric answers are compared; a different wording of the same answer is never a contradiction.
"""

import polars as pl

from stillhouse.curation.base import Result, drop
from stillhouse.curation.hygiene.answers import is_number, stated_answers
from stillhouse.curation.rows import ROW
from stillhouse.recipe.steps import Consistency


def run(rows: pl.DataFrame, settings: Consistency, seed: int) -> Result:
    """Reason: contradiction; the detail gives both answers."""
    pairs = [contradiction(t or "", r or "") for t, r in rows.select("reasoning", "response").iter_rows()]
    table = rows.select(ROW).with_columns(pl.Series("detail", pairs, dtype=pl.String))
    return Result(drop(table, pl.when(pl.col("detail").is_not_null()).then(pl.lit("contradiction")), pl.col("detail")))


def contradiction(reasoning: str, response: str) -> str | None:
    """Both last stated answers where they are different numbers."""
    thought, said = stated_answers(reasoning), stated_answers(response)
    if not thought or not said:
        return None
    first, second = thought[-1][1], said[-1][1]
    differ = is_number(first) and is_number(second) and first != second
    return f"think: {first}, response: {second}" if differ else None
