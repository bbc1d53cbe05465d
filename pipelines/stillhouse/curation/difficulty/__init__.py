"""Difficulty: scores a problem from 0 (easy) to 1 (hard) by one of `METHODS`, and keeps a band."""

from collections.abc import Callable

import polars as pl

from stillhouse.curation.base import Result, drop
from stillhouse.curation.difficulty.learned import learned
from stillhouse.curation.llm_labels import rate_difficulty
from stillhouse.curation.rows import ROW
from stillhouse.recipe.steps import Difficulty


def _teacher(rows: pl.DataFrame, settings: Difficulty) -> pl.Series:
    return rows["difficulty"].cast(pl.Float64)


def _column(rows: pl.DataFrame, settings: Difficulty) -> pl.Series:
    score = rows[str(settings.column)].cast(pl.Float64)
    return 1 - score if settings.is_pass_rate else score


def _tokens(rows: pl.DataFrame, settings: Difficulty) -> pl.Series:
    """The mean token length of a problem's traces, as its rank among the problems."""
    means = rows.group_by("problem_id").agg(pl.col("output_tokens").mean().alias("mean"))
    means = means.with_columns((pl.col("mean").rank("average") - 1) / max(means.height - 1, 1))
    return rows.join(means, on="problem_id", how="left", maintain_order="left")["mean"]


METHODS: dict[str, Callable[[pl.DataFrame, Difficulty], pl.Series]] = {
    "teacher": _teacher,
    "column": _column,
    "tokens": _tokens,
    "learned": lambda rows, settings: learned(rows),
}


def needs(settings: Difficulty) -> list[str]:
    """The columns that a method reads."""
    return {
        "teacher": ["difficulty"],
        "column": [str(settings.column)],
        "tokens": ["problem_id", "output_tokens"],
        "learned": ["problem_id", "question", "difficulty"],
        "model": ["question"],
    }[settings.by]


def run(rows: pl.DataFrame, settings: Difficulty, seed: int) -> Result:
    """Labels `difficulty`, and `difficulty_note` where a model gave none. Reasons: too_easy, too_hard, difficulty_unknown."""
    labels = _by_model(rows, settings) if settings.by == "model" else rows.select(ROW, _score(rows, settings))
    value = pl.col("difficulty")
    reason = (
        pl.when(value < settings.min)
        .then(pl.lit("too_easy"))
        .when(value > settings.max)
        .then(pl.lit("too_hard"))
        .when(value.is_null() & pl.lit(settings.unknown == "drop"))
        .then(pl.lit("difficulty_unknown"))
    )
    detail = pl.format("{} = {}", pl.lit(settings.by), value.round(4))
    return Result(drop(labels, reason, pl.coalesce(detail, *(["difficulty_note"] if settings.by == "model" else []))), labels)


def _score(rows: pl.DataFrame, settings: Difficulty) -> pl.Series:
    return METHODS[settings.by](rows, settings).fill_nan(None).alias("difficulty")


def _by_model(rows: pl.DataFrame, settings: Difficulty) -> pl.DataFrame:
    assert settings.judge is not None
    answers = rate_difficulty(rows["question"], settings.judge)
    score = pl.Series("difficulty", [(int(a.value) - 1) / 9 if a.value else None for a in answers], dtype=pl.Float64)
    return rows.select(ROW).with_columns(score, pl.Series("difficulty_note", [a.reason or None for a in answers], dtype=pl.String))
