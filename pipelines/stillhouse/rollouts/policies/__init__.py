"""Policies: how many attempts each problem gets, one rule per file."""

from dataclasses import dataclass

from stillhouse.recipe import policies as said
from stillhouse.rollouts.policies.base import Plan, Policy
from stillhouse.rollouts.policies.difficulty_band import DifficultyBand
from stillhouse.rollouts.policies.escalate import Escalate
from stillhouse.rollouts.policies.until_k_correct import UntilKCorrect


@dataclass(frozen=True, slots=True)
class OneRound:
    """A policy of one rule."""

    only: Plan
    rounds: int = 1

    def plan(self, number: int, correct: int) -> Plan:
        return self.only


def policy(section: said.Looking) -> Policy:
    """The policy that a recipe names."""
    if isinstance(section, said.UntilKCorrect):
        return OneRound(UntilKCorrect(section.k, section.cap, section.futility))
    if isinstance(section, said.DifficultyBand):
        return OneRound(DifficultyBand(section.low, section.high, section.cap))
    return Escalate(section.k, tuple((one.cap, one.futility) for one in section.rounds))
