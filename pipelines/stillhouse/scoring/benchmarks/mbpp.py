"""MBPP (Austin et al., 2021): 500 short Python programs of its test split, each with three asserts that the question shows."""

from stillhouse.recipe.sections import Columns
from stillhouse.scoring.benchmarks.base import Known

BENCHMARK = Known(
    "google-research-datasets/mbpp",
    "test",
    Columns(question="text", tests="mbpp"),
    verifier="code",
    license="cc-by-4.0",
    problems=500,
    revision=None,
    subset="full",
)
