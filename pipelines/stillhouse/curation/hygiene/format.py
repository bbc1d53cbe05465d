"""Form: the think part is delimited as asked, the completion ended by itself, and there is something in it."""

import polars as pl

from stillhouse.curation.base import Result, drop
from stillhouse.dialects import CLOSING, OPENING
from stillhouse.recipe.steps import Format

_TAG = "(?i)" + "|".join(pattern.pattern for pattern in (OPENING, CLOSING))


def run(rows: pl.DataFrame, settings: Format, seed: int) -> Result:
    """Reasons: truncated, empty_response, empty_think, stray_tag, or think_<format> (think_none, think_unclosed, …)."""
    form, finish = pl.col("format").fill_null("unknown"), pl.col("finish_reason").fill_null("unknown")
    think, response = pl.col("reasoning").fill_null(""), pl.col("response").fill_null("")
    reason = (
        pl.when(~finish.is_in(settings.finish))
        .then(pl.lit("truncated"))
        .when(~form.is_in(settings.accept))
        .then(pl.lit("think_") + form)
        .when(response.str.strip_chars() == "")
        .then(pl.lit("empty_response"))
        .when((form == "think") & (think.str.strip_chars() == ""))
        .then(pl.lit("empty_think"))
        .when(think.str.contains(_TAG) | response.str.contains(_TAG))
        .then(pl.lit("stray_tag"))
    )
    return Result(drop(rows, reason, pl.lit("finish_reason=") + finish + pl.lit(", format=") + form))
