"""Attempts until k of them are correct."""

from dataclasses import dataclass

ENOUGH, CAP, FUTILE = "enough correct", "cap reached", "none correct"


@dataclass(frozen=True, slots=True)
class UntilKCorrect:
    """Ends with the k-th correct attempt, at the cap, or after `futility` attempts of which none was correct."""

    k: int
    cap: int
    futility: int | None = None

    def decide(self, tried: int, correct: int) -> str | None:
        if correct >= self.k:
            return ENOUGH
        if tried >= self.cap:
            return CAP
        return FUTILE if self.futility is not None and not correct and tried >= self.futility else None
