"""An `ask` that says what it is told to, one text after the other, and notes what it was asked."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from stillhouse.dialects import parse
from stillhouse.engines.base import NATURAL, Ends, Reply
from stillhouse.engines.prompts import Messages
from stillhouse.records import Request

CHAT = [{"role": "user", "content": "What is 2 + 2?"}]


def request(method: str, effort: int = 100) -> Request:
    return Request("t0", "p0", "m", method, effort, 0, seed=7)


@dataclass
class Scripted:
    """Each line is a text, or a text with the way in which it ends. A word is a token; what is over `max_tokens` is cut."""

    lines: list[str | tuple[str, str]]
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def __call__(
        self,
        messages: Messages,
        *,
        seed: int,
        max_tokens: int | None = None,
        prefix: str = "",
        choices: tuple[str, ...] = (),
        ends: Ends = NATURAL,
    ) -> Reply:
        await asyncio.sleep(0)
        line = self.lines[len(self.asked)]
        self.asked.append(
            {"messages": messages, "seed": seed, "max_tokens": max_tokens, "prefix": prefix, "choices": choices, "ends": ends}
        )
        said, finish = line if isinstance(line, tuple) else (line, "stop")
        words = said.split(" ")
        if max_tokens is not None and len(words) > max_tokens:
            said, finish = " ".join(words[:max_tokens]), "length"
        text, spent = prefix + said, len(said.split(" "))
        parsed = parse(text)
        thought = len(parsed.reasoning.split())
        return Reply(text, parsed.reasoning, parsed.response, parsed.format, finish, 10 + len(prefix.split()), thought, spent, 0.5)
