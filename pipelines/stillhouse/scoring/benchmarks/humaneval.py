"""HumanEval (Chen et al., 2021): 164 Python functions to complete, each with its tests."""

from stillhouse.recipe.sections import Columns
from stillhouse.scoring.benchmarks.base import Known

BENCHMARK = Known(
    "openai/openai_humaneval",
    "test",
    Columns(question="prompt", tests="humaneval"),
    verifier="code",
    license="mit",
    problems=164,
    revision=None,
)
