"""Compares what a program gave with what was expected, in the process that holds the expected values.

Results arrive as JSON forms (jail.values) and are compared without running anything of the candidate's:
exact types and lengths, except that JSON cannot tell a tuple from a list nor a number from a string as a key.
Floats agree to 1e-9 of their size. Output is compared line by line without trailing space; numbers that are
written differently (0.5, 0.50) agree.
"""

import math
import re
from decimal import Decimal
from typing import Any

from stillhouse.verifiers.code.jail import values

RELATIVE, ABSOLUTE = 1e-9, 1e-12
# Plainer than what Decimal reads: no other digits, no underscores.
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")


def same_results(reports: list[Any], expected: list[Any]) -> str:
    """Why the reported values are not the expected ones; empty where they are."""
    if len(reports) != len(expected):
        return f"{len(reports)} results for {len(expected)} cases"
    for number, (report, want) in enumerate(zip(reports, expected, strict=True), 1):
        try:
            got = values.decode(report["value"], values.no_handle)
            same = same_value(got, want)
        except (KeyError, TypeError, ValueError, IndexError, RecursionError, ArithmeticError, AttributeError):
            return f"no plain value (case {number} of {len(expected)})"
        if not same:
            return f"value differs (case {number} of {len(expected)})"
    return ""


def same_value(got: Any, want: Any) -> bool:
    """Exact builtin types, lengths and order, recursively; a tuple stands for a list."""
    if isinstance(want, list):
        return isinstance(got, list | tuple) and len(got) == len(want) and all(map(same_value, got, want))
    if isinstance(want, dict):
        return isinstance(got, dict) and _same_dict({_key(k): v for k, v in got.items()}, want, len(got))
    if type(got) is not type(want):
        return False
    if isinstance(want, float):
        return math.isclose(got, want, rel_tol=RELATIVE, abs_tol=ABSOLUTE) or (math.isnan(got) and math.isnan(want))
    return bool(got == want)


def _same_dict(got: dict[str, Any], want: dict[str, Any], size: int) -> bool:
    return len(got) == size == len(want) and all(k in got and same_value(got[k], v) for k, v in want.items())


def _key(key: Any) -> str:
    """A key as JSON writes it."""
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    return key if isinstance(key, str) else repr(key)


def same_output(got: str, want: str) -> bool:
    """Whether two outputs have the same lines; never a prefix."""
    mine, theirs = _lines(got), _lines(want)
    return len(mine) == len(theirs) and all(map(_same_line, mine, theirs))


def _lines(text: str) -> list[str]:
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _same_line(got: str, want: str) -> bool:
    if got == want:
        return True
    mine, theirs = got.split(), want.split()
    return len(mine) == len(theirs) and all(map(_same_token, mine, theirs))


def _same_token(got: str, want: str) -> bool:
    if got == want:
        return True
    if "." not in got + want or len(got) > 100 or len(want) > 100:
        return False
    return bool(_NUMBER.fullmatch(got) and _NUMBER.fullmatch(want)) and Decimal(got) == Decimal(want)
