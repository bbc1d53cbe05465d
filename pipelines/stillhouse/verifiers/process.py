"""`process`: scores for the steps of a trace, from a process reward model or from this factory's own rollouts.

`rollout_scores` labels steps without people, after Math-Shepherd (Wang et al. 2024, arXiv:2312.08935): complete each
prefix N times and take the share of completions that come out correct (its soft estimation). The verifier class
uses a trained model instead: a token classifier whose label 1, at the last token of a step, means a right step.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from stillhouse.errors import UserError
from stillhouse.recipe.verification import Verify
from stillhouse.records import Outcome, Problem, Trace
from stillhouse.verifiers.base import Judgement
from stillhouse.verifiers.models import load

_BLANK_LINE = re.compile(r"\n[ \t]*\n+")
Complete = Callable[[Problem, Sequence[str], int], Sequence[Sequence[str]]]
Judged = Callable[[Problem, str], Outcome]


@dataclass(frozen=True, slots=True)
class StepScore:
    """One step: the share of `rollouts` that came out correct after it. `hard` is Math-Shepherd's hard label: any did."""

    step: str
    score: float
    rollouts: int

    @property
    def hard(self) -> bool:
        return self.score > 0


def split_steps(text: str) -> list[str]:
    """Steps are paragraphs; where there is one paragraph only, its lines. Joined again they are the text but for outer space."""
    text = text.strip()
    parts = _BLANK_LINE.split(text)
    if len(parts) == 1:
        parts = text.split("\n")
    return [part for part in parts if part.strip()]


def rollout_scores(problem: Problem, text: str, complete: Complete, judge: Judged, n: int) -> list[StepScore]:
    """Scores each step of `text` by `n` completions of the prefix that ends with it.

    `complete(problem, prefixes, n)` gives n continuations per prefix (a teacher's sampler); `judge(problem, whole text)`
    gives an outcome. Completions that cannot be judged are not counted. Raises UserError where n < 1, and ValueError
    where `complete` gives another number of continuations.
    """
    if n < 1:
        raise UserError(f"{n} rollouts score nothing.", "Give at least 1.")
    steps = split_steps(text)
    joint = "\n\n" if _BLANK_LINE.search(text.strip()) else "\n"
    prefixes = [joint.join(steps[: i + 1]) + joint for i in range(len(steps))]
    rollouts = complete(problem, prefixes, n)
    if len(rollouts) != len(prefixes) or any(len(r) != n for r in rollouts):
        raise ValueError(f"asked for {n} continuations of each of {len(prefixes)} prefixes, got {[len(r) for r in rollouts]}")
    return [_scored(problem, step, prefix, ends, judge) for step, prefix, ends in zip(steps, prefixes, rollouts, strict=True)]


def _scored(problem: Problem, step: str, prefix: str, ends: Sequence[str], judge: Judged) -> StepScore:
    outcomes = [judge(problem, prefix + end) for end in ends]
    decided = [o for o in outcomes if o in ("correct", "wrong")]
    return StepScore(step, decided.count("correct") / len(decided) if decided else 0.0, len(decided))


class Process:
    """Scores every step of the think part (of the response where there is none) with a process reward model."""

    name = "process"
    version = "1"
    isolation = "process"

    def __init__(self, settings: Verify) -> None:
        if settings.process is None:
            raise UserError("The verifier `process` needs verify.process.", "Give it at least model.")
        self._settings = settings.process
        self._loaded: tuple[Any, Any] | None = None

    def warm_up(self) -> None:
        """Loads the model. Raises UserError where it is no token classifier with two labels."""
        if self._loaded is None:
            self._loaded = load(self._settings.model, "AutoModelForTokenClassification")
            if self._loaded[0].config.num_labels != 2:
                raise UserError(f"{self._settings.model} has {self._loaded[0].config.num_labels} labels; a process reward model has two.")

    def judge(self, problem: Problem, trace: Trace) -> Judgement:
        steps = split_steps(trace.reasoning or trace.response)
        if not steps:
            return Judgement("wrong", 0.0, "", "no steps")
        scores = self.score(problem.question, steps)
        if scores is None:
            return Judgement("unverifiable", 0.0, "", f"more than {self._settings.max_length} tokens")
        score = {"min": min(scores), "product": math.prod(scores), "last": scores[-1]}[self._settings.combine]
        worst = scores.index(min(scores))
        extracted = " ".join(f"{s:.3f}" for s in scores)
        outcome: Outcome = "correct" if score >= self._settings.threshold else "wrong"
        return Judgement(outcome, score, extracted, f"{self._settings.combine} of {len(scores)} steps; the weakest is step {worst + 1}")

    def score(self, question: str, steps: Sequence[str]) -> list[float] | None:
        """P(right) of each step, read at the last token of its separator; None where the text is too long."""
        import torch

        self.warm_up()
        assert self._loaded is not None
        model, tokenizer = self._loaded
        separator = tokenizer.encode(self._settings.separator, add_special_tokens=False)
        ids, ends = list(tokenizer(question)["input_ids"]), []
        for step in steps:
            ids += tokenizer.encode(step, add_special_tokens=False) + separator
            ends.append(len(ids) - 1)
        if len(ids) > self._settings.max_length:
            return None
        with torch.inference_mode():
            right = torch.softmax(model(input_ids=torch.tensor([ids])).logits[0], dim=-1)[:, 1]
        return [float(right[end]) for end in ends]
