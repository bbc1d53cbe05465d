"""The program's end of the line to the tests: does with its objects what they ask, and says what came of it.

It runs in the program's process, so all that it says is only a claim.
"""

import builtins
import contextlib
import os
import types
from typing import Any

from stillhouse.verifiers.code.jail import exceptions, link, values
from stillhouse.verifiers.code.jail.operations import OPERATIONS, role_of
from stillhouse.verifiers.code.jail.program import describe, entry_point, make_instance, state_of

OUT_OF_MEMORY = 71
_BUILTIN_TYPES = {id(kind) for kind in vars(builtins).values() if isinstance(kind, type)}


class Lent:
    """A function of the tests', which is called in their process."""

    def __init__(self, server: "Server", number: int, name: str) -> None:
        self._server, self.number, self.__name__ = server, number, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._server.lend(self.number, args, kwargs)


class Server:
    """Answers the tester's requests about the program's objects until the tester is gone."""

    def __init__(self, namespace: dict[str, Any], classes: dict[str, type], fd: int) -> None:
        self._namespace, self._classes, self._fd = namespace, classes, fd
        self._objects: list[Any] = []
        self._numbers: dict[int, int] = {}
        # Classes that the tests named: their instances stay objects even where they are lists or numbers as well.
        self._live: frozenset[type] = frozenset()

    def run(self) -> None:
        while True:
            self._serve(link.receive(self._fd))

    def _serve(self, request: dict[str, Any]) -> None:
        try:
            answer = self._answer(request)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        except BaseException as error:
            answer = self._raised(error)
        try:
            link.send(self._fd, answer)
        except values.TooLarge as error:
            link.send(self._fd, {"raised": str(error)})

    def _raised(self, error: BaseException) -> dict[str, Any]:
        """What was raised: its class, and as much of the rest as its own methods give."""
        answer: dict[str, Any] = {"raised": describe(error)}
        with contextlib.suppress(BaseException):
            answer["class"] = exceptions.class_form(type(error), self._classes, self._number)
            answer["again"] = exceptions.again(error)
            answer.update(exceptions.details(error))
        return answer

    def lend(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Calls a function of the tests'; until it has given something, it may ask as the tests do."""
        named = {k: self._encode(v) for k, v in kwargs.items()}
        link.send(self._fd, {"lend": number, "args": [self._encode(a) for a in args], "kwargs": named})
        while True:
            message = link.receive(self._fd)
            if "gave" in message:
                return self._decode(message["gave"])
            if "threw" in message:
                raise exceptions.thrown(message)
            self._serve(message)

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["do"] == "name":
            return self._name(request["name"])
        arguments = request["args"]
        args, kwargs = [self._decode(a) for a in arguments], {k: self._decode(v) for k, v in request["kwargs"].items()}
        result = self._operate(request["do"], request["on"], args, kwargs)
        if request["do"] == "make":
            return {"value": None, "made": exceptions.details(result)}
        answer = {"value": self._encode(result)}
        kept = [isinstance(form, list) and form[0] in values.CHANGEABLE for form in arguments]
        after = [self._after(a, form) if keep else form for a, form, keep in zip(args, arguments, kept, strict=True)]
        if after != arguments:
            answer["args"] = after
        same = next((i for i, (a, keep) in enumerate(zip(args, kept, strict=True)) if keep and a is result), None)
        if same is not None:
            answer["same"] = same
        return answer

    def _after(self, value: Any, form: list[Any]) -> Any:
        """An argument's form after a call; an instance of the setup's that has none any more (a parent in a tree) stays as it was."""
        if form[0] != "o":
            return self._encode(value)
        try:
            return values.encode(value, self._state)
        except (TypeError, RecursionError):
            return form

    def _state(self, value: Any) -> list[Any] | None:
        return state_of(value, self._classes, self._state)

    def _name(self, name: str) -> dict[str, Any]:
        if name not in self._namespace:
            try:
                return {"value": self._encode(entry_point(self._namespace, name))}
            except (KeyError, AttributeError):
                return {"missing": True}
        found = self._namespace[name]
        if isinstance(found, types.ModuleType):
            # A module is no part of a program: those that the tests use are their own.
            return {"missing": True}
        if isinstance(found, type) and BaseException in values.lineage(found):
            return {"class": exceptions.class_form(found, self._classes, self._number)}
        if isinstance(found, type) and name[:1].isupper() and id(found) not in _BUILTIN_TYPES:
            self._live |= {found}
        return {"value": self._encode(found)}

    def _operate(self, do: str, on: int, args: list[Any], kwargs: dict[str, Any]) -> Any:
        target = self._objects[on]
        if do == "plain":
            return self._plain(target)
        if do in ("call", "make"):
            return target(*args, **kwargs)
        return OPERATIONS[do](target, *args)

    def _plain(self, value: Any) -> Any:
        """What an object is by value, if its class derives from a builtin. Raises TypeError where it does not."""
        own = values.lineage(type(value))
        form = values.encode(value, self._keep, frozenset(kind for kind in self._live if all(kind is not base for base in own)))
        if isinstance(form, list) and form[0] in ("h", "o"):
            raise TypeError("no value")
        return values.decode(form, self._object)

    def _encode(self, value: Any) -> Any:
        return values.encode(value, self._keep, self._live)

    def _decode(self, form: Any) -> Any:
        return values.decode(form, self._object)

    def _object(self, form: list[Any]) -> Any:
        if form[0] == "o":
            return make_instance(self._classes[form[1]], self._decode(form[2]))
        if form[0] == "a":
            return values.array(form)
        if form[0] == "g":
            return getattr(builtins, form[1])
        if form[0] == "y":
            return Lent(self, form[1], form[2])
        return self._objects[form[1]]

    def _number(self, value: Any) -> int:
        """The number under which an object is kept: one for each, so that the tests can tell the same from another."""
        number = self._numbers.setdefault(id(value), len(self._objects))
        if number == len(self._objects):
            self._objects.append(value)
        return number

    def _keep(self, value: Any) -> list[Any]:
        if type(value) is Lent:
            return ["y", value.number]
        state = state_of(value, self._classes, self._keep)
        if state is not None:
            return state
        kinds = [kind.__name__ for kind in values.lineage(type(value))[:-1]] or ["object"]
        bases = [kind.__name__ for kind in values.lineage(value)[:-1]] if isinstance(value, type) else []
        return ["h", self._number(value), kinds, role_of(value), *bases]
