"""Values across the jail's walls: by value, as JSON, and only of exact builtin types on arrival.

A subclass arrives as its builtin base, so that no method of the candidate's (`__eq__`, `__len__`) comes with it: of a named
tuple the names of its fields come along, of `collections` the classes themselves, of an array what it holds.
What has no value of its own (functions, instances, iterators) stays where it is and crosses as a handle.
The limit: two references to one list arrive as two lists.
"""

import importlib
import json
import operator
import re
from collections import Counter, OrderedDict, defaultdict, deque
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
_MAPPINGS: dict[type, str] = {Counter: "Counter", OrderedDict: "OrderedDict"}
_FACTORIES: dict[str, Callable[[], Any] | None] = {f.__name__: f for f in (int, float, str, list, dict, set)} | {"": None}
# Forms of what can be changed in place.
CHANGEABLE = frozenset("ldsoa")
_ARRAYS = re.compile(r"[<>|=]?[biufcUS][0-9]+")
Keep = Callable[[Any], list[Any] | None]
_MRO = type.__dict__["__mro__"].__get__
# Made once: `json.dumps` with separators makes one per message.
_encode_json = json.JSONEncoder(separators=(",", ":")).encode
_decode_json = json.JSONDecoder().decode


def lineage(kind: type) -> tuple[type, ...]:
    """The classes that a class really derives from, itself first, whatever it says of itself."""
    found: tuple[type, ...] = _MRO(kind)
    return found


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


class Row(tuple[Any, ...]):
    """A named tuple by value: a tuple, and the places of its fields."""

    _fields: tuple[str, ...] = ()

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self._fields, self, strict=True))


class TooLarge(Exception):
    """A value of more than MAX_BYTES."""


def nothing(_: Any) -> None:
    """Keeps no handle: what has no value cannot cross."""


def encode(value: Any, keep: Keep = nothing, live: frozenset[type] = frozenset()) -> Any:
    """The JSON form. `keep(x)` gives the form of what has no value of its own; None there raises TypeError.

    Instances of a class in `live` are kept, too, whatever they derive from.
    """
    # By identity: a type of the candidate's may claim to be equal to any.
    kind = type(value)
    if value is None or kind is str or kind is bool or kind is float or (kind is int and -_BIG < value < _BIG):
        return value
    if kind is list:
        return ["l", *[encode(item, keep, live) for item in value]]
    if live and any(own is known for own in lineage(kind) for known in live):
        return keep(value)
    if isinstance(value, int):
        number = int.__index__(value)
        return number if -_BIG < number < _BIG else ["i", hex(number)]
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, str):
        return str.__str__(value)
    return _encode_rest(value, keep, live)


def _encode_rest(value: Any, keep: Keep, live: frozenset[type]) -> Any:
    tag, items = _items(value)
    if tag:
        form = [tag, *[encode(item, keep, live) for item in items]]
        return ["n", _fields(value), form] if tag == "t" and type(value) is not tuple and _fields(value) else form
    if isinstance(value, dict):
        form = ["d", *[[encode(k, keep, live), encode(v, keep, live)] for k, v in dict.items(value)]]
        return [*_mapping(value), form] if type(value) is not dict and _mapping(value) else form
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
    if name == "numpy.ndarray":
        # Without elements it would be equal to whatever it is spread over.
        plain = value.size and _ARRAYS.fullmatch(value.dtype.str)
        return ["a", value.dtype.str, encode(value.tolist())] if plain else encode(value.tolist(), keep, live)
    if type(value).__module__ == "numpy":
        return encode(value.item())
    kept = keep(value)
    if kept is None:
        raise TypeError(f"a value of type {type(value).__name__} cannot leave the jail")
    return kept


def _fields(value: Any) -> list[str]:
    """The fields of a named tuple, where it has as many as elements; else none."""
    names = getattr(type(value), "_fields", ())
    whole = type(names) is tuple and len(names) == tuple.__len__(value) and all(type(name) is str for name in names)
    return list(names) if whole else []


def _mapping(value: Any) -> list[str]:
    """The tag of a dict of `collections`, if its type is one of them and no subclass."""
    if type(value) is defaultdict:
        factory = value.default_factory
        known = next((name for name, own in _FACTORIES.items() if own is factory), None)
        return [] if known is None else ["D", known]
    return next((["C", name] for kind, name in _MAPPINGS.items() if kind is type(value)), [])


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
    if tag in _TYPED:
        return _TYPED[tag](rest[0], decode(rest[1], handle))
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


def _collection(name: str, items: Any) -> Any:
    return next(kind for kind, known in _MAPPINGS.items() if known == name)(dict(items))


def _row(names: Any, items: Any) -> Any:
    """A plain tuple where an element could be called: it would pass for a method. Raises ValueError for names that are none."""
    if len(set(names)) != len(items) or any(not name.isidentifier() or name[0] == "_" for name in names):
        raise ValueError("no named tuple")
    if any(map(callable, items)):
        return tuple(items)
    places = {name: property(operator.itemgetter(place)) for place, name in enumerate(names)}
    return type("Row", (Row,), {"__slots__": (), "_fields": tuple(names), **places})(items)


_TYPED: dict[str, Callable[[Any, Any], Any]] = {
    "n": _row,
    "C": _collection,
    "D": lambda name, items: defaultdict(_FACTORIES[name], items),
}


def no_handle(form: list[Any]) -> Any:
    """For `decode` where there can be no handles: an array is a list, everything else raises ValueError."""
    if form[0] == "a":
        return decode(form[2], no_handle)
    raise ValueError("a handle is no value")


def array(form: list[Any]) -> Any:
    """The array of a form, where numpy can be imported; its elements are plain."""
    items = decode(form[2], no_handle)
    if not _ARRAYS.fullmatch(form[1]):
        raise ValueError("an array of no plain type")
    numpy = importlib.import_module("numpy")
    return numpy.array(items, dtype=form[1])


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
