"""LIMO's selection (Ye et al. 2025, arXiv:2502.03387): hard but solved problems, the best chain of each by rules.

A chain's score is the mean of its ranks among the candidates, weighted .30 elaboration (words), .20 self-verification,
.25 exploration and .25 step granularity, the last three as words of their kind per word. Ranks stand in for the
authors' unpublished scaling.
"""

import polars as pl

from stillhouse.curation.base import Result, drop
from stillhouse.curation.rows import ROW
from stillhouse.recipe.select import Limo

WEIGHTS = {"words": 0.30, "verify": 0.20, "explore": 0.25, "connect": 0.25}
KINDS = {
    "verify": r"(?i)\b(?:check|verify|confirm|make sure|double[- ]check)\w*",
    "explore": r"(?i)\b(?:perhaps|might|maybe|alternatively|another way|what if)\b",
    "connect": r"(?i)\b(?:therefore|since|because|thus|hence|so that|it follows)\b",
}


def run(rows: pl.DataFrame, settings: Limo, seed: int) -> Result:
    """Reasons: unsolved, too_easy, other_trace (a better chain of the problem), size (the problem is easier than the rest)."""
    scored = rows.select(ROW, "id", "problem_id", (pl.col("solved") / pl.max_horizontal("tried", 1)).alias("rate"), "solved", score())
    scored = scored.with_columns(pl.struct(-pl.col("score"), "id").rank("ordinal").over("problem_id").alias("turn"))
    hard = (pl.col("solved") > 0) & (pl.col("rate") <= settings.max_solved + 1e-9)
    best = scored.filter(hard & (pl.col("turn") == 1)).sort(["rate", "score", "id"], descending=[False, True, False])
    kept = best.head(settings.size or rows.height)[ROW]
    reason = (
        pl.when(pl.col("solved") == 0)
        .then(pl.lit("unsolved"))
        .when(~hard)
        .then(pl.lit("too_easy"))
        .when(pl.col("turn") > 1)
        .then(pl.lit("other_trace"))
        .when(~pl.col(ROW).is_in(kept.implode()))
        .then(pl.lit("size"))
    )
    return Result(drop(scored, reason, pl.format("pass rate {}, score {}", pl.col("rate").round(4), pl.col("score").round(4))))


def score() -> pl.Expr:
    """The chain score in [0, 1] of every row among the rows given."""
    text = pl.col("reasoning").fill_null("")
    words = text.str.count_matches(r"\S+")
    parts = {"words": words, **{k: text.str.count_matches(p) / pl.max_horizontal(words, 1) for k, p in KINDS.items()}}
    return pl.sum_horizontal([w * parts[k].rank("average") / pl.len() for k, w in WEIGHTS.items()]).alias("score")
