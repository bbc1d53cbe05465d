"""What runs in the tester's process: the dataset's test code, against a candidate that lives in another process.

The tests see the candidate's functions as proxies (`handles`). Arguments and results cross by value, so a comparison always
compares plain builtins (or instances of the setup's own classes) here, out of the candidate's reach; the verdict leaves by a
pipe that only this process holds. Names that the tests use and that are neither theirs, nor builtins, nor modules are asked
of the candidate. The limits: a name that the tests take from the program (a helper of the prompt) is the program's word, and
tests that `eval` what it returns run it here.
"""

import builtins
import contextlib
import importlib
import inspect
import os
import random
import signal
import socket
from typing import Any

from stillhouse.verifiers.code.jail import link, values
from stillhouse.verifiers.code.jail.candidate import describe, run_setup, state_of
from stillhouse.verifiers.code.jail.handles import ROLES, Handle, Made
from stillhouse.verifiers.code.jail.testcode import FAILED, TestCode, prepared

_MARK = "_raised_by_candidate"


class CandidateError(Exception):
    """The candidate raised something that is no builtin exception."""


class Stopped(BaseException):
    """The tests cannot go on; its arguments are the finding. No `except Exception` of a test may hide it, and no `except:` undoes it."""


class Wire:
    """The tester's end of the line to the candidate. `asked` counts what the tests wanted of it; `finding` is the first thing against it."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._named: set[str] = set()
        self.classes: dict[str, type] = {}
        self.asked = 0
        self.finding: dict[str, Any] | None = None

    def found(self, kind: str, why: str) -> None:
        """Keeps the first finding: it is the verdict, whatever the tests do afterwards."""
        self.finding = self.finding or _no(kind, why)

    def stop(self, kind: str, why: str) -> Stopped:
        self.found(kind, why)
        return Stopped(kind, why)

    def refuse(self, what: str, on: Handle) -> BaseException:
        return self.stop("no value", f"the tests ask {what} of an object of the program's own, a {on.__dict__['_kind']}")

    def wait_ready(self) -> None:
        self._exchange(None, "ready")

    def ask(self, do: str, on: Handle, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None) -> Any:
        """One operation on a remote object; changes made to list, dict and set arguments come back."""
        self.asked += 1
        try:
            forms = [values.encode(a, self._form) for a in args]
            named = {k: values.encode(v, self._form) for k, v in (kwargs or {}).items()}
        except TypeError as error:
            raise self.stop("broken tests", f"they hand over {error}") from error
        answer = self._exchange({"do": do, "on": on.__dict__["_number"], "args": forms, "kwargs": named}, "value")
        for mine, form, theirs in zip(args, forms, answer.get("args", ()), strict=False):
            if form != theirs:
                _take_over(mine, self._decode(theirs))
        return self._decode(answer["value"])

    def name(self, name: str) -> Any:
        """What the candidate has under a name. Raises KeyError where it has nothing.

        A name in CapWords that is a class is one that the tests mean to make objects of.
        """
        answer = self._exchange({"do": "name", "name": name}, "value", "missing")
        if "missing" in answer:
            raise KeyError(name)
        form = answer["value"]
        found = self._decode(form)
        if isinstance(found, Handle) and form[3] == "class" and name[:1].isupper():
            self._named.add(name)
            return Made(self, int(form[1]), name)
        return found

    def _decode(self, form: Any) -> Any:
        try:
            return values.decode(form, self._object)
        except (ValueError, TypeError, IndexError, KeyError, AttributeError, OverflowError, RecursionError, ZeroDivisionError) as error:
            raise self.stop("lost", f"nonsense: {error}") from error

    def _object(self, form: list[Any]) -> Any:
        if form[0] == "o":
            return self._instance(form)
        _, number, kinds, role = form
        made = self._named.intersection(kinds)
        return (Made if made else ROLES[role])(self, int(number), str(kinds[0]))

    def _instance(self, form: list[Any]) -> Any:
        """An instance of a class of the setup: plain data, and under no name that the class has a method or property for."""
        cls = self.classes[form[1]]
        made: Any = object.__new__(cls)
        state = values.decode(form[2], self._plain)
        made.__dict__.update({k: v for k, v in state.items() if not hasattr(inspect.getattr_static(cls, k, None), "__get__")})
        return made

    def _plain(self, form: list[Any]) -> Any:
        if form[0] == "o":
            return self._instance(form)
        raise ValueError("a live object in an instance of the setup's class")

    def _form(self, value: Any) -> list[Any] | None:
        if isinstance(value, Handle):
            return ["h", value.__dict__["_number"]]
        return state_of(value, self.classes, self._form)

    def _exchange(self, request: Any, *wanted: str) -> dict[str, Any]:
        try:
            if request is not None:
                link.send(self._fd, request)
        except values.TooLarge as error:
            raise self.stop("broken tests", f"they hand over {error}") from error
        except OSError as error:
            raise self.stop("lost", "ended early") from error
        try:
            answer = link.receive(self._fd)
        except (link.Gone, OSError, ValueError, RecursionError) as error:
            raise self.stop("lost", "ended early") from error
        if isinstance(answer, dict) and "raised" in answer:
            raise _exception(str(answer.get("type")), str(answer["raised"]), request)
        if not isinstance(answer, dict) or not answer.keys() & set(wanted):
            raise self.stop("lost", "nonsense")
        return answer


def _take_over(mine: Any, theirs: Any) -> None:
    if type(mine) is list and type(theirs) is list:
        mine[:] = theirs
    elif type(mine) in (dict, set) and type(theirs) is type(mine):
        mine.clear()
        mine.update(theirs)


def _exception(kind: str, text: str, request: Any) -> Exception:
    """The candidate's exception as a builtin of the same name, so that a test can expect it; marked as not the tests' own.

    The end of an iteration is one only where the next element was asked for: anywhere else it would quietly end a loop of the tests.
    """
    found = getattr(builtins, kind, None)
    if kind.startswith("Stop") and (request is None or request["do"] != "next"):
        found = None
    error: Exception = CandidateError(text)
    if isinstance(found, type) and issubclass(found, Exception):
        # Some builtins (UnicodeDecodeError) need more than a message.
        with contextlib.suppress(TypeError):
            error = found(text.partition(": ")[2] or text)
    error.__dict__[_MARK] = text
    return error


class Names(dict[str, Any]):
    """The tests' globals: their own first, then Python's builtins and modules, then the candidate's."""

    def __init__(self, wire: Wire, entry_point: str, modules: dict[str, str]) -> None:
        super().__init__(__name__="tests", __builtins__=builtins)
        self._wire, self._entry_point, self._modules = wire, entry_point, modules

    def __missing__(self, name: str) -> Any:
        if name.startswith("__") or (name != self._entry_point and hasattr(builtins, name)):
            raise KeyError(name)
        if name in self._modules:
            self[name] = importlib.import_module(self._modules[name])
            return self[name]
        self._wire.asked += 1
        found = self._wire.name(name)
        if isinstance(found, Handle):
            self[name] = found
        return found


