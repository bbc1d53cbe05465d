"""Loops and cuts: an answer that says the same again and again, or is cut at the limit, is labelled and may be closed."""

from stillhouse.engines.base import Ask, Ends, Reply
from stillhouse.engines.prompts import Messages
from stillhouse.recipe.methods import Close
from stillhouse.records import Request, Trace
from stillhouse.rollouts.methods.talk import Talk, closed

TAIL = 4000  # characters in which a loop is looked for


def needs(how: Close) -> set[str]:
    """What the engine must be able to do."""
    return {"repeats"} if how.then == "leave" else {"prefix", "repeats"}


async def roll(how: Close, request: Request, chat: Messages, ask: Ask) -> Trace:
    """An answer; the notes say `closed: loop` or `closed: cut` (or `left`, `more`) where it came to no end by itself."""
    first = request.effort - how.tokens if how.then == "answer" else request.effort
    talk = Talk(request, chat, ask, request.effort + how.tokens if how.then == "more" else None)
    reply = await talk.say(max_tokens=first, ends=Ends(repeats=how.loop))
    ended = _ended(reply)
    if not ended:
        return talk.trace(reply)
    if how.then == "answer":
        return talk.trace(await talk.say(closed(one_turn(reply.text)) + how.cue, max_tokens=how.tokens), closed=ended)
    if how.then == "more" and ended == "cut":
        return talk.trace(await talk.say(reply.text, ends=Ends(repeats=how.loop)), more=ended)
    return talk.trace(reply, left=ended)


def _ended(reply: Reply) -> str:
    """How a reply ended that did not end by itself."""
    return {"repetition": "loop", "length": "cut"}.get(reply.finish_reason, "")


def one_turn(text: str) -> str:
    """The text with the passage that it repeats at its end said once. The limit: a loop of at most 2,000 characters a turn."""
    tail = text[-TAIL:]
    period = next((n for n in range(1, len(tail) // 2 + 1) if tail[-n:] == tail[-2 * n : -n]), 0)
    if not period:
        return text
    turn = text[-period:]
    while text.endswith(turn * 2):
        text = text[:-period]
    return text
