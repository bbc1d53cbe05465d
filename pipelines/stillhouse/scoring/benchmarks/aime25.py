"""AIME 2025: 30 problems of the two contests; integers from 0 to 999."""

from stillhouse.recipe.sections import Columns
from stillhouse.scoring.benchmarks.base import Known

BENCHMARK = Known(
    "math-ai/aime25",
    "test",
    Columns(question="problem", answer="answer"),
    verifier="math",
    license="unknown",
    problems=30,
    revision=None,
)
