"""The tester's end of the line to the candidate: operations on its objects, and what it answers, taken for a claim and no more.

What is no message of the protocol ends the tests as lost, which is wrong; nothing in an answer is run here.
"""

import builtins
import inspect
import sys
from typing import Any

from stillhouse.verifiers.code.jail import link, values
from stillhouse.verifiers.code.jail.exceptions import Errors
from stillhouse.verifiers.code.jail.handles import ROLES, Handle, Made
from stillhouse.verifiers.code.jail.program import state_of

# What a malformed message makes Python raise.
_NONSENSE = (ValueError, TypeError, IndexError, KeyError, AttributeError, OverflowError, RecursionError, ZeroDivisionError)
# LeetCode's class is a place for functions: what they give is a result, also where it is a Solution.
_NO_RESULT = "Solution"


class Stopped(BaseException):
    """The tests cannot go on; its arguments are the finding. No `except Exception` of a test may hide it, and no `except:` undoes it."""


class Wire:
    """The tester's end of the line to the candidate. `asked` counts what the tests wanted of it; `finding` is the first thing against it.

    `named` are the classes of the program's that the tests speak of.
    """

    def __init__(self, fd: int, named: frozenset[str]) -> None:
        self._fd, self._named = fd, named
        self._handles: dict[int, Handle] = {}
        self._making = False
        # Functions of the tests' that the program may call, and what they raised then.
        self._lent: list[Any] = []
        self._thrown: list[BaseException] = []
        self.use({})
        self.asked = 0
        self.finding: dict[str, Any] | None = None

    def use(self, classes: dict[str, type]) -> None:
        """The setup's classes, whose instances cross by their state."""
        self.classes = classes
        self._errors = Errors(classes, self._make)

    def found(self, kind: str, why: str) -> None:
        """Keeps the first finding: it is the verdict, whatever the tests do afterwards."""
        self.finding = self.finding or {"passed": False, "kind": kind, "why": why}

    def stop(self, kind: str, why: str) -> Stopped:
        self.found(kind, why)
        return Stopped(kind, why)

    def refuse(self, what: str, on: Handle) -> BaseException:
        return self.stop("no value", f"the tests ask {what} of an object of the program's own, a {on.__dict__['_kinds'][0]}")

    def wait_ready(self) -> None:
        self._exchange(None, "ready")

    def ask(self, do: str, on: Handle, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None) -> Any:
        """One operation on a remote object; changes made to list, dict and set arguments come back."""
        self.asked += 1
        forms, answer = self._request(do, on.__dict__["_number"], args, kwargs or {})
        for mine, form, theirs in zip(args, forms, answer.get("args", ()), strict=False):
            if form != theirs:
                _take_over(mine, self._decode(theirs))
        same = answer.get("same")
        if type(same) is int and same in range(len(args)) and isinstance(forms[same], list):
            return args[same]
        self._making = do == "call" and bool(on.__dict__["_bases"])
        try:
            return self._decode(answer["value"])
        finally:
            self._making = False

    def _request(self, do: str, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        try:
            forms = [values.encode(a, self._form) for a in args]
            named = {k: values.encode(v, self._form) for k, v in kwargs.items()}
        except TypeError as error:
            raise self.stop("broken tests", f"they hand over {error}") from error
        return forms, self._exchange({"do": do, "on": number, "args": forms, "kwargs": named}, "value")

    def _make(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """What an exception holds that the tests make of a class of the program's."""
        self.asked += 1
        made = self._request("make", number, args, kwargs)[1].get("made")
        if not isinstance(made, dict):
            raise self.stop("lost", "nonsense")
        return made

    def name(self, name: str) -> Any:
        """What the candidate has under a name. Raises KeyError where it has nothing."""
        answer = self._exchange({"do": "name", "name": name}, "value", "missing", "class")
        if "missing" in answer:
            raise KeyError(name)
        if "class" in answer:
            return self._error_class(name, answer["class"])
        form = answer["value"]
        found = self._decode(form)
        if isinstance(found, Handle) and form[3] == "class" and name in self._named:
            return Made(self, int(form[1]), found.__dict__["_kinds"], found.__dict__["_bases"] or (name,))
        return found

    def _error_class(self, name: str, form: Any) -> Any:
        try:
            found = self._errors.named(form)
        except _NONSENSE as error:
            raise self.stop("lost", f"nonsense: {error}") from error
        if found is None:
            raise self.stop("no value", f"{name!r} is a class that the tests' own assertions are of")
        return found

    def _decode(self, form: Any) -> Any:
        try:
            return values.decode(form, self._object)
        except _NONSENSE as error:
            raise self.stop("lost", f"nonsense: {error}") from error

    def _object(self, form: list[Any]) -> Any:
        if form[0] == "o":
            return self._instance(form)
        if form[0] == "a":
            return self._array(form)
        if form[0] == "y":
            return self._lent[form[1]]
        _, number, kinds, role, *bases = form
        made = self._named.intersection(kinds) - ({_NO_RESULT} if not self._making else set())
        kind = Made if made else ROLES[role]
        known = self._handles.get(int(number))
        if known is not None and type(known) is kind and (kind is Made or role != "iterable"):
            return known
        self._handles[int(number)] = kind(self, int(number), tuple(map(str, kinds)) or ("object",), tuple(map(str, bases)))
        return self._handles[int(number)]

    def _array(self, form: list[Any]) -> Any:
        """An array where the tests use numpy, else a list."""
        return values.array(form) if "numpy" in sys.modules else values.no_handle(form)

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
        if form[0] == "a":
            return self._array(form)
        raise ValueError("a live object in an instance of the setup's class")

    def _form(self, value: Any) -> list[Any] | None:
        if isinstance(value, Handle):
            return ["h", value.__dict__["_number"]]
        name = getattr(value, "__name__", None)
        if isinstance(name, str) and getattr(builtins, name, None) is value:
            return ["g", name]
        return state_of(value, self.classes, self._form) or self._lend(value)

    def _lend(self, value: Any) -> list[Any] | None:
        """The form of a function of the tests', which stays here."""
        if not callable(value) or isinstance(value, type):
            return None
        number = next((n for n, known in enumerate(self._lent) if known is value), len(self._lent))
        self._lent[number:] = self._lent[number:] or [value]
        return ["y", number, str(getattr(value, "__name__", "function"))]

    def _called(self, message: dict[str, Any]) -> dict[str, Any]:
        """What a function of the tests' gives that the program calls."""
        try:
            function = self._lent[message["lend"]]
            args, kwargs = [self._decode(a) for a in message["args"]], {k: self._decode(v) for k, v in message["kwargs"].items()}
        except _NONSENSE as error:
            raise self.stop("lost", f"nonsense: {error}") from error
        try:
            given = function(*args, **kwargs)
        except Stopped:
            raise
        except BaseException as error:
            self._thrown.append(error)
            return {"threw": str(error), "kind": type(error).__name__, "number": len(self._thrown) - 1}
        try:
            return {"gave": values.encode(given, self._form)}
        except TypeError as error:
            raise self.stop("broken tests", f"a function of theirs gives {error}") from error

    def _exchange(self, request: Any, *wanted: str) -> dict[str, Any]:
        answer = self._sent(request)
        while isinstance(answer, dict) and "lend" in answer:
            answer = self._sent(self._called(answer))
        if isinstance(answer, dict) and "raised" in answer:
            raise self._raised(answer, request["do"] if request else "")
        if not isinstance(answer, dict) or not answer.keys() & set(wanted):
            raise self.stop("lost", "nonsense")
        return answer

    def _sent(self, message: Any) -> Any:
        """The answer to a message; None for one waits for the first."""
        try:
            if message is not None:
                link.send(self._fd, message)
        except values.TooLarge as error:
            raise self.stop("broken tests", f"they hand over {error}") from error
        except OSError as error:
            raise self.stop("lost", "ended early") from error
        try:
            return link.receive(self._fd)
        except (link.Gone, OSError, ValueError, RecursionError) as error:
            raise self.stop("lost", "ended early") from error

    def _raised(self, answer: dict[str, Any], do: str) -> BaseException:
        try:
            number = answer.get("again")
            return self._errors.raised(answer, do) if type(number) is not int else self._thrown[number]
        except _NONSENSE as error:
            return self.stop("lost", f"nonsense: {error}")


def _take_over(mine: Any, theirs: Any) -> None:
    if type(mine) is list and type(theirs) is list:
        mine[:] = theirs
    elif type(mine) in (dict, set) and type(theirs) is type(mine):
        mine.clear()
        mine.update(theirs)
    elif type(mine).__module__ == "numpy" and type(mine) is type(theirs) and mine.shape == theirs.shape:
        mine[...] = theirs
    elif type(mine) is type(theirs) and hasattr(mine, "__dict__"):
        mine.__dict__.clear()
        mine.__dict__.update(theirs.__dict__)
