"""AIME 2024: 30 problems of the two contests; integers from 0 to 999."""

from stillhouse.recipe.sections import Columns
from stillhouse.scoring.benchmarks.base import Known

BENCHMARK = Known(
    "HuggingFaceH4/aime_2024",
    "train",
    Columns(question="problem", answer="answer"),
    verifier="math",
    license="unknown",
    problems=30,
    revision=None,
)
