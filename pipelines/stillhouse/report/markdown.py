"""Text from elsewhere on a card: its metadata block cannot gain keys, and its Markdown cannot gain tags, links, cells or headings."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from stillhouse.printing import one_line, plain

_SPECIAL = re.compile(r"([\\`*_|~$])")
_LINE_START = re.compile(r"^(\d*)([#>=]|[.)+-](?=\s)|-(?=--))")


def front_matter(values: dict[str, Any]) -> str:
    """The metadata block of a card. Values are data: none of them can end the block or begin another key."""
    return f"---\n{yaml.safe_dump(_plain(values), sort_keys=False, allow_unicode=True, width=1_000)}---\n"


def text(value: str) -> str:
    """A text as one line of Markdown that shows what it is made of. A list of numbers in brackets stays as it is; a link does not."""
    line = one_line(value).replace("&", "&amp;").replace("<", "&lt;")
    line = _SPECIAL.sub(r"\\\1", line)
    line = line.replace("](", "]\\(").replace("][", "]\\[").replace("]:", "]\\:").replace("![", "!\\[")
    return _LINE_START.sub(r"\1\\\2", line)


def table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """A table in Markdown, each cell a text from anywhere."""
    lines = [head, ("---",) * len(head), *(tuple(map(text, row)) for row in body)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def public_name(path: str) -> str:
    """A model's or file's name as strangers may read it: of a path on this machine its last part."""
    here = Path(path)
    return here.name if here.is_absolute() or here.exists() or path.startswith(("~", ".")) else path


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return plain(value) if isinstance(value, str) else value
