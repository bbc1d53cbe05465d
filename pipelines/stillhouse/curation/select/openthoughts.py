"""OpenThoughts' selection (Guha et al. 2025, arXiv:2506.04178): the problems with the longest answers, all answers of each."""

import polars as pl

from stillhouse.curation.base import Result, drop
from stillhouse.curation.rows import ROW
from stillhouse.recipe.select import OpenThoughts


def run(rows: pl.DataFrame, settings: OpenThoughts, seed: int) -> Result:
    """Reason: shorter_answers; a problem that does not fit into `size` whole ends the list."""
    problems = rows.group_by("problem_id").agg(pl.col("output_tokens").mean().alias("mean"), pl.len().alias("n"))
    problems = problems.sort(["mean", "problem_id"], descending=[True, False]).with_columns(pl.col("n").cum_sum().alias("total"))
    size = rows.height if settings.size is None else settings.size
    table = rows.select(ROW, "problem_id").join(problems, on="problem_id", how="left", maintain_order="left")
    reason = pl.when(pl.col("total") > size).then(pl.lit("shorter_answers"))
    return Result(drop(table, reason, pl.format("mean of {} tokens", pl.col("mean").round(1))))
