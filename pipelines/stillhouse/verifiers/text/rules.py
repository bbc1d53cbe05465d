"""What each kind of rule of the `structure` verifier may say, and what is wrong with one that says anything else.

A misspelt parameter would judge every response correct; it is an error with its name instead. What a JSON schema's own keywords
mean is JSON Schema's business: it ignores those that it does not know.
"""

import re
from collections.abc import Callable
from typing import Any

UNITS = ("characters", "words", "sentences", "paragraphs", "lines", "bullets")
_Check = Callable[[Any], bool]


def _is(*types: type) -> _Check:
    return lambda value: isinstance(value, types) and (bool in types or not isinstance(value, bool))


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) and word.strip() for word in value)


def _pattern(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(re.compile(value))
    except (re.error, RecursionError, OverflowError):
        return False


# Kind -> its parameters; those of `_NEEDED` must be there, and of several in one tuple at least one.
PARAMETERS: dict[str, dict[str, _Check]] = {
    "json_schema": {"schema": _is(dict, bool)},
    "regex": {"pattern": _pattern, "dotall": _is(bool), "full": _is(bool), "absent": _is(bool)},
    "length": {"unit": lambda value: value in UNITS, "min": _count, "max": _count},
    "keywords": {"include": _words, "exclude": _words},
    "case": {"value": lambda value: value in ("lower", "upper")},
    "starts_with": {"text": _is(str)},
    "ends_with": {"text": _is(str)},
    "no_commas": {},
    "language": {"language": _is(str)},
}
_NEEDED: dict[str, tuple[str, ...]] = {
    "json_schema": ("schema",), "regex": ("pattern",), "length": ("min", "max"), "keywords": ("include", "exclude"), "case": ("value",),
    "starts_with": ("text",), "ends_with": ("text",), "language": ("language",),
}  # fmt: skip


def bad_rule(rule: Any) -> str:
    """What is wrong with a rule, in one line, or an empty string."""
    kind = rule.get("kind") if isinstance(rule, dict) else None
    if not isinstance(kind, str) or kind not in PARAMETERS:
        return f"unknown rule {kind!r}" if isinstance(rule, dict) else f"a rule is {type(rule).__name__}, not an object"
    known = PARAMETERS[kind]
    for name, value in rule.items():
        if name != "kind" and name not in known:
            return f"rule {kind!r} has no parameter {name!r}: it knows {', '.join(known) or 'none'}"
        if name != "kind" and not known[name](value):
            return f"rule {kind!r}: {name} cannot be {str(value)[:40]!r}"
    needed = _NEEDED.get(kind, ())
    return "" if not needed or any(rule.get(name) not in (None, []) for name in needed) else f"rule {kind!r} needs {' or '.join(needed)}"
