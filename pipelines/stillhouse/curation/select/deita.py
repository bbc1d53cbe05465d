"""A selection like DEITA's (Liu et al. 2024, arXiv:2312.15685): complexity times quality, best first, diverse.

A trace is skipped when its question is nearer than `max_similarity` (cosine of sentence embeddings) to one that was
picked already. Both scores are columns: a judge's, the pass rate, or what a step before this one has labelled.
"""

import numpy as np
import polars as pl

from stillhouse.curation.base import Result, dropped
from stillhouse.curation.embeddings import embed
from stillhouse.curation.rows import ROW
from stillhouse.recipe.select import Deita


def run(rows: pl.DataFrame, settings: Deita, seed: int) -> Result:
    """Reasons: too_similar (detail: to which trace), size."""
    value = pl.col(settings.quality).cast(pl.Float64).fill_null(0) * pl.col(settings.complexity).cast(pl.Float64).fill_null(0)
    ranked = rows.select(ROW, "id", "question", value.alias("value")).sort(["value", "id"], descending=[True, False])
    vectors = embed(ranked["question"].fill_null("").to_list())
    picked: list[int] = []
    reasons: list[str | None] = []
    details: list[str] = []
    for place in range(ranked.height):
        near = vectors[picked] @ vectors[place] if picked else np.zeros(0, np.float32)
        if len(picked) == settings.size:
            reason, detail = "size", f"value {ranked['value'][place]:.4g}"
        elif near.size and near.max() > settings.max_similarity:
            reason, detail = "too_similar", f"{ranked['id'][picked[int(near.argmax())]]} at {near.max():.3f}"
        else:
            reason, detail = None, ""
            picked.append(place)
        reasons.append(reason)
        details.append(detail)
    table = ranked.with_columns(pl.Series("why", reasons, dtype=pl.String), pl.Series("what", details))
    return Result(dropped(table, pl.col("why"), pl.col("what")))
