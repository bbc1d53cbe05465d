"""Generative selection: several answers, and one more call that picks the best of them."""

import asyncio

from stillhouse.engines.base import Ask, Reply
from stillhouse.engines.prompts import Messages
from stillhouse.recipe.methods import Select
from stillhouse.records import Request, Trace
from stillhouse.rollouts.methods.trace import noted, trace_of

SHOWN = 4000  # characters of an answer that the call which picks gets to see: its end


def needs(how: Select) -> set[str]:
    """What the engine must be able to do."""
    return {"choices"}


async def roll(how: Select, request: Request, chat: Messages, ask: Ask) -> Trace:
    """The picked answer at the price of all; the notes hold its number. Each answer may have `request.effort` tokens.

    Where the answers do not fit into the context of the call that picks, the first of them is taken.
    """
    seeds = [(request.seed + number) & 0x7FFFFFFF for number in range(how.answers)]
    replies = list(await asyncio.gather(*(ask(chat, seed=seed, max_tokens=request.effort) for seed in seeds)))
    numbers = tuple(str(number) for number in range(1, len(replies) + 1))
    asked = how.instruction.format(question=chat[-1]["content"], answers=_listed(replies))
    picked = await ask([{"role": "user", "content": asked}], seed=request.seed, choices=numbers)
    number = int(picked.text) if picked.text in numbers else 1
    return noted(trace_of(request, [*replies, picked], replies[number - 1]), picked=number, of=len(replies))


def _listed(replies: list[Reply]) -> str:
    return "\n\n".join(f"Answer {number}:\n{reply.text[-SHOWN:].strip()}" for number, reply in enumerate(replies, 1))
