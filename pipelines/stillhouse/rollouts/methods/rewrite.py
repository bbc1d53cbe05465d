"""System 2 Attention (Weston and Sukhbaatar 2023): the question is first rewritten without what does not matter, then answered."""

from stillhouse.engines.base import Ask
from stillhouse.engines.prompts import Messages
from stillhouse.recipe.methods import Rewrite
from stillhouse.records import Request, Trace
from stillhouse.rollouts.methods.talk import Talk


def needs(how: Rewrite) -> set[str]:
    """Any engine will do."""
    return set()


async def roll(how: Rewrite, request: Request, chat: Messages, ask: Ask) -> Trace:
    """The answer to the rewritten question, which the notes hold; an empty or cut rewriting leaves the question as it was.

    The worked examples are not shown to the call that rewrites.
    """
    *before, last = chat
    asked = {**last, "content": how.instruction.format(question=last["content"])}
    first = Talk(request, [asked], ask)
    reply = await first.say(max_tokens=how.tokens)
    said = reply.response if reply.finish_reason == "stop" else ""
    talk = Talk(request, [*before, {**last, "content": said}] if said else chat, ask, after=first)
    return talk.trace(await talk.say(), rewritten=said)
