"""The one interface of all verifiers: a problem and a trace in, a judgement out.

A verifier runs in a killable worker process (see verifiers.pool.pool), never in the process that holds the data.
"""

from dataclasses import dataclass
from typing import Protocol

from stillhouse.records import Outcome, Problem, Trace


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict before the pool adds who, where and how long. `score` is in [0, 1]; `seconds` is CPU time used in other processes."""

    outcome: Outcome
    score: float
    extracted: str
    reason: str
    seconds: float = 0.0


class Verifier(Protocol):
    """Judges the response of a trace, never its think part."""

    name: str
    version: str

    def judge(self, problem: Problem, trace: Trace) -> Judgement: ...
