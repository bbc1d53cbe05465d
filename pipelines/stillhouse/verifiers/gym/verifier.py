"""Scores an answer with the reasoning-gym task that generated the problem, after a strict reading of our own.

An answer is correct where the whole of it is of the task's form (readings.py) and the task's own check gives full marks to
what was read. Tasks whose scorers run text as code are never asked: tasks.py makes their check again. A wrong answer keeps
the score that the task gives it, below 1.

`Problem.payload` is `{"task": name, "entry": {...}}` as the generator made it, with the task's `config` where scoring
depends on it. The answer is the last `<answer>` block of the response; without one, the final answer by any other mark,
unless the recipe asks for the block (reasoning-gym's own harness does). A block that is taken back, or followed by
another answer, is wrong. Limit: JSON has no tuples, so an entry is
scored as it is and, where that is not full marks, with its lists as tuples; the better score counts.
"""

import contextlib
import json
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from stillhouse.recipe.verification import Verify
from stillhouse.records import Outcome, Problem, Trace
from stillhouse.verifiers.base import Judgement
from stillhouse.verifiers.gym.block import Block, answer_block, unframed
from stillhouse.verifiers.gym.readings import READINGS
from stillhouse.verifiers.gym.tasks import OWN, BadEntry
from stillhouse.verifiers.math.answers.final_answer import answer_part, final_answer

_BELOW_FULL = 0.99


class ReasoningGym:
    name = "reasoning_gym"
    version = "6"
    runs_no_text = True
    stated = "<answer>{}</answer>"

    def __init__(self, settings: Verify) -> None:
        self._only_tags = settings.reasoning_gym_tags_only

    def warm_up(self) -> None:
        """Imports every task, and what our own readings need, before the workers fork."""
        _registered()
        OWN["simple_integration"]("x", {"metadata": {"variable": "x", "integrand": "1"}})

    def judge(self, problem: Problem, trace: Trace) -> Judgement:
        """Correct at a score of 1, wrong below; the task's own score is kept. Unverifiable without a task and its entry."""
        payload = json.loads(problem.payload)
        task, entry = payload.get("task"), payload.get("entry")
        if not isinstance(task, str) or task not in _registered() or task not in READINGS or not isinstance(entry, dict):
            return Judgement("unverifiable", 0.0, "", f"payload: no reasoning-gym task and entry ({str(task)[:60]!r})")
        block, how = answer_block(answer_part(trace.response)), "tag"
        if block is None and not self._only_tags and (found := final_answer(trace.response)):
            block, how = unframed(found), found.how
        said = block.text if block else ""
        try:
            outcome, score, reason = _judged(_Task(task, entry, payload.get("config") or {}), block)
            return Judgement(outcome, score, said, f"{how}: {reason}" if block else reason)
        except MemoryError:
            raise
        except BadEntry as error:
            return Judgement("unverifiable", 0.0, "", f"payload: {error}")
        except Exception as error:  # tasks parse answers with int(), json and the like, and let them fail
            return Judgement("wrong", 0.0, said, f"the task cannot read the answer: {type(error).__name__}")


@dataclass(frozen=True)
class _Task:
    """A task with one of its entries."""

    name: str
    entry: dict[str, Any]
    config: dict[str, Any]

    def score(self, answer: str | None) -> float:
        """What the task's own check gives to a text, in [0, 1]."""
        if self.name in OWN:
            return OWN[self.name](answer or "", self.entry)
        return _score(_scorer(self.name, json.dumps(self.config, sort_keys=True)), answer, self.entry)

    def is_right(self, answer: str) -> bool:
        """Whether the whole answer is of the task's form, and what was read gets full marks."""
        read = READINGS[self.name](answer, self.entry)
        return read is not None and self.score(read) >= 1.0


def _judged(task: _Task, block: Block | None) -> tuple[Outcome, float, str]:
    """The outcome, the score and the reason."""
    if block is None:
        return "wrong", min(task.score(None), _BELOW_FULL), "no answer"
    if not task.is_right(block.text):
        score = task.score(block.text)
        reason = "task score" if score < 1.0 else "the task's scorer takes it, but more or less than an answer stands there"
        return "wrong", min(score, _BELOW_FULL), reason
    if block.taken_back(task.is_right):
        return "wrong", _BELOW_FULL, "denied or taken back beside its block, or followed by another answer"
    return "correct", 1.0, "task score"


def _score(scorer: Any, answer: str | None, entry: dict[str, Any]) -> float:
    best = _clipped(scorer.score_answer(answer, entry))
    if best < 1.0 and answer is not None and "metadata" in entry:
        with contextlib.suppress(AttributeError, TypeError):  # a task that changes its lists cannot read tuples: the first reading stands
            best = max(best, _clipped(scorer.score_answer(answer, {**entry, "metadata": _tuples(entry["metadata"])})))
    return best


def _clipped(score: Any) -> float:
    return min(1.0, max(0.0, float(score)))


def _tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    return {key: _tuples(item) for key, item in value.items()} if isinstance(value, dict) else value


@cache
def _registered() -> frozenset[str]:
    import reasoning_gym
    from reasoning_gym.factory import DATASETS

    assert reasoning_gym.__version__
    return frozenset(DATASETS)


@lru_cache(maxsize=512)
def _scorer(task: str, config: str) -> Any:
    import reasoning_gym

    return reasoning_gym.create_dataset(task, **{"size": 1, "seed": 0, **json.loads(config)})
