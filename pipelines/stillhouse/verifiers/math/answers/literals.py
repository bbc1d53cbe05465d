"""Golds that are values of a program (`{'a': 1}`, `['x', 2]`, `'abc'`): read as literals, never run, and compared by value.

Only a gold with a string, a mapping or a truth value in it is one: `[1, 2]` alone is mathematics. JSON's spelling of a
value is as good as Python's; a string may come without its quotes.
"""

import ast
import json
import warnings
from typing import Any

_OPENINGS = ("{", "[", "(", "'", '"')
_UNREAD = object()


def same_literal(gold: str, answer: str) -> bool | None:
    """Whether both are the same value; None where the gold is no such literal or the answer is none."""
    wanted = _read(gold) if gold.startswith(_OPENINGS) else _UNREAD
    if wanted is _UNREAD or not _of_a_program(wanted):
        return None
    if isinstance(wanted, str):  # a text: what is not the same to the letter is compared as words are
        return answer == wanted or None
    found = _read(answer)
    return None if found is _UNREAD else type(found) is type(wanted) and bool(found == wanted)


def _read(text: str) -> Any:
    for reader in (ast.literal_eval, json.loads):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SyntaxWarning)
                return reader(text.strip())
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
    return _UNREAD


def _of_a_program(value: Any) -> bool:
    if isinstance(value, dict | str | bool) or value is None:
        return True
    return isinstance(value, list | tuple) and any(_of_a_program(item) for item in value)
