"""What the tests can ask of a program's object, as it is done in the program's process."""

import importlib
import operator
from collections.abc import Awaitable, Callable
from typing import Any

from stillhouse.verifiers.code.jail.values import lineage

# By the names of Python's own methods, without their underscores.
ARITHMETIC = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor", "lshift", "rshift")
ORDER = ("lt", "le", "gt", "ge")
SINGLE = (
    "neg",
    "pos",
    "abs",
    "invert",
    "int",
    "float",
    "complex",
    "index",
    "round",
    "hash",
    "reversed",
    "delitem",
    "enter",
    "exit",
    "format",
)


def role_of(value: Any) -> str:
    """What the candidate's process says that an object is good for."""
    if isinstance(value, type):
        return "class"
    # Of its classes and not of theirs: every enum can be iterated over, its members cannot.
    has = {name for kind in lineage(type(value)) for name in vars(kind)}
    roles = {"__next__": "iterator", "__await__": "coroutine", "__anext__": "stream", "__call__": "function", "__iter__": "iterable"}
    return next((role for name, role in roles.items() if name in has), "object")


def _method(name: str) -> Callable[..., Any]:
    """Calls the special method of that name, as the interpreter does: on the type."""
    return lambda x, *args: getattr(type(x), f"__{name}__")(x, *args)


def _reversed(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda x, y: operation(y, x)


async def _awaited(value: Awaitable[Any]) -> Any:
    return await value


def _await(value: Any) -> Any:
    """One loop for all that the tests await, as in one program."""
    if not _LOOP:
        # Only where it is needed: every run would pay for it.
        _LOOP.append(importlib.import_module("asyncio").new_event_loop())
    return _LOOP[0].run_until_complete(_awaited(value))


_LOOP: list[Any] = []
OPERATIONS: dict[str, Callable[..., Any]] = {
    "get": getattr,
    "set": setattr,
    "len": len,
    "item": lambda x, i: x[i],
    "setitem": lambda x, i, v: x.__setitem__(i, v),
    "contains": lambda x, i: i in x,
    "iter": iter,
    "next": lambda x: next(x),
    "str": str,
    "repr": repr,
    "same": lambda x, y: bool(x == y),
    "truth": bool,
    "await": _await,
    "anext": lambda x: _await(x.__anext__()),
    **{name: _method(name) for name in SINGLE},
    **{"int": int, "float": float, "complex": complex, "round": round, "hash": hash, "reversed": reversed, "format": format},
    **{name: getattr(operator, f"__{name}__") for name in (*ARITHMETIC, *ORDER)},
    **{f"r{name}": _reversed(getattr(operator, f"__{name}__")) for name in ARITHMETIC},
    **{f"i{name}": getattr(operator, f"__i{name}__") for name in ARITHMETIC},
}
