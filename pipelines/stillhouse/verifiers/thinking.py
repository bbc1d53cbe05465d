"""Splits a raw completion into think part and response, for `grade`, whose rows come as the model wrote them."""

from dataclasses import dataclass

_TAGS = (("<think>", "</think>"), ("[THINK]", "[/THINK]"), ("<thinking>", "</thinking>"))


@dataclass(frozen=True, slots=True)
class Parts:
    """`format` is think, none, unclosed, unopened or several, as in `Trace.format`."""

    reasoning: str
    response: str
    format: str


def split(text: str) -> Parts:
    """What stands after the last closing tag is the response; a block that never closes leaves none."""
    for opening, closing in _TAGS:
        opens, closes = text.count(opening), text.count(closing)
        if not opens and not closes:
            continue
        if opens > closes and text.rfind(opening) > text.rfind(closing):
            return Parts(text, "", "unclosed")
        head, _, tail = text.rpartition(closing)
        shape = "think" if opens == closes == 1 else "unopened" if not opens else "several"
        return Parts(head.replace(opening, "", 1).strip(), tail.strip(), shape)
    return Parts("", text, "none")
