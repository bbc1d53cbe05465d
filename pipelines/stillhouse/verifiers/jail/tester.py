"""What runs in the tester's process: the dataset's test code, against a candidate that lives in another process.

The tests see the candidate's functions as proxies. Arguments and results cross by value, so a comparison always
compares plain builtins (or instances of the setup's own classes) here, out of the candidate's reach; the verdict leaves by a pipe that only this process
holds. Names that the tests use and that are neither theirs nor builtins are asked of the candidate. The limit:
a name that the tests take from the program (a helper of the prompt) is the program's word.
"""

import builtins
import contextlib
import importlib
import os
import random
import socket
from types import CodeType
from typing import Any

from stillhouse.verifiers.jail import link, values
from stillhouse.verifiers.jail.candidate import describe, make_instance, run_setup, state_of

_MARK = "_raised_by_candidate"
_ALIASES = {"np": "numpy", "pd": "pandas"}


class CandidateError(Exception):
    """The candidate raised something that is no builtin exception."""


class CandidateLost(BaseException):
    """The candidate's process ended or spoke nonsense; no `except Exception` of a test may hide it."""


class Remote:
    """An object that lives in the candidate's process. Never equal to anything that does not."""

    def __init__(self, wire: "Wire", number: int, kind: str) -> None:
        self.__dict__.update(_wire=wire, _number=number, _kind=kind)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._wire.ask("call", self, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        return self._wire.ask("get", self, (name,))

    def __setattr__(self, name: str, value: Any) -> None:
        self._wire.ask("set", self, (name, value))

    def __len__(self) -> int:
        return int(self._wire.ask("len", self))

    def __getitem__(self, index: Any) -> Any:
        return self._wire.ask("item", self, (index,))

    def __setitem__(self, index: Any, value: Any) -> None:
        self._wire.ask("setitem", self, (index, value))

    def __contains__(self, item: Any) -> bool:
        return self._wire.ask("contains", self, (item,)) is True

    def __iter__(self) -> Any:
        return self._wire.ask("iter", self)

    def __next__(self) -> Any:
        return self._wire.ask("next", self)

    def __str__(self) -> str:
        return str(self._wire.ask("str", self))

    def __repr__(self) -> str:
        return str(self._wire.ask("repr", self))

    def __bool__(self) -> bool:
        return self._wire.ask("truth", self) is True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Remote) and self._wire.ask("same", self, (other,)) is True

    __hash__ = object.__hash__


