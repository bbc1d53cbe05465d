"""What every method of decontamination gives: per text the benchmark question that it matches best, or None."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Match(NamedTuple):
    """A benchmark question, by its index, and the score of the match in [0, 1]."""

    question: int
    score: float


Search = Callable[[list[str]], list[Match | None]]


def matches(questions: npt.NDArray[np.int64], scores: npt.NDArray[np.float32]) -> list[Match | None]:
    """Matches from arrays, where the question -1 is none."""
    pairs = zip(questions.tolist(), scores.tolist(), strict=True)
    return [Match(question, score) if question >= 0 else None for question, score in pairs]
