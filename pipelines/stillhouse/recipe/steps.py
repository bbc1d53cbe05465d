"""One section per curation step. `step` names it; `on: false` keeps the settings and skips the step."""

from typing import Annotated, Literal

from pydantic import Field

from stillhouse.recipe.base import Section
from stillhouse.records import Outcome


class StepBase(Section):
    """What every step has."""

    on: bool = Field(True, description="False skips the step and keeps its settings in the recipe.")


class Outcomes(StepBase):
    """Keeps traces whose verdict is one of `accept`."""

    step: Literal["outcome"] = "outcome"
    accept: list[Outcome] = Field(["correct"], min_length=1)


class Format(StepBase):
    """Drops traces that are truncated, empty, or whose think part is missing, unclosed or nested."""

    step: Literal["format"] = "format"
    accept: list[str] = Field(["think"], min_length=1, description="Accepted values of a trace's `format`; add `none` for no-think data.")
    finish: list[str] = Field(["stop"], min_length=1, description="Accepted finish reasons; everything else counts as truncated.")


class Pick(StepBase):
    """A seeded pick: at most `per_problem` traces of a problem and `size` in all."""

    step: Literal["pick"] = "pick"
    per_problem: int | None = Field(1, ge=1, description="Traces kept per problem at the most (null = all).")
    size: int | None = Field(None, ge=1, description="Traces kept in all at the most (null = all).")


Step = Annotated[Outcomes | Format | Pick, Field(discriminator="step")]
