"""What runs in the tester's process: the dataset's test code, against a candidate that lives in another process.

The tests see the candidate's functions as proxies (`handles`). Arguments and results cross by value, so a comparison always
compares plain builtins (or instances of the setup's own classes) here, out of the candidate's reach; the verdict leaves by a
pipe that only this process holds. Names that the tests use and that are neither theirs, nor builtins, nor modules are asked
of the candidate. The limits: a name that the tests take from the program (a helper of the prompt) is the program's word, and
tests that `eval` what it returns run it here.
"""

import builtins
import importlib
import os
import random
import signal
import socket
from typing import Any

from stillhouse.verifiers.code.jail import link
from stillhouse.verifiers.code.jail.discovered import run_discovered
from stillhouse.verifiers.code.jail.exceptions import MARK
from stillhouse.verifiers.code.jail.handles import Handle
from stillhouse.verifiers.code.jail.program import describe, run_setup
from stillhouse.verifiers.code.jail.testcode import FAILED, TestCode, prepared
from stillhouse.verifiers.code.jail.wire import Stopped, Wire


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
        if isinstance(found, Handle | type):
            self[name] = found
        return found

    def copy(self) -> "Names":
        """The same names for whoever runs examples in a copy of them (doctest)."""
        made = Names(self._wire, self._entry_point, self._modules)
        made.update(self)
        return made


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
        verdict = _verdict(job, tests, lines[0])
        signal.setitimer(signal.ITIMER_PROF, 0)
        link.send(control, verdict)
        before = lines


def _verdict(job: dict[str, Any], tests: TestCode | SyntaxError, line: int) -> dict[str, Any]:
    if isinstance(tests, SyntaxError):
        return _no("broken tests", describe(tests))
    if not tests.asserts:
        return _no("broken tests", "they assert nothing")
    wire = Wire(line, tests.named)
    try:
        names = Names(wire, job["entry_point"], tests.modules)
        names[FAILED] = lambda *message: wire.found(*_said(wire, _failed(message)))
        wire.use(run_setup(job["setup"], names))
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
        elif tests.discovered:
            run_discovered([names[name] for name in tests.discovered], lambda error: wire.found(*_said(wire, error)))
    except BaseException as error:
        wire.found(*_said(wire, error))
    if not wire.asked:
        wire.found("broken tests", "they ask nothing of the program")


def _failed(message: tuple[Any, ...]) -> AssertionError:
    """What an assert that goes on would have raised, or what an assertion of a library has."""
    return message[0] if message and isinstance(message[0], AssertionError) else AssertionError(*message)


def _said(wire: Wire, error: BaseException) -> tuple[str, str]:
    """The finding in what the tests raised; before they have asked anything of the program it is their own fault."""
    if isinstance(error, Stopped):
        return error.args[0], error.args[1]
    return _failure(error) if wire.asked or MARK in getattr(error, "__dict__", {}) else ("broken tests", describe(error))


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
    if MARK in getattr(error, "__dict__", {}):
        return "exception", error.__dict__[MARK]
    if isinstance(error, MemoryError):
        return "memory", "the tests ran out of memory with what the program gave"
    kinds = {AssertionError: "assertion", ImportError: "broken tests"}
    return next((name for cls, name in kinds.items() if isinstance(error, cls)), "exception"), describe(error)


def _no(kind: str, why: str) -> dict[str, Any]:
    return {"passed": False, "kind": kind, "why": why}
