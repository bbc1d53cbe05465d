"""Labels every problem with a domain, for draws that should not all come from one."""

from collections.abc import Callable

import numpy as np
import polars as pl

from stillhouse.curation.base import Result, nothing
from stillhouse.curation.embeddings import embed
from stillhouse.curation.llm_labels import choose_label
from stillhouse.curation.rows import ROW
from stillhouse.recipe.steps import Domains


def run(rows: pl.DataFrame, settings: Domains, seed: int) -> Result:
    """Labels `domain`, and `domain_note` where a model gave none of the names; drops nothing."""
    if settings.by == "model":
        return Result(nothing(), _by_model(rows, settings))
    return Result(nothing(), rows.select(ROW).with_columns(METHODS[settings.by](rows, settings, seed).cast(pl.String).alias("domain")))


def needs(settings: Domains) -> list[str]:
    """The columns that a method reads."""
    return {"source": ["source"], "column": [str(settings.column)]}.get(settings.by, ["question"])


def _questions(rows: pl.DataFrame) -> pl.DataFrame:
    """The distinct questions, sorted, so that the result does not hang on the order of the rows."""
    return rows.select(pl.col("question").fill_null("")).unique().sort("question")


def _back(rows: pl.DataFrame, questions: pl.DataFrame, names: list[str]) -> pl.Series:
    named = questions.with_columns(pl.Series("domain_", names))
    return rows.select(pl.col("question").fill_null("")).join(named, on="question", how="left", maintain_order="left")["domain_"]


def _clusters(rows: pl.DataFrame, settings: Domains, seed: int) -> pl.Series:
    from stillhouse.curation.dedup.semantic import k_means

    questions = _questions(rows)
    names = k_means(embed(questions["question"].to_list()), min(settings.clusters, questions.height), seed)
    return _back(rows, questions, [f"cluster-{n:03d}" for n in names])


def _prototypes(rows: pl.DataFrame, settings: Domains, seed: int) -> pl.Series:
    """The domain whose mean prototype vector is nearest (cosine)."""
    questions, names = _questions(rows), sorted(settings.prototypes)
    centres = np.stack([embed(settings.prototypes[n]).mean(0) for n in names])
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    nearest = (embed(questions["question"].to_list()) @ centres.T).argmax(1)
    return _back(rows, questions, [names[i] for i in nearest])


def _by_model(rows: pl.DataFrame, settings: Domains) -> pl.DataFrame:
    assert settings.judge is not None
    answers = choose_label(rows["question"], settings.judge, settings.names)
    domain = pl.Series("domain", [a.value or "unknown" for a in answers], dtype=pl.String)
    return rows.select(ROW).with_columns(domain, pl.Series("domain_note", [a.reason or None for a in answers], dtype=pl.String))


METHODS: dict[str, Callable[[pl.DataFrame, Domains, int], pl.Series]] = {
    "source": lambda rows, settings, seed: rows["source"],
    "column": lambda rows, settings, seed: rows[str(settings.column)],
    "clusters": _clusters,
    "prototypes": _prototypes,
}
