"""A seeded pick: at most so many traces per problem, and so many in all.

The draw is a hash of seed and id: the same whatever the order of the rows.
"""

import polars as pl

from stillhouse.curation.base import Result, draw_key, drop
from stillhouse.curation.rows import ROW
from stillhouse.recipe.steps import Pick


def run(rows: pl.DataFrame, settings: Pick, seed: int) -> Result:
    """Reasons: per_problem (others of the same problem were drawn), size (the dataset is full)."""
    drawn = rows.select(ROW, "id", "problem_id", draw_key(seed, rows["id"]))
    drawn = drawn.with_columns(pl.struct("key", "id").rank("ordinal").over("problem_id").alias("turn"))
    cap = settings.per_problem or rows.height
    over = pl.col("turn") > cap
    kept = drawn.filter(~over).sort("turn", "key", "id").head(settings.size or rows.height)
    drawn = drawn.with_columns(pl.col(ROW).is_in(kept[ROW].implode()).alias("kept"))
    reason = pl.when(over).then(pl.lit("per_problem")).when(~pl.col("kept")).then(pl.lit("size"))
    return Result(drop(drawn, reason))
