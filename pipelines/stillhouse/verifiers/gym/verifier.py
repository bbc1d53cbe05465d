"""Scores an answer with the reasoning-gym task that generated the problem, or with our own reading of the task.

Tasks whose scorers run text as code are never asked: gym_tasks makes their check again. Where a task's scorer gives full
marks that its rule cannot mean, gym_guards takes them back.

`Problem.payload` is `{"task": name, "entry": {...}}` as the generator made it, with the task's `config` where scoring
depends on it. The answer is the last `<answer>` block of the response; without one, the final answer by any other mark,
unless the recipe asks for the block (reasoning-gym's own harness does). Limit: JSON has no tuples, so an entry is
scored as it is and, where that is not full marks, with its lists as tuples; the better score counts.
"""

import contextlib
import json
from functools import cache, lru_cache
from typing import Any

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace
from stillhouse.verifiers.base import Judgement
from stillhouse.verifiers.gym.guards import forged
from stillhouse.verifiers.gym.tasks import OWN, REFUSED, BadEntry
from stillhouse.verifiers.math.answers.final_answer import Found, answer_part, final_answer

_OPEN, _CLOSE = "<answer>", "</answer>"
_BELOW_FULL = 0.99


class ReasoningGym:
    name = "reasoning_gym"
    version = "4"
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
        if not isinstance(task, str) or task not in _registered() or task in REFUSED or not isinstance(entry, dict):
            return Judgement("unverifiable", 0.0, "", f"payload: no reasoning-gym task and entry ({str(task)[:60]!r})")
        found = _answer_block(answer_part(trace.response))
        if found is None and not self._only_tags:
            found = final_answer(trace.response)
        try:
            score = _scored(task, found.text if found else None, entry, payload.get("config") or {})
        except MemoryError:
            raise
        except BadEntry as error:
            return Judgement("unverifiable", 0.0, "", f"payload: {error}")
        except Exception as error:  # tasks parse answers with int(), json and the like, and let them fail
            return Judgement("wrong", 0.0, found.text if found else "", f"the task cannot read the answer: {type(error).__name__}")
        if found is None:
            return Judgement("wrong", min(score, _BELOW_FULL), "", "no answer")
        if score >= 1.0 and forged(task, found.text, entry):
            return Judgement("wrong", _BELOW_FULL, found.text, f"{found.how}: full marks that the task's rule cannot mean")
        return Judgement("correct" if score >= 1.0 else "wrong", score, found.text, f"{found.how}: task score")


def _answer_block(text: str) -> Found | None:
    """The last `<answer>` block that is closed, up to its first closing tag."""
    start = text.rfind(_OPEN, 0, max(text.rfind(_CLOSE), 0))
    if start < 0:
        return None
    start += len(_OPEN)
    return Found(text[start : text.index(_CLOSE, start)].strip(), "tag")


def _scored(task: str, answer: str | None, entry: dict[str, Any], config: Any) -> float:
    if task in OWN:
        return OWN[task](answer or "", entry)
    return _score(_scorer(task, json.dumps(config, sort_keys=True)), answer, entry)


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
