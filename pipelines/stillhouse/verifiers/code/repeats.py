"""Notices when one program gets two verdicts on the same tests.

An honest program gets one. A program that guesses, remembers and flips gets several, and so does one that is at the edge
of its time limit or draws random numbers of its own: none of them is fit to be learnt from. Programs that differ in comments,
spaces and blank lines alone are one. The limits: a program that is written otherwise is another one, the first of the verdicts
may be written already and stays, and only the last KEPT programs of one pool are remembered (the samples of a problem come
together).
"""

import dataclasses
import hashlib

from stillhouse.records import Outcome, Problem, Trace, Verdict
from stillhouse.verifiers.code.blocks import python_blocks
from stillhouse.verifiers.code.program import normal

KEPT = 100_000
_JUDGED = ("correct", "wrong", "timeout")


class Repeats:
    """What each program came to, by a digest of it and of its tests."""

    def __init__(self) -> None:
        self._outcomes: dict[bytes, Outcome] = {}

    def settle(self, problem: Problem, trace: Trace, verdict: Verdict) -> Verdict:
        """The verdict itself, or `unverifiable` where the same program had another outcome before."""
        if verdict.verifier != "code" or verdict.outcome not in _JUDGED:
            return verdict
        # What a worker sends of a long program is cut; the response's blocks are not.
        program = verdict.extracted if len(verdict.extracted) < 1_000 else "\n".join(python_blocks(trace.response))
        key = hashlib.blake2b(f"{problem.payload}\0{normal(program)}".encode("utf-8", "surrogatepass"), digest_size=12).digest()
        before = self._outcomes.setdefault(key, verdict.outcome)
        if len(self._outcomes) > KEPT:
            del self._outcomes[next(iter(self._outcomes))]
        if before == verdict.outcome:
            return verdict
        why = f"two verdicts: the same program was {before} before and is {verdict.outcome} now ({verdict.reason})"
        return dataclasses.replace(verdict, outcome="unverifiable", score=0.0, reason=why)
