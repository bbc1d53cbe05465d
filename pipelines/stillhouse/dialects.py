"""The ways in which models delimit their thinking, brought to one form: reasoning, response, and how it was marked.

A missing or unclosed tag is recorded in the form, never repaired: what was not delimited as reasoning stays response.
"""

import re
from dataclasses import dataclass
from typing import Literal

Format = Literal["think", "harmony", "none", "unclosed", "unopened", "nested", "several"]
# The one list of think tags: splitting, reading answers and hygiene all go by it.
TAGS = (
    ("<think>", "</think>"),
    ("[THINK]", "[/THINK]"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<|channel>thought", "<channel|>"),
    ("<reasoning>", "</reasoning>"),
    ("<seed:think>", "</seed:think>"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
)
OPENING, CLOSING = (re.compile("|".join(re.escape(pair[side]) for pair in TAGS), re.IGNORECASE) for side in (0, 1))
# What a program printed, as a block of its own inside a model's turn: it was put in, and is never trained.
TOOL_OUTPUT = re.compile(r"^(`{3,})output\n.*?^\1[ \t]*$", re.DOTALL | re.MULTILINE)
# Channels as gpt-oss writes them (`<|channel|>analysis<|message|>…`) and as Muse Glimmer does (` to=self<|message|>…`).
_HARMONY = re.compile(
    r"(?:<\|channel\|>| to=)(\w+)(?: [^<]*)?<\|message\|>(.*?)(?=<\|(?:end|return|eom|eot|start|channel)\|>|\Z)", re.DOTALL
)
_THINKING_CHANNELS, _ANSWER_CHANNELS = ("analysis", "commentary", "self"), ("final", "user")
_FRAME = re.compile(r"<\|(?:START|END)_RESPONSE\|>")  # Cohere's frame about an answer


@dataclass(frozen=True, slots=True)
class Parsed:
    """`format` is think, harmony, none, unclosed, unopened, nested or several."""

    reasoning: str
    response: str
    format: str


def parse(text: str) -> Parsed:
    """Splits a completion into reasoning and response."""
    if "<|channel|>" in text or "<|message|>" in text:
        return _harmony(text)
    text = _FRAME.sub("", text)
    for opening, closing in TAGS:
        if opening in text or closing in text:
            return _tagged(text, opening, closing)
    return Parsed("", text.strip(), "none")


def opening_tag(prompt: str) -> str:
    """The opening tag that some chat templates end the prompt with: it belongs to the completion."""
    tail = prompt.rstrip()
    return next((opening for opening, _ in TAGS if tail.endswith(opening)), "")


def answer_part(text: str) -> str:
    """What follows the last think part that is still in a text; empty where that part never ends."""
    closes = list(CLOSING.finditer(text))
    rest = text[closes[-1].end() :] if closes else text
    return "" if OPENING.search(rest) else rest


def _tagged(text: str, opening: str, closing: str) -> Parsed:
    opens, closes = text.count(opening), text.count(closing)
    if not closes:
        return Parsed(text.split(opening, 1)[1].strip(), "", "unclosed")
    if not opens:
        head, _, tail = text.partition(closing)
        return Parsed(head.strip(), tail.strip(), "unopened")
    before, _, rest = text.partition(opening)
    if closing not in rest:  # the closing tag stands before the opening one: nothing is delimited
        return Parsed("", text.strip(), "nested")
    head, _, tail = rest.rpartition(closing)
    response = f"{before.strip()}\n{tail.strip()}".strip()
    return Parsed(head.strip(), response, _shape(text, opening, closing, opens, closes))


def _shape(text: str, opening: str, closing: str, opens: int, closes: int) -> str:
    if opens == closes == 1 and text.index(opening) < text.index(closing):
        return "think"
    depth = deepest = 0
    for match in re.finditer(f"{re.escape(opening)}|{re.escape(closing)}", text):
        depth += 1 if match.group() == opening else -1
        deepest = max(deepest, depth)
    return "nested" if deepest > 1 or depth != 0 else "several"


def _harmony(text: str) -> Parsed:
    parts = _HARMONY.findall(text)
    reasoning = "\n".join(body.strip() for channel, body in parts if channel in _THINKING_CHANNELS)
    final = [body.strip() for channel, body in parts if channel in _ANSWER_CHANNELS]
    return Parsed(reasoning, "\n".join(final), "harmony" if final else "unclosed")
