"""GSM8K (Cobbe et al., 2021): word problems of grade school; the gold is what follows `####`."""

from stillhouse.recipe.sections import Columns
from stillhouse.scoring.benchmarks.base import Known

BENCHMARK = Known(
    "openai/gsm8k",
    "test",
    Columns(question="question", answer="answer", answer_after="####"),
    verifier="math",
    license="mit",
    problems=1319,
    revision="e53f048856ff4f594e959d75785d2c2d37b678ee",
    subset="main",
)
