"""The slow path: Math-Verify (latex2sympy and sympy), for forms that the own reader does not know.

Only called in a worker: its parsers were not made for hostile input. `gate` bounds what it gets; its own timeouts
are off, because they are wall-clock alarms that turn into a silent "not equal".
"""

import re

MAX_CHARS, MAX_NESTING = 400, 12
_TOWER = re.compile(r"\^\s*\{?[^{}]*\^\s*\{?[^{}]*\^")
_BIG_POWER = re.compile(r"(?:\^|\*\*)\s*\{?\s*-?\d{5,}|\d{4,}\s*!|!\s*!")
_BIG_BINOM = re.compile(r"\\binom\s*\{?\s*[\d^{]{5,}|\\(?:sum|prod)[^=]*=[^^]*\^\s*\{?\s*\d{5,}")


def gate(text: str) -> str:
    """Why the text is not handed to the symbolic engine, or an empty string."""
    if len(text) > MAX_CHARS:
        return f"longer than {MAX_CHARS} characters"
    depth = deepest = 0
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        deepest = max(deepest, depth)
    if deepest > MAX_NESTING:
        return f"nested deeper than {MAX_NESTING}"
    if _TOWER.search(text):
        return "a tower of powers"
    if _BIG_POWER.search(text) or _BIG_BINOM.search(text):
        return "an exponent, factorial or binomial that is too big"
    return ""


def math_verify_equal(gold: str, answer: str) -> bool:
    """Math-Verify's verdict on two boxed answers. What it cannot parse is not equal."""
    from math_verify import parse, verify

    left = parse(f"\\boxed{{{gold}}}", parsing_timeout=None)
    right = parse(f"\\boxed{{{answer}}}", parsing_timeout=None)
    return bool(left and right and verify(left, right, timeout_seconds=None))
