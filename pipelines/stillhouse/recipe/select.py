"""The settings of each selection method (`step: select`, `method: …`)."""

from typing import Annotated, Literal

from pydantic import Field

from stillhouse.recipe.section import Section


class SelectBase(Section):
    """What every method has."""

    step: Literal["select"] = "select"
    on: bool = Field(True, description="False skips the step and keeps its settings in the recipe.")


class S1(SelectBase):
    """s1's funnel after the quality steps: unsolved by weaker models, then domains drawn with 2^(-rank) length weights."""

    method: Literal["s1"]
    size: int = Field(1000, ge=1)
    solved_by: list[str] = Field([], description="Pass-rate columns of weaker models; a problem that any of them solves is dropped.")
    take_all: list[str] = Field([], description="Sources whose traces are all taken first (s1: GPQA, AIME).")
    take_long: list[str] = Field([], description="Sources whose traces over `long_tokens` are taken first (s1: MATH).")
    long_tokens: int = Field(5600, ge=1)
    uniform_until: int | None = Field(None, ge=0, description="Filled to here by a uniform draw of domains (s1: 700); null = `size`.")
    benchmark: list[str] = Field([], description="Sources whose domain mix guides the rest (s1: GPQA, AIME); empty = uniform.")


class Limo(SelectBase):
    """LIMO: problems solved in at most k of n tries; the best chain of each by rules."""

    method: Literal["limo"]
    size: int | None = Field(800, ge=1)
    max_solved: float = Field(3 / 32, gt=0, le=1, description="Largest share of a problem's tries that were correct.")


class OpenThoughts(SelectBase):
    """OpenThoughts: problems with the longest answers, each with all of its answers."""

    method: Literal["openthoughts"]
    size: int | None = Field(None, ge=1, description="Traces at the most; the last problem is kept whole or not at all.")


class Shortest(SelectBase):
    """The shortest traces of each problem, against overthinking."""

    method: Literal["shortest"]
    per_problem: int = Field(1, ge=1)
    size: int | None = Field(None, ge=1)


class Deita(SelectBase):
    """DEITA-like: complexity times quality, best first, skipping what is too near to a picked one."""

    method: Literal["deita"]
    size: int = Field(1000, ge=1)
    quality: str = Field("score", description="Column with a quality score.")
    complexity: str = Field("difficulty", description="Column with a complexity score.")
    max_similarity: float = Field(0.9, gt=0, le=1, description="Cosine of question embeddings above which a trace is skipped.")


class Random(SelectBase):
    """The control: a seeded draw."""

    method: Literal["random"]
    size: int = Field(1000, ge=1)


Select = Annotated[S1 | Limo | OpenThoughts | Shortest | Deita | Random, Field(discriminator="method")]