def run(job: dict[str, Any], control: int) -> int:
    """For each line to a candidate that comes over `control`, runs the tests afresh and reports passed, kind and why."""
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, control)
    try:
        tests: TestCode | SyntaxError = prepared(job["tests"], job["setup"], job["check"])
    except SyntaxError as error:
        tests = error
    before: list[int] = []
    while True:
        _, lines, _, _ = socket.recv_fds(channel, 1, 1)
        if not lines:
            return 0
        # Only now: a candidate that is not needed any more would wake up for the end of its line, and is about to be ended.
        for line in before:
            os.close(line)
        random.seed(0)
        # This program's share of this process; the keeper's limit is for all that it judges. It ends the process at once.
        signal.setitimer(signal.ITIMER_PROF, job["cpu_seconds"])
        verdict = _verdict(job, tests, Wire(lines[0]))
        signal.setitimer(signal.ITIMER_PROF, 0)
        link.send(control, verdict)
        before = lines


def _verdict(job: dict[str, Any], tests: TestCode | SyntaxError, wire: Wire) -> dict[str, Any]:
    if isinstance(tests, SyntaxError):
        return _no("broken tests", describe(tests))
    if not tests.asserts:
        return _no("broken tests", "they assert nothing")
    try:
        names = Names(wire, job["entry_point"], tests.modules)
        names[FAILED] = lambda *message: wire.found(*_said(wire, AssertionError(*message)))
        wire.classes = run_setup(job["setup"], names)
    except Exception as error:
        return _no("broken tests", describe(error))
    try:
        wire.wait_ready()
    except BaseException as error:
        wire.found(*_failure(error))
    else:
        _run_tests(job, tests, wire, names)
    return wire.finding or {"passed": True, "kind": "", "why": ""}


def _run_tests(job: dict[str, Any], tests: TestCode, wire: Wire, names: Names) -> None:
    """Runs them; what speaks against the program, or for no verdict at all, is the wire's finding."""
    try:
        exec(tests.code, names)
        if job["check"]:
            _check(names, wire, job["entry_point"])
    except BaseException as error:
        wire.found(*_said(wire, error))
    if not wire.asked:
        wire.found("broken tests", "they ask nothing of the program")


def _said(wire: Wire, error: BaseException) -> tuple[str, str]:
    """The finding in what the tests raised; before they have asked anything of the program it is their own fault."""
    if isinstance(error, Stopped):
        return error.args[0], error.args[1]
    return _failure(error) if wire.asked or _MARK in getattr(error, "__dict__", {}) else ("broken tests", describe(error))


def _check(names: Names, wire: Wire, entry_point: str) -> None:
    if "check" not in names:
        raise ImportError("the tests define no `check`")
    try:
        function = wire.name(entry_point)
    except KeyError:
        wire.found("exception", f"NameError: the program defines no {entry_point!r}")
        return
    if not callable(function):
        wire.found("exception", f"TypeError: {entry_point!r} is no function")
        return
    check = names["check"]
    if entry_point == "check":
        # The tests mean the program's `check` when they call it.
        names["check"] = function
    check(function)


def _failure(error: BaseException) -> tuple[str, str]:
    if _MARK in getattr(error, "__dict__", {}):
        return "exception", error.__dict__[_MARK]
    if isinstance(error, MemoryError):
        return "memory", "the tests ran out of memory with what the program gave"
    kinds = {AssertionError: "assertion", ImportError: "broken tests"}
    return next((name for cls, name in kinds.items() if isinstance(error, cls)), "exception"), describe(error)


def _no(kind: str, why: str) -> dict[str, Any]:
    return {"passed": False, "kind": kind, "why": why}
