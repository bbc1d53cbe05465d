"""Thinking on (s1, Muennighoff et al. 2025): where the model would stop thinking, "Wait" is put after its thoughts."""

from stillhouse.engines.base import Ask, Ends
from stillhouse.engines.prompts import Messages
from stillhouse.recipe.methods import Extend
from stillhouse.records import Request, Trace
from stillhouse.rollouts.methods.talk import CLOSERS, Talk, closed


def needs(how: Extend) -> set[str]:
    """What the engine must be able to do."""
    return {"prefix", "stop"}


async def roll(how: Extend, request: Request, chat: Messages, ask: Ask) -> Trace:
    """An answer whose thinking went on up to `times`; the notes say how often. What is cut at the limit is not asked further.

    A model that thinks without tags goes on after its whole answer.
    """
    talk = Talk(request, chat, ask)
    ends = Ends(stop=CLOSERS)
    reply = await talk.say(ends=ends)
    extended = 0
    while reply.finish_reason == "stop" and extended < how.times and talk.left:
        reply = await talk.say(f"{reply.text.rstrip()}\n{how.word}", ends=ends)
        extended += 1
    if reply.finish_reason == "stop" and (begun := closed(reply.text)) != reply.text:
        reply = await talk.say(begun)
    return talk.trace(reply, extended=extended)