class Wire:
    """The tester's end of the line to the candidate."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.classes: dict[str, type] = {}

    def wait_ready(self) -> None:
        self._exchange(None)

    def ask(self, do: str, on: Remote, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None) -> Any:
        """One operation on a remote object; changes made to list, dict and set arguments come back."""
        forms = [values.encode(a, self._form) for a in args]
        named = {k: values.encode(v, self._form) for k, v in (kwargs or {}).items()}
        answer = self._exchange({"do": do, "on": on.__dict__["_number"], "args": forms, "kwargs": named})
        for mine, form, theirs in zip(args, forms, answer.get("args", ()), strict=False):
            if form != theirs:
                _take_over(mine, self._decode(theirs))
        return self._decode(answer["value"])

    def name(self, name: str) -> Any:
        """What the candidate has under a name. Raises KeyError where it has nothing."""
        answer = self._exchange({"do": "name", "name": name})
        if "missing" in answer:
            raise KeyError(name)
        if "module" in answer:
            return importlib.import_module(_ALIASES.get(name, name))
        return self._decode(answer["value"])

    def _decode(self, form: Any) -> Any:
        try:
            return values.decode(form, self._object)
        except (ValueError, TypeError, IndexError, KeyError, AttributeError, OverflowError) as error:
            raise CandidateLost(f"nonsense: {error}") from error

    def _object(self, form: list[Any]) -> Any:
        if form[0] == "o":
            return make_instance(self.classes[form[1]], self._decode(form[2]))
        return Remote(self, int(form[1]), str(form[2]))

    def _form(self, value: Any) -> list[Any] | None:
        if isinstance(value, Remote):
            return ["h", value.__dict__["_number"], ""]
        return state_of(value, self.classes, self._form)

    def _exchange(self, request: Any) -> dict[str, Any]:
        try:
            if request is not None:
                link.send(self._fd, request)
            answer = link.receive(self._fd)
        except (link.Gone, OSError, ValueError) as error:
            raise CandidateLost("ended early") from error
        if not isinstance(answer, dict) or not answer.keys() & {"value", "missing", "module", "raised", "ready"}:
            raise CandidateLost("nonsense")
        if "raised" in answer:
            raise _exception(str(answer.get("type")), str(answer["raised"]))
        return answer


def _take_over(mine: Any, theirs: Any) -> None:
    if type(mine) is list and type(theirs) is list:
        mine[:] = theirs
    elif type(mine) in (dict, set) and type(theirs) is type(mine):
        mine.clear()
        mine.update(theirs)


def _exception(kind: str, text: str) -> Exception:
    """The candidate's exception as a builtin of the same name, so that a test can expect it; marked as not the tests' own."""
    found = getattr(builtins, kind, None)
    error: Exception = CandidateError(text)
    if isinstance(found, type) and issubclass(found, Exception):
        # Some builtins (UnicodeDecodeError) need more than a message.
        with contextlib.suppress(TypeError):
            error = found(text.partition(": ")[2] or text)
    error.__dict__[_MARK] = text
    return error


class Names(dict[str, Any]):
    """The tests' globals: their own first, then Python's builtins, then the candidate's."""

    def __init__(self, wire: Wire, entry_point: str) -> None:
        super().__init__(__name__="tests", __builtins__=builtins)
        self._wire, self._entry_point = wire, entry_point

    def __missing__(self, name: str) -> Any:
        if name.startswith("__") or (name != self._entry_point and hasattr(builtins, name)):
            raise KeyError(name)
        found = self._wire.name(name)
        if isinstance(found, Remote):
            self[name] = found
        return found


def run(job: dict[str, Any], control: int) -> int:
    """For each line to a candidate that comes over `control`, runs the tests afresh and reports passed, kind and why."""
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, control)
    code = _compiled(job["tests"])
    before: list[int] = []
    while True:
        _, lines, _, _ = socket.recv_fds(channel, 1, 1)
        if not lines:
            return 0
        # Only now: a candidate that is not needed any more would wake up for the end of its line, and is about to be ended.
        for line in before:
            os.close(line)
        random.seed(0)
        link.send(control, _verdict(job, code, Wire(lines[0])))
        before = lines


def _compiled(tests: str) -> CodeType | SyntaxError:
    try:
        return compile(tests, "<tests>", "exec")
    except SyntaxError as error:
        return error


def _verdict(job: dict[str, Any], code: CodeType | SyntaxError, wire: Wire) -> dict[str, Any]:
    if isinstance(code, SyntaxError):
        return _failure(code)
    try:
        names = Names(wire, job["entry_point"])
        wire.classes = run_setup(job["setup"], names)
        wire.wait_ready()
        exec(code, names)
        if job["check"]:
            _check(names, wire, job["entry_point"])
    except CandidateLost as error:
        return _no("lost", str(error))
    except BaseException as error:
        return _failure(error)
    return {"passed": True, "kind": "", "why": ""}


def _check(names: Names, wire: Wire, entry_point: str) -> None:
    if "check" not in names:
        raise ImportError("the tests define no `check`")
    try:
        function = wire.name(entry_point)
    except KeyError:
        raise NameError(f"the program defines no {entry_point!r}") from None
    check = names["check"]
    if entry_point == "check":
        # The tests mean the program's `check` when they call it.
        names["check"] = function
    check(function)


def _failure(error: BaseException) -> dict[str, Any]:
    if _MARK in getattr(error, "__dict__", {}):
        return _no("exception", error.__dict__[_MARK])
    if isinstance(error, MemoryError):
        return _no("memory", "")
    kinds = {AssertionError: "assertion", SyntaxError: "broken tests", ImportError: "broken tests"}
    kind = next((name for cls, name in kinds.items() if isinstance(error, cls)), "exception")
    return _no(kind, describe(error))


def _no(kind: str, why: str) -> dict[str, Any]:
    return {"passed": False, "kind": kind, "why": why}
