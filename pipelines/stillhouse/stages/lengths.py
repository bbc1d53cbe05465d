"""Prompts that are longer than the model's context: they have no answer, and nobody would know from the verdicts."""

from collections.abc import Mapping

from stillhouse.errors import UserError
from stillhouse.progress import say


def check_prompts(finished: Mapping[str, int]) -> None:
    """`finished` counts traces by their finish reason. Says how many prompts were too long; raises UserError when all were."""
    long, total = finished.get("prompt_too_long", 0), sum(finished.values())
    if not long:
        return
    told = f"{long:,} of {total:,} prompts are longer than the model's context and have no answer"
    if long == total:
        raise UserError(f"All {total:,} prompts are longer than the model's context.", "Raise engine.max_model_len, or shorten the prompt.")
    say(f"  WARNING: {told}: raise engine.max_model_len, or shorten the prompt")
