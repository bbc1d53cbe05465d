"""Report: one HTML file from the committed tables; a dataset-only plan has one too."""

from stillhouse.recipe import Recipe
from stillhouse.recipe.section import Circumstance, Section
from stillhouse.stages.base import Inputs, Output, Stage


class Config(Section):
    """What the page is headed with."""

    name: str
    description: str
    seed: int
    extraction_warning: Circumstance[float]


def config(recipe: Recipe) -> Config:
    """What of a recipe the report repeats."""
    return Config(name=recipe.name, description=recipe.description, seed=recipe.seed, extraction_warning=recipe.verify.extraction_warning)


def run(config: Config, inputs: Inputs, out: Output) -> None:
    from stillhouse.report.page import render

    page = render(config, inputs).encode()
    out.add_bytes(page, "report.html")
    out.counts["bytes"] = len(page)


STAGE = Stage("report", "2", run)
