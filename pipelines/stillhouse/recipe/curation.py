"""The recipe's `curation` section: an ordered list of steps, each with its settings and its own switch."""

from pydantic import Field

from stillhouse.recipe.section import Section
from stillhouse.recipe.steps import DedupStep, Encoding, Format, Loops, Outcomes, Pick, Pii, Refusal, Step


def default_steps() -> list[Step]:
    """What a recipe gets that names no steps."""
    return [Outcomes(), Format(), Encoding(), Loops(), Refusal(), Pii(), DedupStep(), Pick()]


class Curation(Section):
    """Which traces become examples. The steps run in the order given; the first that drops a trace is its reason."""

    steps: list[Step] = Field(default_factory=default_steps)
