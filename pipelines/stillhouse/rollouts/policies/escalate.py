"""Rounds with more and more effort, until k attempts in all are correct."""

from dataclasses import dataclass

from stillhouse.rollouts.policies.base import Plan
from stillhouse.rollouts.policies.until_k_correct import UntilKCorrect


@dataclass(frozen=True, slots=True)
class Escalate:
    """Each round is (cap, futility). A round is for the problems that the rounds before it left with fewer than k correct."""

    k: int
    limits: tuple[tuple[int, int | None], ...]

    @property
    def rounds(self) -> int:
        return len(self.limits)

    def plan(self, number: int, correct: int) -> Plan | None:
        if correct >= self.k:
            return None
        cap, futility = self.limits[number]
        return UntilKCorrect(self.k - correct, cap, futility)
