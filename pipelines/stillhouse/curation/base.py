"""What every curation step is: rows in, the dropped ones with their reasons out.

A step never edits a row. It may label rows (a domain, a difficulty) for the steps after it, or rewrite the
reasoning of a trace; both come back beside the drops, so that a query can tell what was done.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl
from xxhash import xxh3_64_intdigest

from stillhouse.curation.rows import ROW
from stillhouse.errors import UserError

DROPPED = {ROW: pl.UInt32, "reason": pl.String, "detail": pl.String}


@dataclass(frozen=True)
class Result:
    """What one step decided.

    dropped: columns _row, reason, detail; one row per dropped row.
    labels: `_row` and new or replaced columns for rows that stay; None = no labels.
    """

    dropped: pl.DataFrame
    labels: pl.DataFrame | None = None


@dataclass(frozen=True)
class StepKind:
    """How a step runs: `run(rows, settings, seed)`, with the columns `needs(settings)`, those `optional` that exist, `id` and `_row`.

    A row-wise step judges each row by itself, so it may see the table in batches. One that reads the input is also given
    the same columns of all input rows, dropped ones too. Raise `version` whenever the same rows and settings come to
    another result: it is part of the identity of what was curated.
    """

    run: Callable[..., Result]
    needs: Callable[[Any], list[str]]
    optional: tuple[str, ...] = ()
    row_wise: bool = False
    reads_input: bool = False
    version: str = "1"


def drop(rows: pl.DataFrame, reason: pl.Expr, detail: pl.Expr | None = None) -> pl.DataFrame:
    """The rows for which `reason` is not null, as _row, reason, detail."""
    text = pl.lit("") if detail is None else detail.cast(pl.String).fill_null("")
    hit = rows.lazy().with_columns(reason.cast(pl.String).alias("_reason")).filter(pl.col("_reason").is_not_null())
    return hit.select(ROW, pl.col("_reason").alias("reason"), text.alias("detail")).collect()


def nothing() -> pl.DataFrame:
    """No drops."""
    return pl.DataFrame(schema=DROPPED)


def require(columns: list[str], step: str, needed: list[str]) -> None:
    """Raises UserError when a step's column is missing."""
    missing = [name for name in needed if name not in columns]
    if missing:
        raise UserError(
            f"The step {step!r} needs the column {missing[0]!r}; the table has {', '.join(columns)}.",
            "Add the column, or turn the step off in the recipe (on: false).",
        )


def draw_key(seed: int, ids: pl.Series) -> pl.Series:
    """A pseudo-random 64-bit number per id: the same in every order, batch and version of the libraries."""
    return pl.Series("key", [xxh3_64_intdigest(i.encode(), seed=seed) for i in ids], dtype=pl.UInt64)
