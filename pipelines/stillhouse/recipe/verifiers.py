"""Settings of single verifiers and of their composition."""

from typing import Literal

from pydantic import Field

from stillhouse.dialects import Format
from stillhouse.recipe.section import Section


class Part(Section):
    """One verifier of a composition."""

    verifier: str
    weight: float = Field(1.0, gt=0, description="Its share of the composed score.")


class Compose(Section):
    """Several verifiers as one, under a name of its own that problems can give as their verifier."""

    mode: Literal["all", "any", "first"] = Field(
        description="all: every part must accept; any: one is enough; first: the first part that says correct or wrong decides, "
        "and a response that keeps it from judging is wrong."
    )
    of: list[Part] = Field(min_length=1)


class FormatRules(Section):
    """What the `format` verifier asks of a completion."""

    think: list[Format] = Field(
        ["think", "harmony"], min_length=1, description="Accepted values of a trace's `format`; `none` for no-think data."
    )
    answer: bool = Field(True, description="The response must mark a final answer.")
    language: str | None = Field(None, pattern=r"^[a-z]{2}$", description="ISO 639-1 code that the response must be written in.")
    min_letters: int = Field(40, ge=1, description="Responses with fewer letters (mathematics left out) have no language to check.")


class MathRules(Section):
    """How the `math` verifier compares."""

    rounding: bool = Field(
        True,
        description="A decimal gold of at least two places accepts what rounds to it; a decimal answer of at least four significant digits "
        "is accepted where an exact gold rounds to it. The reason of a verdict says when this was needed.",
    )


class VoteRules(Section):
    """Self-consistency: when a majority is a pseudo-label, and when it makes the gold suspect."""

    labels: bool = Field(
        False,
        description="A step `vote` of the run: a problem without a gold gets the majority of its traces as one, or is dropped; "
        "one whose traces speak against its gold is quarantined.",
    )
    min_votes: int = Field(4, ge=2, description="Fewest traces with an answer before a vote counts.")
    min_share: float = Field(0.5, gt=0, le=1, description="Least share of the votes for a pseudo-label.")
    suspect_share: float = Field(
        0.93, gt=0.5, le=1, description="Least share with which a majority against the gold quarantines the problem."
    )
