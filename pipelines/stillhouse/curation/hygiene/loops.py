"""Loops: a model that got stuck says the same again. One reason per trace, the first rule that is broken.

The rules are those of open-instruct (sentences, paragraphs) and AM-distilled (20-grams), with two that catch what
these miss: a cycle without a word between its turns, and the share of words that only repeat.
"""

import zlib

import polars as pl

from stillhouse.curation.base import Result, drop
from stillhouse.curation.hygiene.repetition import measure
from stillhouse.curation.rows import ROW
from stillhouse.recipe.steps import Loops

LONG_ENOUGH = 2000  # bytes below which zlib says little


def run(rows: pl.DataFrame, settings: Loops, seed: int) -> Result:
    """Reasons: loop_characters, loop_cycle, loop_ngram, loop_share, loop_sentence, loop_paragraph, loop_compression."""
    found = [judge(rows[ROW], rows[part], part, settings) for part in settings.of]
    return Result(pl.concat(found).unique(ROW, keep="first", maintain_order=True))


def judge(places: pl.Series, texts: pl.Series, part: str, settings: Loops) -> pl.DataFrame:
    """The texts that loop, as _row, reason, detail."""
    table = pl.concat(
        [places.to_frame(), measure(texts, settings.ngram, settings.short_ngram), _compression(texts, settings).to_frame()],
        how="horizontal",
    )
    share = pl.col("repeated_words") / pl.max_horizontal("words", 1)
    cycle = (pl.col("cycle_turns") > settings.max_cycle_turns) & (pl.col("cycle_words") >= settings.min_cycle_words)
    reason = (
        pl.when(pl.col("same_bytes") > settings.max_same_characters)
        .then(pl.lit("loop_characters"))
        .when(cycle)
        .then(pl.lit("loop_cycle"))
        .when(pl.col("ngram_count") > settings.max_ngram)
        .then(pl.lit("loop_ngram"))
        .when(share > settings.max_repeated_share)
        .then(pl.lit("loop_share"))
        .when((pl.col("sentence_count") > settings.max_sentence) | (pl.col("sentence_run") > settings.max_sentence_run))
        .then(pl.lit("loop_sentence"))
        .when(pl.col("paragraph_count") > settings.max_paragraph)
        .then(pl.lit("loop_paragraph"))
        .when(pl.col("compression") < (settings.min_compression or 0.0))
        .then(pl.lit("loop_compression"))
    )
    detail = pl.format(
        f"{part}: cycle {{}} turns, {settings.ngram}-gram x{{}}, repeated {{}}, sentence x{{}}, paragraph x{{}}",
        "cycle_turns", "ngram_count", share.round(3), "sentence_count", "paragraph_count",
    )  # fmt: skip
    return drop(table, reason, detail)


def _compression(texts: pl.Series, settings: Loops) -> pl.Series:
    """Compressed size / size; 1 for short texts, and for all where no limit is set."""
    if settings.min_compression is None:
        return pl.Series("compression", [1.0]).new_from_index(0, len(texts))
    return pl.Series("compression", [_ratio((t or "").encode()) for t in texts], dtype=pl.Float64)


def _ratio(data: bytes) -> float:
    return len(zlib.compress(data, 1)) / len(data) if len(data) > LONG_ENOUGH else 1.0
