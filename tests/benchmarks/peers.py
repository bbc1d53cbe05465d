"""Other graders on the same rows: Math-Verify and inspect_ai's math() scorer, each called as its own users call it.

Both get the raw response. An outcome is correct, wrong, unverifiable (the gold cannot be read by that tool) or error (it
raised). Neither reads multiple choice: Math-Verify's string targets do not find `(C)`, and math() takes letters for symbols.
"""

import asyncio
import importlib.metadata
import time
from collections.abc import Callable
from typing import Any

Row = dict[str, Any]


def version(name: str) -> str | None:
    """A peer's name with its version, or None where it is not installed."""
    try:
        return f"{name} {importlib.metadata.version(name)}"
    except importlib.metadata.PackageNotFoundError:
        return None


def outcomes(name: str, rows: list[Row]) -> tuple[list[str], float]:
    """One outcome per row, and the CPU seconds of this process that they took; imports and a first call are not counted."""
    PEERS[name](rows[:1])
    start = time.process_time()
    found = PEERS[name](rows)
    return found, time.process_time() - start


def _math_verify(rows: list[Row]) -> list[str]:
    from math_verify import parse, verify

    def judge(row: Row) -> str:
        gold = parse(f"\\boxed{{{row['answer']}}}")
        if not gold:
            return "unverifiable"
        return "correct" if verify(gold, parse(row["response"])) else "wrong"

    return [judge(row) for row in rows]


def _inspect_ai(rows: list[Row]) -> list[str]:
    from inspect_ai.model import ModelName, ModelOutput
    from inspect_ai.scorer import CORRECT, Target, math
    from inspect_ai.solver import TaskState

    score = math()

    async def judge(row: Row) -> str:
        output = ModelOutput.from_content("none", row["response"])
        state = TaskState(ModelName("none/none"), 1, 1, row["question"], [], output=output)
        try:
            found = await score(state, Target(row["answer"]))
        except ValueError:  # the scorer's way to say that it cannot read the target
            return "unverifiable"
        except Exception:  # what its parser lets through: in an evaluation the sample's scoring fails
            return "error"
        assert found is not None
        return "correct" if found.value == CORRECT else "wrong"

    async def every() -> list[str]:
        return [await judge(row) for row in rows]

    return asyncio.run(every())


PEERS: dict[str, Callable[[list[Row]], list[str]]] = {"math-verify": _math_verify, "inspect_ai": _inspect_ai}
FOR = {"math": ("math-verify", "inspect_ai"), "choice": ()}
