"""`process`: scores for the steps of a trace, from a process reward model or from this factory's own rollouts.

`rollout_scores` labels steps without people: each step's prefix is completed several times (`rollouts/steps.py`) and its score is the
share that comes out correct. The verifier class uses a trained model instead: a token classifier whose label 1, at the last
token of a step, means a right step.
"""

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from stillhouse.dialects import CLOSING, OPENING
from stillhouse.errors import UserError
from stillhouse.recipe.verification import Verify
from stillhouse.records import Outcome, Problem, Trace
from stillhouse.verifiers.base import Judgement
from stillhouse.verifiers.models.checkpoint import load

_BLANK_LINE = re.compile(r"\n[ \t]*\n+")
_LINE = re.compile("\n")
_TAG = re.compile(f"{OPENING.pattern}|{CLOSING.pattern}", re.IGNORECASE)


class Step(NamedTuple):
    """A step of a text. Its prefix is the text up to `end`: what parts it from the next step belongs to it."""

    text: str
    end: int


class StepScore(NamedTuple):
    """A step's label: the share of correct ones among the `decided` rollouts; None where none was decided."""

    text: str
    score: float | None
    decided: int


def split_steps(text: str) -> list[str]:
    """Steps are paragraphs; where there is one paragraph only, its lines. Joined again they are the text but for outer space."""
    return [step.text for step in _cut(text.strip(), 0)]


def tagged_steps(text: str) -> list[Step]:
    """The steps of a whole answer: those of its think part, then those of its response. The tags that part them are in no step."""
    tags = [tag.span() for tag in _TAG.finditer(text)]
    starts, ends = [0, *(end for _, end in tags)], [*(start for start, _ in tags), len(text)]
    return [step for start, end in zip(starts, ends, strict=True) for step in _cut(text[start:end], start)]


def _cut(text: str, offset: int) -> Iterator[Step]:
    breaks = _BLANK_LINE if _BLANK_LINE.search(text.strip()) else _LINE
    start = 0
    for end, after in [*(found.span() for found in breaks.finditer(text)), (len(text), len(text))]:
        if text[start:end].strip():
            yield Step(text[start:end], offset + after)
        start = after


def rollout_scores(steps: Sequence[Step], outcomes: Sequence[Sequence[Outcome]]) -> list[StepScore]:
    """The label of each step from the outcomes of the rollouts that went on from it.

    The soft estimation of Math-Shepherd (Wang et al. 2024, arXiv:2312.08935): the share of the rollouts that reach the
    gold. Its hard estimation, whether any did, is `score > 0`. Rollouts that could not be judged are not counted.
    """
    return [_score(step.text.strip(), found) for step, found in zip(steps, outcomes, strict=True)]


def _score(text: str, outcomes: Sequence[Outcome]) -> StepScore:
    decided = [outcome for outcome in outcomes if outcome in ("correct", "wrong")]
    return StepScore(text, decided.count("correct") / len(decided) if decided else None, len(decided))


class Process:
    """Scores every step of the think part (of the response where there is none) with a process reward model."""

    name = "process"
    version = "1"
    needs_host = True
    section = "process"
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
