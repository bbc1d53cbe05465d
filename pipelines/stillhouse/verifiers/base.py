"""The one interface of all verifiers: a problem and a trace in, a judgement out.

A verifier runs in a killable worker process (see verifiers.pool.pool), never in the process that holds the data.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
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
    """Judges the response of a trace, never its think part. Its class is made with the recipe's `Verify` section.

    Raise `version` with every change that judges otherwise: it is part of the identity of the verdicts. The class may say more
    of itself (`Traits`), and may have `Settings`, a section of its own under `verify.plugins.NAME`, and `warm_up()`, which
    loads before the workers fork.
    """

    name: str
    version: str

    def judge(self, problem: Problem, trace: Trace) -> Judgement: ...


@dataclass(frozen=True, slots=True)
class Traits:
    """What a verifier's class may say of itself, as attributes of these names.

    needs_host: it starts processes or opens connections itself and brings its own isolation, so its worker is not confined.
    runs_no_text: it only compares: no text becomes code in its worker, whoever's library it uses.
    section: the key of `verify` without which it judges nothing.
    stated: how a response states an answer, such as "<answer>{}</answer>": golds are then sent through it before anything is sampled.
    lacking: what a problem's payload lacks for it, or None.
    """

    needs_host: bool = False
    runs_no_text: bool = False
    section: str = ""
    stated: str = ""
    lacking: Callable[[str], str | None] = lambda payload: None

    @classmethod
    def of(cls, verifier: type[Verifier]) -> "Traits":
        """Those of a class; what it does not say is as here."""
        return cls(**{f.name: getattr(verifier, f.name) for f in fields(cls) if hasattr(verifier, f.name)})
