"""Runs a recipe's curation steps over a table of traces.

Guarantee: every input row is either in the result or has exactly one decision that drops it, with the first
step's reason; the same rows, settings and seed give the same result in every order of work. Limit: ids must
be unique (duplicates are the caller's to name: see `tables`).
"""

from dataclasses import dataclass, field

import polars as pl

from stillhouse.curation.base import DROPPED, require
from stillhouse.curation.registry import STEPS
from stillhouse.errors import UserError
from stillhouse.recipe.curation import Curation

DECISIONS = ["id", "kind", "step", "kept", "reason", "detail"]


@dataclass(frozen=True)
class Curated:
    """What curation decided.

    kept: trace ids, in the order of the input.
    decisions: id, kind, step, kept, reason, detail; one row per input row, in its order.
    counts: rows left after each step, by the step's label, in order.
    labels: id and what the steps said of a kept row (domain, difficulty, a rewritten reasoning).
    """

    kept: list[str]
    decisions: pl.DataFrame
    counts: dict[str, int] = field(default_factory=dict)
    labels: pl.DataFrame | None = None


def curate(rows: pl.DataFrame, settings: Curation, seed: int) -> Curated:
    """Rows with an `id` column through the steps. Raises UserError for a missing column or a repeated id."""
    require(rows.columns, "curate", ["id"])
    if rows["id"].n_unique() != rows.height:
        raise UserError("Ids are not unique.", "Give every row its own id.")
    left, drops, counts = rows, [], {"input": rows.height}
    for number, step in enumerate(settings.steps):
        if not step.on:
            continue
        kind = STEPS[step.step]
        require(left.columns, step.step, kind.needs(step))
        result = kind.run(left, step, seed)
        drops.append(result.dropped.with_columns(pl.lit(step.step).alias("step")))
        left = left.join(result.dropped.select("id"), on="id", how="anti", maintain_order="left")
        counts[f"{number}:{step.step}"] = left.height
    return Curated(left["id"].to_list(), decide(rows["id"], drops), counts)


def decide(ids: pl.Series, drops: list[pl.DataFrame]) -> pl.DataFrame:
    """One decision per id, in the ids' order."""
    empty = pl.DataFrame(schema=DROPPED | {"step": pl.String})
    found = ids.to_frame("id").join(pl.concat([empty, *drops]), on="id", how="left", maintain_order="left", validate="1:1")
    kept = pl.col("step").is_null()
    found = found.with_columns(
        kept.alias("kept"),
        pl.lit("trace").alias("kind"),
        pl.col("step").fill_null("curate"),
        pl.col("reason").fill_null("kept"),
        pl.col("detail").fill_null(""),
    )
    return found.select(DECISIONS)
