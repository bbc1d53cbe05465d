"""A learned difficulty: ridge regression from the words of a question to 1 - pass rate.

Fitted on this run's problems whose pass rate is known; a known problem's score comes from the folds that it is not
in, so that no score has seen its own target. The limit: surface words only; it ranks, it does not explain.
"""

import re

import numpy as np
import polars as pl
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from stillhouse.errors import UserError

HASHED, FOLDS, RIDGE, LEAST = 256, 5, 10.0, 20
_WORD = re.compile(r"[A-Za-z]+|\d+|\\[A-Za-z]+|[^\w\s]")
Matrix = NDArray[np.float64]


def learned(rows: pl.DataFrame) -> pl.Series:
    """The predicted difficulty of every row, in [0, 1]. Raises UserError with fewer than 20 known problems."""
    problems = (
        rows.group_by("problem_id", maintain_order=True).agg(pl.col("question").first(), pl.col("difficulty").first()).sort("problem_id")
    )
    target = problems["difficulty"].cast(pl.Float64).to_numpy().astype(np.float64)
    known = ~np.isnan(target)
    if known.sum() < LEAST:
        raise UserError(f"A learned difficulty needs {LEAST} problems with a known pass rate; there are {known.sum()}.", "Use by: tokens.")
    x = np.stack([features(q or "") for q in problems["question"]])
    x = (x - x[known].mean(0)) / np.maximum(x[known].std(0), 1e-9)
    fold = np.array([xxh3_64_intdigest(p.encode()) % FOLDS for p in problems["problem_id"]])
    score = _fit(x[known], target[known], x)
    for f in range(FOLDS):
        here, others = known & (fold == f), known & (fold != f)
        if here.any() and others.any():
            score[here] = _fit(x[others], target[others], x[here])
    scored = problems.select("problem_id").with_columns(pl.Series("score", np.clip(score, 0, 1)))
    return rows.select("problem_id").join(scored, on="problem_id", how="left", maintain_order="left")["score"]


def features(question: str) -> Matrix:
    """Length, numbers, commands and hashed words of a question: HASHED + 4 values."""
    words = _WORD.findall(question.lower())
    hashed = np.zeros(HASHED)
    for word in words:
        key = xxh3_64_intdigest(("0" if word.isdigit() else word).encode())
        hashed[key % HASHED] += 1 if key >> 63 else -1
    scale = np.sqrt(max(len(words), 1))
    shape = [
        np.log1p(len(question)),
        np.log1p(len(words)),
        sum(w.isdigit() for w in words) / scale,
        sum(w[0] == "\\" for w in words) / scale,
    ]
    return np.concatenate([hashed / scale, shape])


def _fit(x: Matrix, y: Matrix, at: Matrix) -> Matrix:
    """Ridge regression in closed form, evaluated at `at`."""
    mean = y.mean()
    weights = np.linalg.solve(x.T @ x + RIDGE * np.eye(x.shape[1]), x.T @ (y - mean))
    return np.asarray(at @ weights + mean, dtype=np.float64)
