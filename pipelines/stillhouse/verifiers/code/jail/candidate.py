"""What runs in the candidate's process: the program, and then its stdin/stdout, its calls, or a server for the tester.

Everything this process says is only a claim: it never sees an expected value, and whoever reads it compares.
"""

import atexit
import os
import sys
import threading
import traceback
import types
from typing import Any

from stillhouse.verifiers.code.jail import link, values
from stillhouse.verifiers.code.jail.handles import role_of

FAILED, OUT_OF_MEMORY = 1, 71
MAX_MESSAGE = 300


def stdio(job: dict[str, Any], report: int) -> int:
    """Runs the program as a script; its output goes where fd 1 goes. Returns the exit status."""
    try:
        _execute(job, "__main__")
        # The interpreter's own last steps: join threads, run exit handlers, flush.
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
    except SystemExit as stop:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        return _status(stop.code)
    except BaseException as error:
        return _tell(report, error)
    return 0


def calls(job: dict[str, Any], report: int) -> int:
    """Calls the entry point once per case; sends each result, or the exception, and goes on."""
    try:
        function = _function(_execute(job, "solution"), job["entry_point"])
        for args, kwargs in job["cases"]:
            link.send(report, {"value": values.encode(function(*args, **kwargs), _no_value)})
    except BaseException as error:
        return _tell(report, error)
    return 0


def _no_value(value: Any) -> list[Any]:
    """Says of what kind it is; whoever expects a value sees that it is none."""
    return ["h", 0, type(value).__name__]


def _function(namespace: dict[str, Any], name: str) -> Any:
    try:
        return _entry_point(namespace, name)
    except (KeyError, AttributeError):
        raise NameError(f"the program defines no {name!r}") from None


def _entry_point(namespace: dict[str, Any], name: str) -> Any:
    """A function, or LeetCode's `Solution.method`."""
    if name not in namespace and hasattr(namespace.get("Solution"), name):
        return getattr(namespace["Solution"](), name)
    head, *rest = name.split(".")
    found = namespace[head]
    for part in rest:
        found = getattr(found() if isinstance(found, type) else found, part)
    return found


def _execute(job: dict[str, Any], name: str) -> dict[str, Any]:
    namespace = _module(name)
    _run(job["setup"], namespace)
    _run(job["program"], namespace)
    return namespace


def _module(name: str) -> dict[str, Any]:
    """The namespace of a new module that pickling and dataclasses can find."""
    sys.modules[name] = types.ModuleType(name)
    return sys.modules[name].__dict__


def _run(source: str, namespace: dict[str, Any]) -> None:
    exec(compile(source, "<program>", "exec"), namespace)


def run_setup(source: str, namespace: dict[str, Any]) -> dict[str, type]:
    """Runs the dataset's setup; returns the classes that it defines, whose instances cross by their state."""
    if not source:
        return {}
    _run(source, namespace)
    name = namespace["__name__"]
    return {k: v for k, v in namespace.items() if isinstance(v, type) and v.__module__ == name}


def state_of(value: Any, classes: dict[str, type], keep: values.Keep) -> list[Any] | None:
    """The form of an instance of one of the setup's classes, else None."""
    name = type(value).__name__
    if classes.get(name) is not type(value):
        return None
    return ["o", name, values.encode(dict(vars(value)), keep)]


def _make_instance(cls: type, state: dict[str, Any]) -> Any:
    """An instance with that state, made without running its __init__."""
    made: Any = object.__new__(cls)
    made.__dict__.update(state)
    return made


def _status(code: Any) -> int:
    if code is None:
        return 0
    return code & 0xFF if isinstance(code, int) else FAILED


def describe(error: BaseException) -> str:
    """`Type: message`, short, and safe when the exception's own methods are not."""
    try:
        return "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()[-1][:MAX_MESSAGE]
    except BaseException:
        return type(error).__name__


def _tell(report: int, error: BaseException) -> int:
    """Says why it ended; out of memory it says nothing, because that needs memory."""
    if isinstance(error, MemoryError):
        return OUT_OF_MEMORY
    link.send(report, {"raised": describe(error)})
    return FAILED


class Server:
    """Answers the tester's requests about the program's objects until the tester is gone."""

    def __init__(self, namespace: dict[str, Any], classes: dict[str, type], fd: int) -> None:
        self._namespace, self._classes, self._fd = namespace, classes, fd
        self._objects: list[Any] = []

    def run(self) -> None:
        while True:
            request = link.receive(self._fd)
            try:
                answer = self._answer(request)
            except MemoryError:
                os._exit(OUT_OF_MEMORY)
            except BaseException as error:
                answer = {"raised": describe(error), "type": type(error).__name__}
            try:
                link.send(self._fd, answer)
            except values.TooLarge as error:
                link.send(self._fd, {"raised": str(error), "type": "TooLarge"})

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["do"] == "name":
            return self._name(request["name"])
        arguments = request["args"]
        args, kwargs = [self._decode(a) for a in arguments], {k: self._decode(v) for k, v in request["kwargs"].items()}
        result = self._operate(request["do"], request["on"], args, kwargs)
        answer = {"value": self._encode(result)}
        after = [self._encode(a) if isinstance(form, list) and form[0] in "lds" else form for a, form in zip(args, arguments, strict=True)]
        if after != arguments:
            answer["args"] = after
        return answer

    def _name(self, name: str) -> dict[str, Any]:
        if name not in self._namespace:
            try:
                return {"value": self._encode(_entry_point(self._namespace, name))}
            except (KeyError, AttributeError):
                return {"missing": True}
        found = self._namespace[name]
        # A module is no part of a program: those that the tests use are their own.
        return {"missing": True} if isinstance(found, types.ModuleType) else {"value": self._encode(found)}

    def _operate(self, do: str, on: int, args: list[Any], kwargs: dict[str, Any]) -> Any:
        target = self._objects[on]
        if do == "call":
            return target(*args, **kwargs)
        return _OPERATIONS[do](target, *args)

    def _encode(self, value: Any) -> Any:
        return values.encode(value, self._keep)

    def _decode(self, form: Any) -> Any:
        return values.decode(form, self._object)

    def _object(self, form: list[Any]) -> Any:
        if form[0] == "o":
            return _make_instance(self._classes[form[1]], self._decode(form[2]))
        return self._objects[form[1]]

    def _keep(self, value: Any) -> list[Any]:
        state = state_of(value, self._classes, self._keep)
        if state is not None:
            return state
        self._objects.append(value)
        kinds = [kind.__name__ for kind in type(value).__mro__[:-1]] or ["object"]
        return ["h", len(self._objects) - 1, kinds, role_of(value)]


_OPERATIONS: dict[str, Any] = {
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
}


def serve(job: dict[str, Any], report: int, fd: int) -> int:
    """Runs the program, then answers the tester over `fd`."""
    try:
        namespace = _module("solution")
        classes = run_setup(job["setup"], namespace)
        _run(job["program"], namespace)
        link.send(fd, {"ready": True})
        Server(namespace, classes, fd).run()
    except link.Gone:
        return 0
    except BaseException as error:
        return _tell(report, error)
    return 0
