"""GPQA Diamond (Rein et al., 2023): 198 questions of graduates' science with four options. Its repository asks for a consent on the Hub."""

from stillhouse.recipe.sections import Columns
from stillhouse.scoring.benchmarks.base import Known

BENCHMARK = Known(
    "Idavidrein/gpqa",
    "train",
    Columns(
        question="Question",
        answer="Correct Answer",
        choices=["Correct Answer", "Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3"],
    ),
    verifier="choice",
    license="cc-by-4.0",
    problems=198,
    revision=None,
    subset="gpqa_diamond",
)
