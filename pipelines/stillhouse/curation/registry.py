"""Every curation step by its name in the recipe: how it runs and which columns it reads.

A step of an installed package says both itself (recipe.steps.PluggedStep).
"""

from stillhouse.curation import backtracking, difficulty, domains, duplicates, mix, pick, select
from stillhouse.curation.base import StepKind
from stillhouse.curation.hygiene import consistency, encoding, language, loops, outcome, overthinking, pii, question, refusal
from stillhouse.curation.hygiene import format as format_rule
from stillhouse.recipe.steps import PluggedStep, Step

_BOTH = ["reasoning", "response"]

STEPS: dict[str, StepKind] = {
    "outcome": StepKind(outcome.run, lambda s: ["outcome"], row_wise=True),
    "format": StepKind(format_rule.run, lambda s: ["format", "finish_reason", *_BOTH], row_wise=True),
    "question": StepKind(question.run, lambda s: ["question"], row_wise=True),
    "encoding": StepKind(encoding.run, lambda s: _BOTH, row_wise=True),
    "loops": StepKind(loops.run, lambda s: list(s.of), row_wise=True),
    "language": StepKind(language.run, lambda s: ["question", *s.of], row_wise=True),
    "consistency": StepKind(consistency.run, lambda s: _BOTH, row_wise=True),
    "refusal": StepKind(refusal.run, lambda s: _BOTH, row_wise=True),
    "overthinking": StepKind(overthinking.run, lambda s: _BOTH, optional=("answer",), row_wise=True),
    "pii": StepKind(pii.run, lambda s: _BOTH, optional=("question",), row_wise=True),
    "dedup": StepKind(duplicates.run, lambda s: duplicates.COLUMNS[s.of], optional=("answer",)),
    "difficulty": StepKind(difficulty.run, difficulty.needs),
    "domains": StepKind(domains.run, domains.needs),
    "select": StepKind(select.run, select.needs, optional=("domain",)),
    "pick": StepKind(pick.run, lambda s: ["problem_id"]),
    "mix": StepKind(mix.run, lambda s: ["reasoning"]),
    "backtracking": StepKind(backtracking.run, backtracking.needs, reads_input=True),
}


def kind_of(step: Step) -> StepKind:
    """How a step of a recipe runs."""
    if not isinstance(step, PluggedStep):
        return STEPS[step.step]
    return StepKind(
        lambda rows, settings, seed: settings.run(rows, seed),
        lambda settings: settings.needs(),
        optional=step.optional,
        row_wise=step.row_wise,
        version=step.version,
    )
