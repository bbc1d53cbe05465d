"""Exceptions across the jail's walls: what the program raised is one class on the tests' side, and no other.

A class is what it really derives from, never what it is called: the interpreter's own classes are told by identity, and a
class of the program's with such a name is only its own. The program's process says which class it was, so it can always claim
a plain ValueError, just as it can raise one. What it cannot do is raise what is several of them at once: a class of its own
has one parent on this side, and at most one builtin (the first that it derives from).
"""

import builtins
import inspect
import sys
from collections.abc import Callable
from typing import Any

from stillhouse.verifiers.code.jail import values
from stillhouse.verifiers.code.jail.values import lineage

MARK = "_raised_by_candidate"
_TEXT, _AGAIN = "_text_of_candidate", "_raised_by_tests"
MAX_TEXT, MAX_DEPTH = 10_000, 20
_NAME, _BASES = type.__dict__["__name__"].__get__, type.__dict__["__bases__"].__get__
_BUILTIN = {id(kind): kind.__name__ for kind in vars(builtins).values() if isinstance(kind, type) and issubclass(kind, BaseException)}
# What may arrive. The ends of iterations are none of them: they would quietly end a loop of the tests.
_KNOWN: dict[str, type[BaseException]] = {
    name: kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and (issubclass(kind, Exception) or kind is SystemExit) and not name.startswith("Stop")
}
_ENDS = {"next": StopIteration, "anext": StopAsyncIteration}
# Their exceptions steer whoever runs the tests: a skipped test would be none.
_STEERING = {"unittest", "doctest", "bdb", "pdb"}


class CandidateError(Exception):
    """The candidate raised something that is no exception of the interpreter's."""


# In the program's process.


def class_form(kind: type, setup: dict[str, type], number: Callable[[Any], int]) -> list[Any]:
    """The form of an exception class. `number` keeps a class of the program's own and says under which number."""
    if id(kind) in _BUILTIN:
        return ["b", _BUILTIN[id(kind)]]
    name, module = _NAME(kind), str(kind.__module__)
    if setup.get(name) is kind:
        return ["u", name]
    if module.partition(".")[0] in sys.stdlib_module_names and getattr(sys.modules.get(module), name, None) is kind:
        return ["m", module, name]
    parent = next(base for base in _BASES(kind) if BaseException in lineage(base))
    builtin = next(_BUILTIN[id(base)] for base in lineage(kind) if id(base) in _BUILTIN)
    return ["x", number(kind), name, class_form(parent, setup, number), builtin]


def details(error: BaseException) -> dict[str, Any]:
    """The arguments, the text and the data of an exception, as far as they are values."""
    state = {}
    for name, value in dict(vars(error)).items():
        try:
            state[name] = values.encode(value)
        except TypeError:
            continue
    try:
        args = values.encode(error.args)
    except TypeError:
        args = None
    return {"args": args, "text": str(error)[:MAX_TEXT], "state": state}


def thrown(message: dict[str, Any]) -> BaseException:
    """What a function of the tests' raised, as a builtin; it is known again where it comes back."""
    error = _KNOWN.get(message["kind"], Exception)(message["threw"])
    error.__dict__[_AGAIN] = message["number"]
    return error


def again(error: BaseException) -> Any:
    """Under which number the tests raised this themselves."""
    return error.__dict__.get(_AGAIN)


# In the tests' process.


class Errors:
    """The classes of what a program raised. `make` asks the program for an exception that the tests want to make themselves."""

    def __init__(self, setup: dict[str, type], make: Callable[[int, tuple[Any, ...], dict[str, Any]], dict[str, Any]]) -> None:
        self._setup, self._make = setup, make
        self._own: dict[int, type[BaseException]] = {}

    def named(self, form: list[Any]) -> type[BaseException] | None:
        """The class that the tests take from the program by a name; None where it would catch the tests' own assertions."""
        found = self.type_of(form)
        return None if issubclass(AssertionError, found) else found

    def raised(self, answer: dict[str, Any], do: str) -> BaseException:
        """The exception that an answer tells of, marked as not the tests' own."""
        form, text = answer.get("class"), str(answer["raised"])
        end = _ENDS.get(do)
        if end is not None and form == ["b", end.__name__]:
            error: BaseException = end()
        else:
            error = self._filled(self.type_of(form) if isinstance(form, list) else CandidateError, answer)
        error.__dict__[MARK] = text
        return error

    def type_of(self, form: list[Any], depth: int = 0) -> type[BaseException]:
        """Raises what a malformed form makes Python raise."""
        tag = form[0]
        if tag == "x" and depth < MAX_DEPTH:
            return self._own.get(form[1]) or self._own.setdefault(int(form[1]), self._new(form, depth))
        if tag == "b":
            return _KNOWN.get(form[1], CandidateError)
        found = self._setup.get(form[1]) if tag == "u" else _standard(form[1], form[2])
        return found if isinstance(found, type) and issubclass(found, Exception) else CandidateError

    def _new(self, form: list[Any], depth: int) -> type[BaseException]:
        """A class for one of the program's own: one parent, and the builtin that it adds if it is a narrower one."""
        _, number, name, parent_form, builtin_name = form
        parent, builtin = self.type_of(parent_form, depth + 1), _KNOWN.get(builtin_name, Exception)
        bases = (parent, builtin) if builtin is not _builtin(parent) and issubclass(builtin, _builtin(parent)) else (parent,)

        def new(cls: type[BaseException], *args: Any, **kwargs: Any) -> BaseException:
            return self._filled(cls, self._make(int(number), args, kwargs))

        body = {"__new__": new, "__init__": lambda *_, **__: None, "__str__": _text, "__module__": "solution"}
        return type(name if str.isidentifier(name) else "Error", bases, body)

    def _filled(self, kind: type[BaseException], answer: dict[str, Any]) -> BaseException:
        """An exception of that class with the program's arguments and data; nothing of the program's is run."""
        text = str(answer.get("text", ""))
        args = values.decode(answer.get("args"), values.no_handle)
        args = args if isinstance(args, tuple) else (text,)
        make = _builtin(kind)
        try:
            error = kind(*args) if kind is make else make.__new__(kind, *args)
        except (TypeError, ValueError):
            # Some builtins (UnicodeDecodeError) are made of more than that, and none of them of less than a text.
            error = CandidateError(text) if kind is make else make.__new__(kind, text)
        for name, form in dict(answer.get("state") or {}).items():
            if not hasattr(inspect.getattr_static(type(error), name, None), "__get__"):
                error.__dict__[name] = values.decode(form, values.no_handle)
        error.__dict__[_TEXT] = text
        return error


def _text(error: BaseException) -> str:
    return str(error.__dict__.get(_TEXT, ""))


def _builtin(kind: type[BaseException]) -> type[BaseException]:
    return next(base for base in kind.__mro__ if id(base) in _BUILTIN)


def _standard(module: str, name: str) -> Any:
    """A class of the standard library that is imported here already."""
    top = module.partition(".")[0]
    return getattr(sys.modules.get(module), name, None) if top in sys.stdlib_module_names and top not in _STEERING else None
