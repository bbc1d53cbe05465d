"""Think and no-think traces in a given share, for models that can do both.

Either the surplus side is dropped by a seeded draw, or (`make`) the think part is taken off so many think traces.
"""

import polars as pl

from stillhouse.curation.base import Result, draw_key, drop, nothing
from stillhouse.curation.rows import ROW
from stillhouse.recipe.steps import Mix


def run(rows: pl.DataFrame, settings: Mix, seed: int) -> Result:
    """Reason: mix (of the side that there is too much of). With `make`: labels reasoning and format of the changed traces."""
    keyed = rows.select(ROW, "id", (pl.col("reasoning").fill_null("").str.strip_chars() == "").alias("bare"), draw_key(seed, rows["id"]))
    keyed = keyed.sort("key", "id")
    bare, full = keyed.filter("bare")[ROW], keyed.filter(~pl.col("bare"))[ROW]
    if settings.make:
        lacking = max(round(settings.no_think_share * rows.height) - len(bare), 0)
        made = full.head(lacking).to_frame().with_columns(pl.lit("").alias("reasoning"), pl.lit("none").alias("format"))
        return Result(nothing(), made)
    keep_bare, keep_full = balance(len(bare), len(full), settings.no_think_share)
    over = pl.concat([bare.slice(keep_bare), full.slice(keep_full)])
    return Result(drop(keyed, pl.when(pl.col(ROW).is_in(over.implode())).then(pl.lit("mix"))))


def balance(bare: int, full: int, share: float) -> tuple[int, int]:
    """The most rows of both sides of which `share` are bare (rounded down)."""
    if bare * (1 - share) > full * share:
        return int(full * share / (1 - share) + 1e-9), full
    return bare, int(bare * (1 - share) / share + 1e-9)
