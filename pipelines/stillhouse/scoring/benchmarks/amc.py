"""AMC 12 of 2022 and 2023: 83 problems of the contests, rewritten to have whole numbers as answers."""

from stillhouse.recipe.sections import Columns
from stillhouse.scoring.benchmarks.base import Known

BENCHMARK = Known(
    "AI-MO/aimo-validation-amc",
    "train",
    Columns(question="problem", answer="answer"),
    verifier="math",
    license="apache-2.0",
    problems=83,
    revision=None,
)
