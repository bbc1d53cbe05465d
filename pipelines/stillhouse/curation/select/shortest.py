"""The shortest right traces of each problem, against overthinking (as in SkyThought's Flash models)."""

import polars as pl

from stillhouse.curation.base import Result, drop
from stillhouse.curation.rows import ROW
from stillhouse.recipe.select import Shortest


def run(rows: pl.DataFrame, settings: Shortest, seed: int) -> Result:
    """Reasons: longer (than the kept ones of its problem), size (the longest of those left over)."""
    ranked = rows.select(ROW, "id", "output_tokens", pl.struct("output_tokens", "id").rank("ordinal").over("problem_id").alias("turn"))
    over = pl.col("turn") > settings.per_problem
    kept = ranked.filter(~over).sort("turn", "output_tokens", "id").head(settings.size or rows.height)[ROW]
    reason = pl.when(over).then(pl.lit("longer")).when(~pl.col(ROW).is_in(kept.implode())).then(pl.lit("size"))
    return Result(drop(ranked, reason, pl.format("{} tokens, place {}", "output_tokens", "turn")))
