"""Unreadable text: replacement characters, control characters, and UTF-8 that was read as Latin-1 or Windows-1252."""

import polars as pl

from stillhouse.curation.base import Result, drop
from stillhouse.curation.rows import ROW
from stillhouse.recipe.steps import Encoding

_BAD = (
    r"[\x{FFFD}\x{0000}-\x{0008}\x{000B}\x{000C}\x{000E}-\x{001F}\x{007F}-\x{009F}\x{E000}-\x{F8FF}]"
    r"|Ã[\x{0080}-\x{00BF}]|â€[\x{2122}\x{0153}\x{009D}\x{201C}\x{201D}¦™œ˜]|ï»¿"
)


def run(rows: pl.DataFrame, settings: Encoding, seed: int) -> Result:
    """Reason: encoding; the detail counts the bad characters."""
    bad = pl.col("reasoning").fill_null("").str.count_matches(_BAD) + pl.col("response").fill_null("").str.count_matches(_BAD)
    over = rows.select(ROW, bad.alias("bad"))
    return Result(drop(over, pl.when(pl.col("bad") > settings.max_bad).then(pl.lit("encoding")), pl.format("{} bad characters", "bad")))
