"""Values across the jail's walls: by value, as JSON, and only of exact builtin types on arrival.

A subclass arrives as its builtin base, so that no method of the candidate's (`__eq__`, `__len__`) comes with it.
What has no value of its own (functions, instances, iterators) stays where it is and crosses as a handle.
The limit: two references to one list arrive as two lists.
"""

import importlib
import json
import re
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

MAX_BYTES = 16 << 20
# In memory an empty list is thirty times what it is in JSON.
MAX_ITEMS = 2_000_000
_BIG = 1 << 63
# Types that are made again from what __reduce__ says, by their one public name.
_REBUILT = frozenset(
    {"builtins.range", "datetime.date", "datetime.datetime", "datetime.time", "datetime.timedelta", "datetime.timezone"}
    | {"decimal.Decimal", "fractions.Fraction"}
)
_COLLECTIONS: dict[str, Callable[[list[Any]], Any]] = {"l": lambda items: items, "t": tuple, "s": set, "f": frozenset, "q": deque}
Keep = Callable[[Any], list[Any] | None]
# Made once: `json.dumps` with separators makes one per message.
_encode_json = json.JSONEncoder(separators=(",", ":")).encode
_decode_json = json.JSONDecoder().decode


class Matched:
    """What a regular expression found, by value: the texts and the places of its groups. True, as every match is."""

    def __init__(self, texts: list[Any], spans: list[Any]) -> None:
        self._texts, self._spans = texts, spans

    def group(self, number: int = 0) -> Any:
        return self._texts[number]

    def groups(self) -> tuple[Any, ...]:
        return tuple(self._texts[1:])

    def span(self, number: int = 0) -> Any:
        return self._spans[number]


class TooLarge(Exception):
    """A value of more than MAX_BYTES."""


def nothing(_: Any) -> None:
    """Keeps no handle: what has no value cannot cross."""


def encode(value: Any, keep: Keep = nothing) -> Any:
    """The JSON form. `keep(x)` gives the form of what has no value of its own; None there raises TypeError."""
    # By identity: a type of the candidate's may claim to be equal to any.
    kind = type(value)
    if value is None or kind is str or kind is bool or kind is float or (kind is int and -_BIG < value < _BIG):
        return value
    if kind is list:
        return ["l", *[encode(item, keep) for item in value]]
    if isinstance(value, int):
        number = int.__index__(value)
        return number if -_BIG < number < _BIG else ["i", hex(number)]
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, str):
        return str.__str__(value)
    return _encode_rest(value, keep)


def _encode_rest(value: Any, keep: Keep) -> Any:
    tag, items = _items(value)
    if tag:
        return [tag, *[encode(item, keep) for item in items]]
    if isinstance(value, dict):
        return ["d", *[[encode(k, keep), encode(v, keep)] for k, v in dict.items(value)]]
    if isinstance(value, bytes | bytearray):
        return ["b", bytes(value).hex()]
    if type(value) is complex:
        return ["c", value.real, value.imag]
    if type(value) is re.Match:
        numbers = range(value.re.groups + 1)
        return ["m", encode([value[n] for n in numbers]), encode([value.span(n) for n in numbers])]
    name = f"{type(value).__module__}.{type(value).__qualname__}"
    if name == "fractions.Fraction":
        # Never as text, which can hold an exponent that takes minutes to write out.
        return ["r", name, encode(value.numerator, keep), encode(value.denominator, keep)]
    if name in _REBUILT:
        return ["r", name, *[encode(part, keep) for part in value.__reduce__()[1]]]
    if type(value).__module__ == "numpy":
        return encode(value.tolist() if name == "numpy.ndarray" else value.item(), keep)
    form = keep(value)
    if form is None:
        raise TypeError(f"a value of type {type(value).__name__} cannot leave the jail")
    return form


def _items(value: Any) -> tuple[str, Iterator[Any]]:
    if isinstance(value, list):
        return "l", list.__iter__(value)
    if isinstance(value, tuple):
        return "t", tuple.__iter__(value)
    if isinstance(value, set):
        return "s", set.__iter__(value)
    if isinstance(value, frozenset):
        return "f", frozenset.__iter__(value)
    if isinstance(value, deque):
        return "q", deque.__iter__(value)
    return "", iter(())


def decode(form: Any, handle: Callable[[list[Any]], Any]) -> Any:
    """The value of a JSON form; `handle` takes what `keep` gave. Raises ValueError for anything malformed."""
    if type(form) is not list:
        if type(form) is dict:
            raise ValueError("an object is no value")
        return form
    if not form or not isinstance(form[0], str):
        raise ValueError("a value without a tag")
    tag, rest = form[0], form[1:]
    if tag in _COLLECTIONS:
        return _COLLECTIONS[tag]([decode(item, handle) for item in rest])
    if tag == "d":
        return {decode(k, handle): decode(v, handle) for k, v in rest}
    if tag == "i":
        return int(rest[0], 16)
    if tag == "b":
        return bytes.fromhex(rest[0])
    if tag == "c":
        return complex(rest[0], rest[1])
    if tag == "m":
        return Matched(decode(rest[0], handle), decode(rest[1], handle))
    if tag == "r":
        return _rebuild(rest[0], [decode(part, handle) for part in rest[1:]])
    return handle(form)


def _rebuild(name: str, parts: list[Any]) -> Any:
    if name not in _REBUILT:
        raise ValueError(f"no value of type {name}")
    if name == "fractions.Fraction" and [type(part) for part in parts] != [int, int]:
        raise ValueError("a fraction is two whole numbers")
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)(*parts)


def dump(message: Any) -> bytes:
    """A message as JSON bytes. Raises TooLarge."""
    data = _encode_json(message).encode("ascii")
    if len(data) > MAX_BYTES:
        raise TooLarge(f"a value of more than {MAX_BYTES >> 20} MiB")
    return data


def load(data: bytes) -> Any:
    """A message from JSON bytes. Raises ValueError."""
    if data.count(b",") > MAX_ITEMS:
        raise ValueError(f"a message of more than {MAX_ITEMS:,} parts")
    return _decode_json(data.decode("utf-8"))
