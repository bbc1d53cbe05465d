"""What the tests hold of the program's live objects: proxies that answer no more than a plain value could claim.

A program can say anything of an object that stays in its process. So only objects of a class that the tests name in CapWords
answer as the program likes (`Made`): there the class is what is tested. All others (`Handle`) give data by value, elements once
and for all, and calls of functions. Asked for truth, length, membership, order or a method they raise `Refused`, which ends the
tests as wrong: a program that answers with a list is not asked these things.
"""

import operator
from collections.abc import Callable, Coroutine, Generator, Iterator
from typing import Any, Protocol

from stillhouse.verifiers.code.jail.operations import ARITHMETIC, ORDER, SINGLE


class Line(Protocol):
    """What a handle needs of the tester's end of the line."""

    def ask(self, do: str, on: "Handle", args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None) -> Any: ...

    def refuse(self, what: str, on: "Handle") -> BaseException: ...


class Handle:
    """An object that lives in the candidate's process; equal to no other. `kinds` are its classes, and for a class `bases` its own."""

    def __init__(self, line: Line, number: int, kinds: tuple[str, ...], bases: tuple[str, ...] = ()) -> None:
        self.__dict__.update(_line=line, _number=number, _kinds=kinds, _bases=bases)

    def __getattr__(self, name: str) -> Any:
        """Data by value. No protocol of Python's or numpy's (`__array_interface__`) is asked of the program."""
        if name.startswith("__"):
            raise AttributeError(name)
        found = self._line.ask("get", self, (name,))
        if isinstance(found, Function):
            raise self._line.refuse(f"the method {name!r}", self)
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        self._line.ask("set", self, (name, value))

    def __bool__(self) -> bool:
        raise self._line.refuse("whether it is true", self)

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise self._line.refuse("a copy", self)

    def __str__(self) -> str:
        return str(self._line.ask("str", self))

    def __repr__(self) -> str:
        return str(self._line.ask("repr", self))


class Function(Handle):
    """A function or a method: what it gives is a result like any other."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._line.ask("call", self, args, kwargs)


class Iteration(Handle):
    """An iterator: its elements are asked for one by one, and never twice."""

    def __iter__(self) -> "Iteration":
        return self

    def __next__(self) -> Any:
        return self._line.ask("next", self)


class Elements(Handle):
    """Something that can be iterated over: asked for its elements once, so that it cannot give others the second time."""

    def __iter__(self) -> Iterator[Any]:
        if "_elements" not in self.__dict__:
            self.__dict__["_elements"] = list(self._line.ask("iter", self))
        return iter(self.__dict__["_elements"])

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Awaited(Handle, Coroutine[Any, Any, Any]):
    """What an async function gives: it runs in the program's process, to its end, when the tests await it."""

    def __getattr__(self, name: str) -> Any:
        """None of its frame, its code or its state."""
        raise AttributeError(name)

    def __await__(self) -> Generator[Any, Any, Any]:
        yield from ()
        return self._line.ask("await", self)

    def send(self, value: Any) -> Any:
        raise StopIteration(self._line.ask("await", self))

    def throw(self, *error: Any) -> Any:
        raise error[0]

    def close(self) -> None:
        """Nothing is held here."""


class Stream(Handle):
    """An async iterator."""

    def __aiter__(self) -> "Stream":
        return self

    async def __anext__(self) -> Any:
        return self._line.ask("anext", self)


class Made(Function):
    """An instance of a class that the tests took from the program by its name, or that class: it answers as its class says.

    Not everything: beside a plain value it is what it is by value, if it has one, or it is not equal to it and not asked which is
    greater, and no difference is taken (`abs(x - 1.5) < 1e-6` would be its word). Other arithmetic with plain values gives
    objects like it and nothing else.
    """

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._line.ask("get", self, (name,))

    def __len__(self) -> int:
        return int(self._line.ask("len", self))

    def __getitem__(self, index: Any) -> Any:
        return self._line.ask("item", self, (index,))

    def __setitem__(self, index: Any, value: Any) -> None:
        self._line.ask("setitem", self, (index, value))

    def __contains__(self, item: Any) -> bool:
        return self._line.ask("contains", self, (item,)) is True

    def __iter__(self) -> Any:
        return self._line.ask("iter", self)

    def __next__(self) -> Any:
        return self._line.ask("next", self)

    def __bool__(self) -> bool:
        return self._line.ask("truth", self) is True

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Made):
            return self is other or self._line.ask("same", self, (other,)) is True
        try:
            return bool(self._line.ask("plain", self) == other)
        except TypeError:
            return False

    def __hash__(self) -> int:
        return int(self._line.ask("hash", self))

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, Handle) and self._bases[:1] != () and self._bases[0] in instance._kinds

    def __subclasscheck__(self, kind: object) -> bool:
        return isinstance(kind, Handle) and self._bases[:1] != () and self._bases[0] in kind._bases

    def _by_value(self, what: str) -> Any:
        try:
            return self._line.ask("plain", self)
        except TypeError:
            raise self._line.refuse(what, self) from None


def _arithmetic(name: str) -> Callable[[Made, Any], Any]:
    local: Callable[[Any, Any], Any] = getattr(operator, f"__{name.removeprefix('r')}__", None) or getattr(operator, f"__{name}__")

    def method(self: Made, other: Any) -> Any:
        beside_plain = not isinstance(other, Made)
        found = None if beside_plain and name in ("sub", "rsub", "isub") else self._line.ask(name, self, (other,))
        if not beside_plain or isinstance(found, Made):
            return found
        mine = self._by_value(f"{name} with a plain value")
        return local(other, mine) if name.startswith("r") and name != "rshift" else local(mine, other)

    return method


def _order(name: str) -> Callable[[Made, Any], bool]:
    def method(self: Made, other: Any) -> bool:
        if isinstance(other, Made):
            return self._line.ask(name, self, (other,)) is True
        return bool(getattr(operator, name)(self._by_value("an order beside a plain value"), other))

    return method


def _single(name: str) -> Callable[..., Any]:
    return lambda self, *args: self._line.ask(name, self, args)


for _name in ARITHMETIC:
    for _prefix in ("", "r", "i"):
        setattr(Made, f"__{_prefix}{_name}__", _arithmetic(f"{_prefix}{_name}"))
for _name in ORDER:
    setattr(Made, f"__{_name}__", _order(_name))
for _name in SINGLE:
    if _name != "hash":
        setattr(Made, f"__{_name}__", _single(_name))

ROLES: dict[str, type[Handle]] = {
    "class": Function,
    "function": Function,
    "iterator": Iteration,
    "iterable": Elements,
    "coroutine": Awaited,
    "stream": Stream,
    "object": Handle,
}
