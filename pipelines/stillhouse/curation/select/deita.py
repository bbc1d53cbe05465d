"""A selection like DEITA's (Liu et al. 2024, arXiv:2312.15685): complexity times quality, best first, diverse.

A trace is skipped when its question is nearer than `max_similarity` (cosine of sentence embeddings) to one that was
picked already. Both scores are columns: a judge's, the pass rate, or what a step before this one has labelled.
"""

from typing import NamedTuple

import numpy as np
import polars as pl

from stillhouse.curation.base import Result, drop
from stillhouse.curation.embeddings import DIMENSIONS, embed
from stillhouse.curation.rows import ROW
from stillhouse.recipe.select import Deita

BLOCK = 512  # questions embedded at once


def run(rows: pl.DataFrame, settings: Deita, seed: int) -> Result:
    """Reasons: too_similar (detail: to which trace), size."""
    value = pl.col(settings.quality).cast(pl.Float64).fill_null(0) * pl.col(settings.complexity).cast(pl.Float64).fill_null(0)
    ranked = rows.select(ROW, "id", "question", value.alias("value")).sort(["value", "id"], descending=[True, False])
    found = pick(ranked["question"], settings.size, settings.max_similarity)
    similar = pl.DataFrame(
        [(place, f"{ranked['id'][near]} at {cosine:.3f}") for place, (near, cosine) in found.similar.items()],
        schema={"place": pl.UInt32, "what": pl.String},
        orient="row",
    )
    told = ranked.with_row_index("place").join(similar, on="place", how="left", maintain_order="left")
    picked = pl.col("place").is_in(pl.Series(found.picked, dtype=pl.UInt32).implode())
    reason = pl.when(picked).then(None).when(pl.col("what").is_not_null()).then(pl.lit("too_similar")).otherwise(pl.lit("size"))
    size = pl.Series("size", [f"value {v:.4g}" for v in ranked["value"]], dtype=pl.String)
    return Result(drop(told.with_columns(size), reason, pl.coalesce("what", "size")))


class Picked(NamedTuple):
    """The picked places in order, and for each that was skipped the nearest one picked before it and their cosine."""

    picked: list[int]
    similar: dict[int, tuple[int, float]]


def pick(questions: pl.Series, size: int, limit: float) -> Picked:
    """The first `size` questions of which none is nearer than `limit` to one before it.

    Block by block, so that nothing is embedded after the last pick: one matrix product tells a block from all picks before
    it, another its own questions from each other.
    """
    questions = questions.fill_null("")
    found = Picked([], {})
    kept = np.zeros((0, DIMENSIONS), np.float32)
    for start in range(0, len(questions), BLOCK):
        if len(found.picked) == size:
            break
        vectors = embed(questions.slice(start, BLOCK).to_list())
        before, own = vectors @ kept.T, vectors @ vectors.T
        nearest = before.argmax(1) if len(kept) else np.zeros(len(vectors), int)
        cosine = before[np.arange(len(vectors)), nearest] if len(kept) else np.full(len(vectors), -1.0)
        here: list[int] = []
        for i in range(len(vectors)):
            if len(found.picked) == size:
                break
            near, most = (found.picked[nearest[i]] if len(kept) else -1), float(cosine[i])
            if here and (inner := own[i, here]).max() > most:
                near, most = start + here[int(inner.argmax())], float(inner.max())
            if most > limit:
                found.similar[start + i] = (near, most)
            else:
                here.append(i)
                found.picked.append(start + i)
        kept = np.concatenate([kept, vectors[here]])
    return found
