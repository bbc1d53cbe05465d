"""The asks of one roll: what they cost together, and how much of the request's tokens is left."""

from stillhouse.dialects import CLOSING, TAGS, parse
from stillhouse.engines.base import NATURAL, Ask, Ends, Reply
from stillhouse.engines.prompts import Messages
from stillhouse.records import Request, Trace
from stillhouse.rollouts.methods.trace import noted, trace_of

CLOSERS = tuple(closing for _, closing in TAGS)


class Talk:
    """One answer in several asks. Each ask has a seed of its own; the output of all of them together is at most `limit` tokens.

    `after` is a talk that led to this one: its asks are paid for with these, and count against no limit.
    """

    def __init__(self, request: Request, chat: Messages, ask: Ask, limit: int | None = None, after: "Talk | None" = None) -> None:
        self._request, self._chat, self._ask = request, chat, ask
        self._limit = limit or request.effort
        self._before: list[Reply] = after.replies if after else []
        self._replies: list[Reply] = []

    @property
    def replies(self) -> list[Reply]:
        """All that was said, and is paid for."""
        return self._before + self._replies

    @property
    def left(self) -> int:
        """Tokens that may still be asked for."""
        return self._limit - sum(reply.output_tokens for reply in self._replies)

    async def say(self, prefix: str = "", max_tokens: int | None = None, ends: Ends = NATURAL) -> Reply:
        """The model's answer, which `prefix` begins.

        Where nothing is left, or the context has no room for more, the answer is the prefix as it is, cut: no token is bought.
        """
        room = self.left if max_tokens is None else min(self.left, max_tokens)
        if room < 1:
            return self._cut(prefix)
        seed = (self._request.seed + len(self._replies)) & 0x7FFFFFFF
        reply = await self._ask(self._chat, seed=seed, max_tokens=room, prefix=prefix, ends=ends)
        if self._replies and reply.finish_reason == "prompt_too_long":
            return self._cut(prefix)
        self._replies.append(reply)
        return reply

    def start_over(self) -> None:
        """Gives up what was said so far: it is paid for, but no longer counts against the limit."""
        self._before, self._replies = self.replies, []

    def trace(self, last: Reply, **notes: object) -> Trace:
        """The trace with the text of `last` and the cost of every ask; notes that say nothing are left out."""
        return noted(trace_of(self._request, self.replies, last), **notes)

    def _cut(self, text: str) -> Reply:
        parsed = parse(text)
        return Reply(text, parsed.reasoning, parsed.response, parsed.format, "length", 0, self._replies[-1].reasoning_tokens, 0, 0.0)


def closed(text: str) -> str:
    """The text with its think part ended, where one is open."""
    tag = open_tag(text)
    return f"{text.rstrip()}\n{tag}\n\n" if tag else text


def open_tag(text: str) -> str:
    """What would end the think part in which a text ends; empty where it ends in none."""
    ends = [match.end() for match in CLOSING.finditer(text)]
    rest = text[ends[-1] :] if ends else text
    return next((closing for opening, closing in TAGS if opening in rest), "")
