"""The control: a seeded draw that looks at nothing."""

import polars as pl

from stillhouse.curation.base import Result, draw_key, drop
from stillhouse.curation.rows import ROW
from stillhouse.recipe.select import Random


def run(rows: pl.DataFrame, settings: Random, seed: int) -> Result:
    """Reason: not_drawn."""
    keyed = rows.select(ROW, "id", draw_key(seed, rows["id"]))
    kept = keyed.sort("key", "id").head(settings.size)[ROW]
    return Result(drop(keyed, pl.when(~pl.col(ROW).is_in(kept.implode())).then(pl.lit("not_drawn"))))
