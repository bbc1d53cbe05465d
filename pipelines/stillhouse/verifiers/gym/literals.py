"""Reads an answer that is one literal and nothing else: a number, a fraction, a grid, a list in JSON.

Every reader takes the whole text or gives None: what stands beside a value could deny, scale, bound or correct it, and no
list of such words is ever complete. Decoration is the one exception: `plain` takes off what only sets a value apart.
Nothing is evaluated; lengths, depth and the size of exponents are bounded.
"""

import json
import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

MAX_CHARS = 20_000
_MAX_LAYERS = 8
# Each takes a whole text apart; what is inside may not hold the mark itself, so `$3$ or $4$` stays as it is.
_LAYERS = [
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"```(?:(?:text|txt|plaintext|json|python|latex|tex|math)\n)?([^`]*)```",
        r"`([^`]*)`",
        r"\$\$([^$]*)\$\$",
        r"\$([^$]*)\$",
        r"\\\(((?:(?!\\[()]).)*)\\\)",
        r"\\\[((?:(?!\\[\[\]]).)*)\\\]",
        r"\*\*([^*]*)\*\*",
        r"\*([^*]*)\*",
        r'"([^"]*)"',
        r"'([^']*)'",
        r"“([^“”]*)”",
        r"\\(?:boxed|text|textbf|mathbf|mathrm)\s*\{([^{}\\]*)\}",
    )
]
_NUMBER = re.compile(
    r"(?P<sign>[-+−–]?)(?P<digits>\d{1,3}(?:(?:,|\{,\}|\\,)\d{3})+|\d+)?(?P<rest>\.\d*)?(?:[eE](?P<power>[-+]?\d{1,3}))?", re.ASCII
)
_FRACTION = re.compile(r"([-+−–]?)(?:\\[dt]?frac\s*\{\s*(\d+)\s*\}\s*\{\s*(\d+)\s*\}|(\d+)\s*/\s*(\d+))", re.ASCII)
_GROUPS = re.compile(r",|\{,\}|\\,")


def plain(text: str, ends: str = ".") -> str:
    """The text without what decorates the whole of it: fences, `$`, bold, quotes, a box, and one mark of `ends` behind it."""
    text = text.strip()
    if len(text) > MAX_CHARS:
        return text
    for _ in range(_MAX_LAYERS):
        inner = next((found.group(1) for layer in _LAYERS if (found := layer.fullmatch(text))), None)
        if inner is None and text[-1:] and text[-1] in ends and text[-2:-1] != text[-1]:
            inner = text[:-1]
        if inner is None:
            return text
        text = inner.strip()
    return text


def number(text: str) -> Fraction | None:
    """The exact value of a number in figures, with thousands separators and an exponent at most; None for anything else."""
    found = _NUMBER.fullmatch(text)
    if found is None or len(text) > 400 or not re.search(r"[0-9]", (found["digits"] or "") + (found["rest"] or "")):
        return None
    value = Fraction((_GROUPS.sub("", found["digits"] or "0")) + (found["rest"] or "").rstrip("."))
    value *= Fraction(10) ** int(found["power"] or 0)
    return -value if found["sign"] in ("-", "−", "–") else value


def decimals(text: str) -> int:
    """How many figures stand behind the point of a number without an exponent."""
    return len(text.partition(".")[2])


def fraction(text: str) -> tuple[int, int] | None:
    """Numerator and denominator as they are written, not reduced: `3/4`, `\\frac{3}{4}`."""
    found = _FRACTION.fullmatch(text)
    if found is None or len(text) > 400:
        return None
    top, bottom = int(found[2] or found[4]), int(found[3] or found[5])
    return (-top if found[1] in ("-", "−", "–") else top), bottom


def grid(text: str) -> list[list[str]]:
    """The cells of a grid: a line per row, blanks between the cells."""
    return [row.split() for row in text.strip().splitlines()]


class _Twice(ValueError):
    """A key stands twice in a JSON object: which of them counts depends on the reader."""


def parsed(text: str) -> Any:
    """A JSON value with exact decimals, or None for what is none, has a key twice, or names NaN or an infinity."""
    if len(text) > MAX_CHARS:
        return None
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refused, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Twice
    return found


def _refused(name: str) -> None:
    raise ValueError(name)


def same_json(left: Any, right: Any) -> bool:
    """Equal values of equal kinds: unlike Python's `==`, `true` is not 1."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same_json(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same_json, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def texts(value: Any) -> list[str] | None:
    """The value where it is a list of strings."""
    return value if isinstance(value, list) and all(isinstance(item, str) for item in value) else None
