"""Fuzzy match: the Indel similarity (rapidfuzz) of two texts' normalised characters.

The limit: every row is compared with every question of a similar length, a microsecond each.
"""

import re

import numpy as np

from stillhouse.curation.decontaminate.base import Match, matches
from stillhouse.curation.text import canonical

BLOCK = 1024
_NOISE = re.compile(r"\\(?:left|right|displaystyle|text|mathrm|mathbf|[,;:! ])|[${}\\]")


def plain(text: str) -> str:
    """Lower case, without LaTeX's delimiters and spacing, one space between words."""
    return " ".join(_NOISE.sub(" ", canonical(text).lower()).split())


class FuzzyIndex:
    """Benchmark questions to compare with; `threshold` is the least similarity, a share of 1."""

    def __init__(self, questions: list[str], threshold: float, workers: int = 1) -> None:
        self._choices = [plain(question) for question in questions]
        self._threshold, self._workers = threshold, workers

    def search(self, texts: list[str]) -> list[Match | None]:
        """Per text the most similar question and the similarity."""
        return [match for start in range(0, len(texts), BLOCK) for match in self._block(texts[start : start + BLOCK])]

    def _block(self, texts: list[str]) -> list[Match | None]:
        from rapidfuzz import fuzz, process

        queries = [plain(text) for text in texts]
        scores = process.cdist(
            queries, self._choices, scorer=fuzz.ratio, score_cutoff=100 * self._threshold, dtype=np.float32, workers=self._workers
        )
        best, top = scores.argmax(axis=1), scores.max(axis=1) / 100
        hit = (top >= self._threshold) & np.array([bool(query) for query in queries])
        return matches(np.where(hit, best, -1), top)
