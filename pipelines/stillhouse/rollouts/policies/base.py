"""What a policy is: rounds of attempts at one problem, each with a rule that looks at what has come in, in order.

Guarantee: a rule sees how many attempts of its round were judged and how many of them are correct, counted in the order of
the samples' indices. So where a problem stops is a function of its verdicts alone, whatever the order in which they came.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from stillhouse.records import Outcome

Known = Mapping[int, Outcome | None]
"""The verdicts of a round by the sample's index. None: there will be no trace."""
MISSING = "there is no further trace"


class Plan(Hashable, Protocol):
    """The rule of one round."""

    @property
    def cap(self) -> int:
        """Attempts at the most."""
        ...

    def decide(self, tried: int, correct: int) -> str | None:
        """Why the round ends after these attempts; None: it goes on."""
        ...


class Policy(Protocol):
    """The rounds of a problem."""

    @property
    def rounds(self) -> int: ...

    def plan(self, number: int, correct: int) -> Plan | None:
        """The rule of a round, where the rounds before it had so many correct; None where nothing is left to do."""
        ...


@dataclass(frozen=True, slots=True)
class Taken:
    """The attempts of a round that count."""

    tried: int
    correct: int
    plan: Plan


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a problem is: the rounds so far, and why it stopped. Without a reason its last round goes on after `tried` attempts."""

    rounds: tuple[Taken, ...]
    stop: str | None

    @property
    def left(self) -> int:
        """Attempts that the round under way may still take."""
        last = self.rounds[-1]
        return 0 if self.stop else last.plan.cap - last.tried

    @property
    def tried(self) -> int:
        return sum(one.tried for one in self.rounds)

    @property
    def correct(self) -> int:
        return sum(one.correct for one in self.rounds)


def stand(policy: Policy, known: Sequence[Known]) -> Standing:
    """Goes through a problem's verdicts, round by round and in the order of the samples, until it stops or one is not there yet."""
    rounds: list[Taken] = []
    reason = ""
    for number in range(policy.rounds):
        plan = policy.plan(number, sum(one.correct for one in rounds))
        if plan is None:
            break
        taken, ended = _round(plan, known[number])
        rounds.append(taken)
        if ended is None:
            return Standing(tuple(rounds), None)
        reason = ended
    return Standing(tuple(rounds), reason)


def most_left(policy: Policy, at: Standing) -> int:
    """Attempts that a problem may still take: those of the round under way, and of the rounds after it."""
    if at.stop is not None:
        return 0
    later = (policy.plan(number, at.correct) for number in range(len(at.rounds), policy.rounds))
    return at.left + sum(plan.cap for plan in later if plan)


def _round(plan: Plan, known: Known) -> tuple[Taken, str | None]:
    tried = correct = 0
    while True:
        reason = plan.decide(tried, correct)
        if reason is None and tried in known and known[tried] is None:
            reason = MISSING
        if reason is not None or tried not in known:
            return Taken(tried, correct, plan), reason
        correct += known[tried] == "correct"
        tried += 1
