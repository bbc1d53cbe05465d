"""Plain sampling: one question, one answer."""

from typing import Literal

from stillhouse.engines.base import Ask
from stillhouse.engines.prompts import Messages
from stillhouse.records import Request, Trace
from stillhouse.rollouts.methods.trace import trace_of


def needs(how: Literal["plain"]) -> set[str]:
    """Any engine will do."""
    return set()


async def roll(how: Literal["plain"], request: Request, chat: Messages, ask: Ask) -> Trace:
    """The model's answer, of at most `request.effort` tokens."""
    return trace_of(request, [await ask(chat, seed=request.seed, max_tokens=request.effort)])
