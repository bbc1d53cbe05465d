"""Questions that text alone cannot carry: figures in Asymptote, images."""

import polars as pl

from stillhouse.curation.base import Result, drop
from stillhouse.recipe.steps import Question


def run(rows: pl.DataFrame, settings: Question, seed: int) -> Result:
    """Reason: unusable_question; the detail is the pattern that matched first. An empty question is one too."""
    text = pl.col("question").fill_null("")
    matched = pl.coalesce(
        pl.when(text.str.strip_chars() == "").then(pl.lit("empty")), *(pl.when(text.str.contains(p)).then(pl.lit(p)) for p in settings.drop)
    )
    return Result(drop(rows, pl.when(matched.is_not_null()).then(pl.lit("unusable_question")), matched))
