"""MATH-500 (Lightman et al., 2023): 500 problems of the test split of MATH (Hendrycks et al., 2021)."""

from stillhouse.recipe.sections import Columns
from stillhouse.scoring.benchmarks.base import Known

BENCHMARK = Known(
    "HuggingFaceH4/MATH-500",
    "test",
    Columns(question="problem", answer="answer", domain="subject"),
    verifier="math",
    license="mit",
    problems=500,
    revision="6e4ed1a2a79af7d8630a6b768ec859cb5af4d3be",
)
