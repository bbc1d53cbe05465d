"""The dedup step of the pipeline: which texts are compared, and the reasons for those that are copies."""

import polars as pl

from stillhouse.curation.base import Result, drop, nothing
from stillhouse.curation.rows import ROW
from stillhouse.recipe.steps import DedupStep

COLUMNS = {"trace": ["reasoning", "response"], "reasoning": ["reasoning"], "response": ["response"], "question": ["question"]}


def run(rows: pl.DataFrame, settings: DedupStep, seed: int) -> Result:
    """Reasons: duplicate_exact, duplicate_near, …; the detail names the representative and the similarity.

    Questions with different golds (the column `answer`, where there is one) are never copies.
    """
    from stillhouse.curation.dedup import dedup

    texts = rows.select(pl.concat_str([pl.col(c).fill_null("") for c in COLUMNS[settings.of]], separator="\n"))
    golds = rows["answer"].fill_null("").cast(pl.String).to_list() if settings.of == "question" and "answer" in rows.columns else None
    found = dedup(rows["id"].to_list(), texts.to_series().to_list(), settings, golds=golds)
    if not found:
        return Result(nothing())
    table = pl.DataFrame(
        {"id": [d.id for d in found], "kind": [d.kind for d in found], "of": [f"{d.representative} {d.score:.3f}" for d in found]}
    )
    return Result(
        drop(rows.select(ROW, "id").join(table, on="id", maintain_order="left"), pl.lit("duplicate_") + pl.col("kind"), pl.col("of"))
    )
