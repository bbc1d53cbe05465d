"""The verifiers as reward functions for TRL's GRPO, so that what filtered the data also trains the student.

`VerifierReward` has the signature that `GRPOTrainer(reward_funcs=…)` calls: lists of prompts and completions, and
every other column of the dataset by name. Rewards: correct 1, wrong 0, a time-out 0; a problem that cannot be
judged and a judgement that failed on our side are None, which TRL leaves out of the mean.
"""

import json
from types import TracebackType
from typing import Any

from stillhouse.dialects import parse
from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace, Verdict, answer_trace
from stillhouse.verifiers.pool.pool import Pool
from stillhouse.verifiers.readings import WELL_FORMED

_REWARDS: dict[str, float | None] = {"correct": 1.0, "wrong": 0.0, "timeout": 0.0, "unverifiable": None, "error": None}


class VerifierReward:
    """`GRPOTrainer(reward_funcs=VerifierReward("math", workers=4), …)`.

    The dataset's columns: `answer` (or `solution`), and where the verifier needs them `question` (else the prompt's text stands for it),
    `payload` (JSON text or an object, the tests of `code`) and `verifier` (one name per row, before the given one). One pool is kept
    until `close`. `unsafe` lets it judge where no walls can be built, which raises UserError otherwise.
    """

    def __init__(self, verifier: str, workers: int = 1, settings: Verify | None = None, unsafe: bool = False) -> None:
        self.__name__ = f"stillhouse_{verifier}"
        self._verifier = verifier
        self._pool = Pool(workers, settings or Verify(), unsafe=unsafe)

    def __enter__(self) -> "VerifierReward":
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __call__(self, prompts: list[Any], completions: list[Any], **columns: Any) -> list[float | None]:
        """One reward per completion, in order. Where TRL gives `log_extra`, outcome and reason join the completions table."""
        verdicts = list(self._pool.judge([self._pair(i, prompts[i], completion, columns) for i, completion in enumerate(completions)]))
        log_extra = columns.get("log_extra")
        if log_extra is not None:
            log_extra(f"{self.__name__}_outcome", [v.outcome for v in verdicts])
            log_extra(f"{self.__name__}_reason", [v.reason for v in verdicts])
        return [reward(v) for v in verdicts]

    def close(self) -> None:
        """Ends the pool's workers."""
        self._pool.close()

    def _pair(self, index: int, prompt: Any, completion: Any, columns: dict[str, Any]) -> tuple[Problem, Trace]:
        gold = _cell(columns, "answer", index) or _cell(columns, "solution", index) or ""
        payload = _cell(columns, "payload", index) or "{}"
        problem = Problem(
            id=str(index),
            question=_cell(columns, "question", index) or text_of(prompt),
            answer=str(gold),
            verifier=_cell(columns, "verifier", index) or self._verifier,
            payload=payload if isinstance(payload, str) else json.dumps(payload),
        )
        parts = parse(text_of(completion))
        # Many chat templates open the think block in the prompt, which TRL keeps out of the completion.
        form = "think" if parts.format == "unopened" else parts.format
        return problem, answer_trace(str(index), str(index), parts.response, reasoning=parts.reasoning, format=form, index=index)


class FormatReward:
    """1 for a completion with one well-formed think block, 0 for any other: what the strict reading of a score asks for.

    opening: the tag with which the chat template ends the prompt, where it does; TRL keeps it out of the completion.
    """

    def __init__(self, opening: str = "") -> None:
        self.__name__ = "format"
        self._opening = opening

    def __call__(self, completions: list[Any], **columns: Any) -> list[float]:
        """One reward per completion, in order."""
        return [float(parse(self._opening + text_of(completion)).format in WELL_FORMED) for completion in completions]


def reward(verdict: Verdict) -> float | None:
    """The number that a verdict is worth."""
    return _REWARDS[verdict.outcome]


def text_of(value: Any) -> str:
    """A plain text, or the content of a conversation's last message."""
    if isinstance(value, str):
        return value
    return str(value[-1]["content"]) if value else ""


def _cell(columns: dict[str, Any], name: str, index: int) -> Any:
    column = columns.get(name)
    return column[index] if isinstance(column, list) else None
