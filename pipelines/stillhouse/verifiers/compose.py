"""Several verifiers as one: all, any, or the first that can judge, with weights for the score.

Which part judges is decided by the problem, never by the response: a response that a part cannot judge, though it can
judge a plain one to the same problem, was made too long, too large or unreadable, and ends there.
"""

from dataclasses import replace

from stillhouse.recipe.verifiers import Compose
from stillhouse.records import Outcome, Problem, Trace
from stillhouse.verifiers.base import Judgement, Verifier

_DECIDED = ("correct", "wrong")
_PLAIN = "\\boxed{0}"
# What a composition says that nobody decided: the first of these that a part said.
_UNDECIDED: tuple[Outcome, ...] = ("error", "timeout", "unverifiable")


class Composed:
    """Runs its parts in order. The version names every part's, so that a changed part changes the verdict's version."""

    def __init__(self, name: str, recipe: Compose, parts: list[Verifier]) -> None:
        self.name, self._mode, self._parts = name, recipe.mode, parts
        self._weights = [part.weight for part in recipe.of]
        self.version = recipe.mode + "(" + ",".join(f"{p.name}-{p.version}" for p in parts) + ")"

    @property
    def isolation(self) -> str:
        """Where every part ran."""
        return ", ".join(dict.fromkeys(f"{p.name}: {getattr(p, 'isolation', 'process')}" for p in self._parts))

    def warm_up(self) -> None:
        for part in self._parts:
            warm_up = getattr(part, "warm_up", None)
            if warm_up is not None:
                warm_up()

    def judge(self, problem: Problem, trace: Trace) -> Judgement:
        """all: wrong as soon as one part is; any: correct as soon as one part is; first: the first part that decides."""
        found: list[Judgement] = []
        for part in self._parts:
            found.append(part.judge(problem, trace))
            if self._mode == "first" and (found[-1].outcome in _DECIDED or _evades(part, problem, trace)):
                return _last(part, found)
        outcomes = [judgement.outcome for judgement in found]
        decisive: Outcome = "wrong" if self._mode == "all" else "correct"
        other: Outcome = "correct" if self._mode == "all" else "wrong"
        outcome = decisive if decisive in outcomes else other if set(outcomes) == {other} else _undecided(outcomes)
        score = sum(w * j.score for w, j in zip(self._weights, found, strict=True)) / sum(self._weights)
        reason = "; ".join(f"{p.name}: {j.outcome} ({j.reason})" for p, j in zip(self._parts, found, strict=True))
        return Judgement(outcome, score, next((j.extracted for j in found if j.extracted), ""), reason, _seconds(found))


def _evades(part: Verifier, problem: Problem, trace: Trace) -> bool:
    """Whether it is the response that keeps this part from judging. A model that is unsure is no such case."""
    if part.name == "judge":
        return False
    return part.judge(problem, replace(trace, reasoning="", response=_PLAIN)).outcome in _DECIDED


def _last(part: Verifier, found: list[Judgement]) -> Judgement:
    said = found[-1]
    outcome: Outcome = "wrong" if said.outcome == "unverifiable" else said.outcome
    return replace(said, outcome=outcome, reason=f"{part.name}: {said.reason}", seconds=_seconds(found))


def _seconds(found: list[Judgement]) -> float:
    return sum(judgement.seconds for judgement in found)


def _undecided(outcomes: list[Outcome]) -> Outcome:
    return next(o for o in _UNDECIDED if o in outcomes)
