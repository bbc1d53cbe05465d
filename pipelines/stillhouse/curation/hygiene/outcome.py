"""Keeps traces by their verdict; what no verifier judged is dropped by name, never passed on."""

import polars as pl

from stillhouse.curation.base import Result, drop
from stillhouse.recipe.steps import Outcomes


def run(rows: pl.DataFrame, settings: Outcomes, seed: int) -> Result:
    """Reason: the outcome itself (`wrong`, `timeout`, …), or `unjudged` where there is none."""
    outcome = pl.col("outcome").fill_null("unjudged")
    return Result(drop(rows, pl.when(~outcome.is_in(settings.accept)).then(outcome)))
