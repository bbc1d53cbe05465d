"""Budget forcing (s1, Muennighoff et al. 2025): the thinking is capped, then the answer is asked for."""

from stillhouse.engines.base import Ask, Ends
from stillhouse.engines.prompts import Messages
from stillhouse.recipe.methods import Budget
from stillhouse.records import Request, Trace
from stillhouse.rollouts.methods.talk import Talk, closed, open_tag

SLACK = 4  # the engine counts what it samples, the reply the text without white space around it


def needs(how: Budget) -> set[str]:
    """What the engine must be able to do."""
    return {"prefix", "thinking"} if how.by == "engine" else {"prefix"}


async def roll(how: Budget, request: Request, chat: Messages, ask: Ask) -> Trace:
    """An answer after at most `thinking_tokens` of thinking; the notes say where it was forced, and where the engine ignored the budget.

    A model that thinks without tags is asked for its answer when it has said as many tokens.
    """
    talk = Talk(request, chat, ask)
    ignored = False
    if how.by == "engine":
        reply = await talk.say(ends=Ends(thinking_tokens=how.thinking_tokens))
        ignored = reply.reasoning_tokens > how.thinking_tokens + SLACK
        if not ignored:
            return talk.trace(reply)
        talk.start_over()
    reply = await talk.say(max_tokens=how.thinking_tokens)
    if reply.finish_reason != "length":
        return talk.trace(reply, ignored=ignored)
    forced = bool(open_tag(reply.text)) or reply.format == "none"
    begun = closed(reply.text) + how.cue if forced else reply.text
    return talk.trace(await talk.say(begun), forced=forced, ignored=ignored)
