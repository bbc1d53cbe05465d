"""Attempts as long as the share of correct ones may still end in a band."""

from dataclasses import dataclass

IN_BAND, TOO_HARD, TOO_EASY = "in the band", "too hard", "too easy"


@dataclass(frozen=True, slots=True)
class DifficultyBand:
    """Ends at the cap, or once the share of correct attempts at the cap is below `low` or above `high` whatever the others come to."""

    low: float
    high: float
    cap: int

    def decide(self, tried: int, correct: int) -> str | None:
        if (correct + self.cap - tried) / self.cap < self.low:
            return TOO_HARD
        if correct / self.cap > self.high:
            return TOO_EASY
        return IN_BAND if tried >= self.cap else None
