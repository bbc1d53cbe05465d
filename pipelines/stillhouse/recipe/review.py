"""The recipe's `review` section: which traces people are asked about, and whether what they say decides."""

from pydantic import Field, model_validator

from stillhouse.recipe.section import Section


class Review(Section):
    """Which traces go to people (`stillhouse queue RUN export`). Every rule that is on puts its traces there, with its reason."""

    unsolved: bool = Field(
        True, description="Problems of which no trace is correct, after the last round of a policy and the second tries."
    )
    unverifiable: bool = Field(True, description="Traces on which the verifier came to no verdict.")
    disagreement: bool = Field(
        True, description="Traces on which the judge (`verify.judge.check`) and the rule come to different verdicts."
    )
    pass_rate: tuple[float, float] | None = Field(None, description="Problems whose share of correct samples lies between the two.")
    traces: int = Field(4, ge=1, description="Traces that are shown of a problem which is there as a whole.")
    accept: bool = Field(False, description="Whether curation takes a person's label in the place of the verifier's verdict.")

    @model_validator(mode="after")
    def _ordered(self) -> "Review":
        if self.pass_rate is not None and not 0 <= self.pass_rate[0] <= self.pass_rate[1] <= 1:
            raise ValueError("pass_rate is a lower and an upper share, such as [0.0, 0.25]")
        return self
