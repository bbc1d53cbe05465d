"""What the tests hold of the program's live objects: proxies that answer no more than a plain value could claim.

A program can say anything of an object that stays in its process. So only objects that the tests made themselves, of a
class that they named, answer as the program likes (`Made`): there the class is what is tested. All others (`Handle`)
give data by value, elements once and for all, and calls of functions. Asked for truth, length, membership, order or a
method they raise `Refused`, which ends the tests as wrong: a program that answers with a list is not asked these things.
"""

from collections.abc import Iterator
from typing import Any, Protocol


class Line(Protocol):
    """What a handle needs of the tester's end of the line."""

    def ask(self, do: str, on: "Handle", args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None) -> Any: ...

    def refuse(self, what: str, on: "Handle") -> BaseException: ...


class Handle:
    """An object that lives in the candidate's process; never equal to any other."""

    def __init__(self, line: Line, number: int, kind: str) -> None:
        self.__dict__.update(_line=line, _number=number, _kind=kind)

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


class Made(Function):
    """An instance of a class that the tests took from the program by its name, or that class: it answers as its class says."""

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
        return isinstance(other, Made) and self._line.ask("same", self, (other,)) is True

    __hash__ = object.__hash__


ROLES: dict[str, type[Handle]] = {"class": Function, "function": Function, "iterator": Iteration, "iterable": Elements, "object": Handle}


def role_of(value: Any) -> str:
    """What the candidate's process says that an object is good for."""
    kind = type(value)
    if isinstance(value, type):
        return "class"
    if hasattr(kind, "__next__"):
        return "iterator"
    if callable(value):
        return "function"
    return "iterable" if hasattr(kind, "__iter__") else "object"
