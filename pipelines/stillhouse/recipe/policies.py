"""The recipe's `teacher.policy`: how many traces a problem gets, decided from its own verdicts as they come.

A policy reads a problem's verdicts in the order of its samples and stops at the first sample at which it may; what was asked
beyond it is cancelled. So which traces a step has depends on no timing, and on no `chunk`.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from stillhouse.recipe.section import Circumstance, Section
from stillhouse.recipe.sections import Engine, Model


class FixedN(Section):
    """Every problem gets `teacher.sampling.n` traces."""

    kind: Literal["fixed_n"] = "fixed_n"


class Adaptive(Section):
    """What every policy has that looks at verdicts."""

    chunk: Circumstance[int] = Field(
        1, ge=1, description="Traces of a problem under way at once: more end a run sooner and cost those that a stop cancels."
    )


class UntilKCorrect(Adaptive):
    """Until k traces of a problem are correct."""

    kind: Literal["until_k_correct"]
    k: int = Field(1, ge=1)
    cap: int = Field(16, ge=1, description="Traces of a problem at the most.")
    futility: int | None = Field(None, ge=1, description="Give a problem up that has no correct trace after so many (null = never).")

    @model_validator(mode="after")
    def _reachable(self) -> "UntilKCorrect":
        _check_reachable(self.k, self.cap)
        return self


class DifficultyBand(Adaptive):
    """Up to `cap` traces, as long as the share of correct ones among all of them may still lie in the band."""

    kind: Literal["difficulty_band"]
    low: float = Field(ge=0, le=1, description="Least share of correct traces.")
    high: float = Field(ge=0, le=1, description="Largest share of correct traces.")
    cap: int = Field(16, ge=1, description="Traces of a problem at the most.")

    @model_validator(mode="after")
    def _ordered(self) -> "DifficultyBand":
        if not any(self.low <= correct / self.cap <= self.high for correct in range(self.cap + 1)):
            raise ValueError(f"no number of correct traces out of {self.cap} lies between low {self.low} and high {self.high}")
        return self


class Round(Section):
    """One round of an escalation; what it does not name stays as the teacher has it."""

    cap: int = Field(4, ge=1, description="Traces of a problem in this round at the most.")
    futility: int | None = Field(None, ge=1, description="Leave the round with no correct trace after so many (null = never).")
    max_tokens: int | None = Field(None, ge=1)
    temperature: float | None = Field(None, ge=0)
    model: Model | None = Field(None, description="Another teacher.")
    engine: Engine | None = Field(None, description="Its engine.")
    path: Circumstance[str | None] = Field(None, description="Another file of recorded traces, where the teacher is one.")


class Escalate(Adaptive):
    """Until k traces of a problem are correct, in rounds with more and more effort."""

    kind: Literal["escalate"]
    k: int = Field(1, ge=1)
    rounds: list[Round] = Field(min_length=1)

    @model_validator(mode="after")
    def _reachable(self) -> "Escalate":
        _check_reachable(self.k, sum(one.cap for one in self.rounds))
        return self


Looking = UntilKCorrect | DifficultyBand | Escalate
Policy = Annotated[FixedN | UntilKCorrect | DifficultyBand | Escalate, Field(discriminator="kind")]


def _check_reachable(k: int, cap: int) -> None:
    if k > cap:
        raise ValueError(f"k {k} cannot be reached within {cap} traces")
