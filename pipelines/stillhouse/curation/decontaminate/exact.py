"""Exact match: the whole text has the tokens of a benchmark question, operators included. Made for short questions."""

import numpy as np
import numpy.typing as npt

from stillhouse.curation.decontaminate.base import Match
from stillhouse.curation.text import packed
from stillhouse.curation.text.kernel import kernel
from stillhouse.curation.text.tokens import ngrams, tokenize


class ExactIndex:
    """The token sequences of benchmark questions; the first of equal ones counts."""

    def __init__(self, questions: list[str]) -> None:
        self._keys: dict[int, int] = {}
        for i, key in enumerate(sequence_keys(questions)):
            self._keys.setdefault(int(key), i)
        self._keys.pop(0, None)

    def search(self, texts: list[str]) -> list[Match | None]:
        """Per text the benchmark question that it is."""
        found = (self._keys.get(int(key)) for key in sequence_keys(texts))
        return [None if question is None else Match(question, 1.0) for question in found]


def sequence_keys(texts: list[str]) -> npt.NDArray[np.uint64]:
    """One hash per text of all its tokens in order; 0 for a text without any."""
    data, bounds = packed(texts)
    keys = np.zeros(len(texts), dtype=np.uint64)
    _sequence_keys(data, bounds, keys)
    return keys


@kernel
def _sequence_keys(data: npt.NDArray[np.uint8], bounds: npt.NDArray[np.int64], out: npt.NDArray[np.uint64]) -> None:
    tokens = np.empty(len(data) + 1, dtype=np.uint64)
    for i in range(len(bounds) - 1):
        count, _ = tokenize(data, bounds[i], bounds[i + 1], True, False, tokens, 0)
        ngrams(tokens, 0, count, max(count, 1), out, i)
