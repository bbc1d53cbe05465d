"""Text that a model, a dataset or a recipe wrote, made harmless for Markdown."""

import re

from stillhouse.printing import one_line

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|~$-])")


def inline(text: str) -> str:
    """The text on one line, shown as it is: no mark-up, no HTML, no cell's end."""
    harmless = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN.sub(r"\\\1", harmless)


def block(text: str, language: str = "") -> str:
    """The text as a fenced block that nothing in it can close."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
