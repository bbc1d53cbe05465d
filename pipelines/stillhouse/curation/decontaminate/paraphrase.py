"""Rewritten questions: embeddings give the nearest benchmark questions, the numbers in both texts confirm.

A row is flagged when its cosine with a question, plus a bonus for numbers that agree, is high enough. The defaults were
tuned on GSM8K (tests/benchmarks/bench_decontaminate.py). With a judge, every pair from the cosine `judge_from` on is the
judge's to decide; where it gives no answer, the rule decides.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from stillhouse.curation.decontaminate.base import Match
from stillhouse.curation.decontaminate.numbers import agreement, numbers
from stillhouse.curation.embeddings import Vectors, embed
from stillhouse.recipe.dedup import Embedding

NEAREST = 5
BLOCK = 4096
Judge = Callable[[str, str], bool | None]
"""Whether a row's text (first) is the benchmark question (second), or a rewriting of it; None for no answer."""


class Near(NamedTuple):
    """A benchmark question near a row: its index, the cosine, and how far the numbers agree."""

    question: int
    cosine: float
    agreement: float


class ParaphraseIndex:
    """The embeddings and numbers of benchmark questions."""

    def __init__(self, questions: list[str], settings: Embedding, judge: Judge | None = None, vectors: Vectors | None = None) -> None:
        self.settings, self.judge, self.questions = settings, judge, questions
        self.vectors = embed(questions, "embed the benchmark") if vectors is None else vectors
        self.numbers = [numbers(question) for question in questions]

    def search(self, texts: list[str], vectors: Vectors | None = None) -> list[Match | None]:
        """Per text the benchmark question that it rewrites, with the cosine. `vectors` saves embedding the texts again."""
        vectors = embed(texts, "embed the rows") if vectors is None else vectors
        return [self._first(text, near) for text, near in zip(texts, self.nearest(texts, vectors), strict=True)]

    def nearest(self, texts: list[str], vectors: Vectors) -> list[list[Near]]:
        """Per text its nearest questions, nearest first."""
        out: list[list[Near]] = []
        for start in range(0, len(texts), BLOCK):
            cosines = vectors[start : start + BLOCK] @ self.vectors.T
            top = np.argsort(-cosines, axis=1, kind="stable")[:, :NEAREST]
            for text, row, best in zip(texts[start : start + BLOCK], cosines, top, strict=True):
                own = numbers(text)
                out.append([Near(int(j), min(float(row[j]), 1.0), agreement(own, self.numbers[j])) for j in best])
        return out

    def _first(self, text: str, nearest: list[Near]) -> Match | None:
        return next((Match(near.question, near.cosine) for near in nearest if self._same(text, near)), None)

    def _same(self, text: str, near: Near) -> bool:
        rule = self.settings
        said = self.judge(text, self.questions[near.question]) if self.judge and near.cosine >= rule.judge_from else None
        if said is not None:
            return said
        return near.cosine + rule.numbers * near.agreement >= rule.threshold
