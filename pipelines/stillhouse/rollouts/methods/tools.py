"""Tool use (ToRA, Gou et al. 2024): the model writes Python, the jail runs it, the model goes on from the output.

What was inserted is not the model's: it is a block as `dialects.TOOL_OUTPUT` knows it, which training leaves out of the loss, and the
notes hold where it stands, as [part, start, end] in characters of the trace's reasoning or response.
"""

import re

from stillhouse.engines.base import Ask, Ends, Reply
from stillhouse.engines.prompts import Messages
from stillhouse.recipe.methods import Tools
from stillhouse.records import Request, Trace
from stillhouse.rollouts import sandbox
from stillhouse.rollouts.methods.talk import Talk
from stillhouse.verifiers.code.jail.results import Ended, Limits
from stillhouse.verifiers.pool import walls

ENDS = Ends(stop=("\n```\n",))
_FENCE = re.compile(r"^[ \t]*(```+)[ \t]*(\w*)[^\n`]*$", re.MULTILINE)
_MARKUP = re.compile(r"[<[](?=\||/?think|/?thought|channel)", re.IGNORECASE)
_PYTHON = ("python", "py", "python3")


def needs(how: Tools) -> set[str]:
    """What the engine must be able to do. Raises UserError where this machine has no walls for programs."""
    walls.missing(unsafe=False)
    return {"prefix", "stop"}


async def roll(how: Tools, request: Request, chat: Messages, ask: Ask) -> Trace:
    """An answer whose last block of Python has its output after it, and whatever the model made of that, up to `turns` times."""
    talk, inserted, programs = Talk(request, chat, ask), [], 0
    limits = Limits(how.cpu_seconds, how.memory_mb, output_bytes=1 << 20)
    reply = await talk.say(ends=ENDS)
    for _ in range(how.turns):
        block = last_block(reply.text) if reply.finish_reason == "stop" else None
        if block is None or not talk.left:
            break
        text, language, program = block
        if language in _PYTHON:
            inserted.append(_shown(await sandbox.run(program, limits), how.output_chars))
            text, programs = text + inserted[-1], programs + 1
        reply = await talk.say(text, ends=ENDS)
    return talk.trace(reply, programs=programs, inserted=places(reply, inserted))


def last_block(text: str) -> tuple[str, str, str] | None:
    """Where a text ends in a fenced block, open or just closed: the text with the block closed, its language, what is in it."""
    opened: re.Match[str] | None = None
    last: tuple[re.Match[str], re.Match[str]] | None = None
    for fence in _FENCE.finditer(text):
        if opened is None:
            opened = fence
        elif not fence[2] and len(fence[1]) >= len(opened[1]):
            last, opened = (opened, fence), None
    if opened is not None:
        return f"{text.rstrip()}\n{opened[1]}\n", opened[2].lower(), text[opened.end() :].strip("\n")
    if last is not None and last[0][2].lower() in _PYTHON and not text[last[1].end() :].strip():
        return text.rstrip() + "\n", last[0][2].lower(), text[last[0].end() : last[1].start()].strip("\n")
    return None


def _shown(ended: Ended, most: int) -> str:
    """A program's output as a block, and how the program failed where it did. No output can end the block, the thinking or the turn."""
    said = ended.output.decode("utf-8", "replace").strip("\n")
    if len(said) > most:
        said = f"{said[:most]}\n… {len(said) - most} more characters"
    if ended.status != "ok":
        said = f"{said}\n{ended.why}".strip("\n")
    said = _MARKUP.sub(r"\g<0> ", said)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", said)), default=0))
    return f"{fence}output\n{said}\n{fence}\n"


def places(reply: Reply, inserted: list[str]) -> list[list[str | int]]:
    """Where texts stand in a reply's reasoning and response. Raises ValueError for one that stands in neither."""
    found: list[list[str | int]] = []
    parts, after = {"reasoning": reply.reasoning, "response": reply.response}, {"reasoning": 0, "response": 0}
    for block in (text.strip() for text in inserted):
        part = next((name for name in parts if block in parts[name][after[name] :]), None)
        if part is None:
            raise ValueError("an output that was inserted is not in the answer")
        start = parts[part].index(block, after[part])
        after[part] = start + len(block)
        found.append([part, start, after[part]])
    return found
