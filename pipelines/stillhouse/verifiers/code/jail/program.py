"""Runs source text as a module, and finds in it what tests ask for: the same in the program's process and in the tests'."""

import sys
import traceback
import types
from typing import Any

from stillhouse.verifiers.code.jail import values

MAX_MESSAGE = 300


def module(name: str) -> dict[str, Any]:
    """The namespace of a new module that pickling and dataclasses can find."""
    sys.modules[name] = types.ModuleType(name)
    return sys.modules[name].__dict__


def run(source: str, namespace: dict[str, Any]) -> None:
    exec(compile(source, "<program>", "exec"), namespace)


def run_setup(source: str, namespace: dict[str, Any]) -> dict[str, type]:
    """Runs the dataset's setup; returns the classes that it defines, whose instances cross by their state."""
    if not source:
        return {}
    run(source, namespace)
    name = namespace["__name__"]
    return {k: v for k, v in namespace.items() if isinstance(v, type) and v.__module__ == name}


def state_of(value: Any, classes: dict[str, type], keep: values.Keep) -> list[Any] | None:
    """The form of an instance of one of the setup's classes, else None."""
    name = type(value).__name__
    if classes.get(name) is not type(value):
        return None
    return ["o", name, values.encode(dict(vars(value)), keep)]


def make_instance(cls: type, state: dict[str, Any]) -> Any:
    """An instance with that state, made without running its __init__."""
    made: Any = object.__new__(cls)
    made.__dict__.update(state)
    return made


def entry_point(namespace: dict[str, Any], name: str) -> Any:
    """A function, or LeetCode's `Solution.method`."""
    if name not in namespace and hasattr(namespace.get("Solution"), name):
        return getattr(namespace["Solution"](), name)
    head, *rest = name.replace("()", "").split(".")
    found = namespace[head]
    for part in rest:
        found = getattr(found() if isinstance(found, type) else found, part)
    return found


def describe(error: BaseException) -> str:
    """`Type: message`, short, and safe when the exception's own methods are not."""
    try:
        return "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()[-1][:MAX_MESSAGE]
    except BaseException:
        return type(error).__name__
