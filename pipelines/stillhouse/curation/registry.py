"""Every curation step by its name in the recipe."""

from stillhouse.curation import pick
from stillhouse.curation.base import StepKind
from stillhouse.curation.hygiene import format as format_rule
from stillhouse.curation.hygiene import outcome

STEPS: dict[str, StepKind] = {
    "outcome": StepKind(outcome.run, lambda s: ["outcome"], row_wise=True),
    "format": StepKind(format_rule.run, lambda s: ["format", "finish_reason", "reasoning", "response"], row_wise=True),
    "pick": StepKind(pick.run, lambda s: ["problem_id"]),
}
