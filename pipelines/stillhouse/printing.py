"""Text that models, datasets and recipes wrote, made harmless for a terminal, a page, a log and a spreadsheet."""

import json
import re
import sys

# C0 but for tab and line feed, DEL, C1, marks that turn the direction of writing, line separators, halves of surrogate pairs.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_FORMULA = ("=", "+", "-", "@", "\t")


def plain(text: str) -> str:
    """The text with every control character written as its code, such as \\x1b: what a terminal would obey is shown instead."""
    return _CONTROL.sub(lambda found: _code(found[0]), text)


def one_line(text: str) -> str:
    """As `plain`, with white space, line breaks included, as single spaces."""
    return plain(" ".join(text.split()))


def json_line(value: object) -> str:
    """The value as one line of JSON that holds no control character; reading it gives the value back."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False, default=str))


def csv_cell(value: object) -> object:
    """A value for a CSV file: text that a spreadsheet would take for a formula begins with an apostrophe."""
    if not isinstance(value, str):
        return plain(str(value)) if isinstance(value, list | dict | tuple | bytes) else value
    return f"'{plain(value)}" if value.lstrip(" ").startswith(_FORMULA) else plain(value)


def settle_streams() -> None:
    """Makes standard output and error take any text: what their encoding lacks becomes a question mark, and a closed one takes nothing."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open("/dev/null", "w"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _code(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"
