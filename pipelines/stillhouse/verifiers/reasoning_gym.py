"""Scores an answer with the reasoning-gym task that generated the problem.

`Problem.payload` is `{"task": name, "entry": {...}}` as the generator made it. The answer is the last
`<answer>` block of the response, or its final answer as the math verifier finds it.
"""

import json
from functools import cache
from typing import Any

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace
from stillhouse.verifiers.base import Judgement
from stillhouse.verifiers.final_answer import final_answer


class ReasoningGym:
    name = "reasoning_gym"
    version = "1"

    def __init__(self, settings: Verify) -> None:
        self._settings = settings

    def warm_up(self) -> None:
        """Imports every task before the workers fork."""
        _registered()

    def judge(self, problem: Problem, trace: Trace) -> Judgement:
        """Correct at a score of 1, wrong below; the task's own score is kept. Unverifiable without an answer."""
        payload = json.loads(problem.payload)
        task, entry = payload.get("task"), payload.get("entry")
        if task not in _registered() or not isinstance(entry, dict):
            return Judgement("unverifiable", 0.0, "", f"payload: no reasoning-gym task and entry ({task!r})")
        answer = final_answer(trace.response)
        if answer is None:
            return Judgement("wrong", 0.0, "", "no answer")
        score = min(1.0, max(0.0, float(_scorer(task).score_answer(answer.text, entry))))
        return Judgement("correct" if score >= 1.0 else "wrong", score, answer.text, "task score")


@cache
def _registered() -> frozenset[str]:
    import reasoning_gym
    from reasoning_gym.factory import DATASETS

    assert reasoning_gym.__version__
    return frozenset(DATASETS)


@cache
def _scorer(task: str) -> Any:
    import reasoning_gym

    return reasoning_gym.create_dataset(task, size=1, seed=0)
