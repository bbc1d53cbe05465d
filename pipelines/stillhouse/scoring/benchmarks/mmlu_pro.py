"""MMLU-Pro (Wang et al., 2024): 12,032 questions of 14 subjects with up to ten options."""

from stillhouse.recipe.sections import Columns
from stillhouse.scoring.benchmarks.base import Known

BENCHMARK = Known(
    "TIGER-Lab/MMLU-Pro",
    "test",
    Columns(question="question", answer="answer", choices="options", domain="category"),
    verifier="choice",
    license="mit",
    problems=12032,
    revision=None,
)
