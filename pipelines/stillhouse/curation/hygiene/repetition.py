"""Measures how a text repeats itself, in one pass over its bytes: words, sentences, paragraphs and cycles.

Words are runs of bytes between white space, letters in lower case; everything is compared by 64-bit hashes, so
two different passages count as one with a chance of about 1e-19 per pair. The limit: a passage that returns with
other numbers or other words in it is not a repetition here.
"""

from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

FIELDS = [
    "words",
    "ngram_count",
    "repeated_words",
    "cycle_turns",
    "cycle_words",
    "sentence_count",
    "sentence_run",
    "paragraph_count",
    "same_bytes",
]


def measure(texts: pl.Series, ngram: int, short: int) -> pl.DataFrame:
    """One row per text (null counts as empty), all integers.

    ngram_count: how often the commonest n-gram of words occurs; repeated_words: words that end a `short`-gram seen before;
    cycle_turns, cycle_words: of the longest stretch that is one passage over and over, its turns and its words;
    sentence_count, paragraph_count: how often the commonest occurs; sentence_run: the most times in a row;
    same_bytes: the longest run of one byte that is no white space.
    """
    array = texts.fill_null("").to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.large_string())
    _, offsets, data = array.buffers()
    starts = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    out = np.zeros((len(array), len(FIELDS)), np.int64)
    _kernel()(np.frombuffer(data, np.uint8) if data else np.zeros(1, np.uint8), starts, ngram, short, out)
    return pl.DataFrame(out, schema=FIELDS)


@cache
def _kernel() -> Any:
    from stillhouse.curation.hygiene.repetition_kernel import measure_all

    return measure_all
