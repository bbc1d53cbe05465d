"""Runs the test functions and classes that test code only defines, as pytest and unittest would find them.

pytest's parameters are read from its marks; a function that needs fixtures cannot be run. unittest is imported where the tests
have it: every run would pay for what the keeper holds.
"""

import inspect
import itertools
import sys
from collections.abc import Callable, Iterator
from typing import Any

Note = Callable[[BaseException], None]


def run_discovered(found: list[Any], note: Note) -> None:
    """Runs them one after the other; `note` is told of each that fails. Raises ImportError where one cannot be run."""
    cases = [item for item in found if inspect.isclass(item) and _is_case(item)]
    calls = [call for item in found if item not in cases for call in _calls(item)]
    for case in cases:
        unittest = sys.modules["unittest"]
        unittest.defaultTestLoader.loadTestsFromTestCase(case).run(_result(unittest.TestResult, note))
    for call in calls:
        try:
            call()
        except BaseException as error:
            note(error)


def _is_case(item: type) -> bool:
    """Whether a class is one of unittest's cases."""
    return any(kind.__module__ == "unittest.case" and kind.__name__ == "TestCase" for kind in item.__mro__)


def _result(kind: Any, note: Note) -> Any:
    """A result of unittest's that hands on what was raised itself, not only its text."""

    def failed(_: Any, test: Any, error: Any) -> None:
        note(error[1])

    def sub_test(_: Any, test: Any, inner: Any, error: Any) -> None:
        if error is not None:
            note(error[1])

    def unexpected(_: Any, test: Any) -> None:
        note(AssertionError(f"unexpected success of {test}"))

    methods = {"addError": failed, "addFailure": failed, "addSubTest": sub_test, "addUnexpectedSuccess": unexpected}
    return type("Result", (kind,), methods)()


def _calls(item: Any) -> Iterator[Callable[[], Any]]:
    """The calls of a test function, or of the methods of a test class, each on an instance of its own."""
    if not inspect.isclass(item):
        yield from (_call(item, item, chosen) for chosen in _parameters(item))
        return
    for name in [name for name in vars(item) if name.startswith("test")]:
        for chosen in _parameters(vars(item)[name]):
            yield _method_call(item, name, chosen)


def _method_call(kind: type, name: str, chosen: dict[str, Any]) -> Callable[[], Any]:
    def call() -> None:
        test = kind()
        before = getattr(test, "setup_method", lambda: None)
        before(*[getattr(test, name)] * len(inspect.signature(before).parameters))
        getattr(test, name)(**chosen)

    _call(getattr(kind, name), call, {"self": None, **chosen})
    return call


def _call(function: Callable[..., Any], run: Callable[..., Any], chosen: dict[str, Any]) -> Callable[[], Any]:
    needed = {name for name, one in inspect.signature(function).parameters.items() if one.default is one.empty}
    if not needed <= chosen.keys():
        raise ImportError(f"{function.__name__} needs fixtures: {', '.join(sorted(needed - chosen.keys()))}")
    return lambda: run(**chosen)


def _parameters(function: Any) -> list[dict[str, Any]]:
    """What pytest's marks say: one dict of arguments per call."""
    marks = [mark for mark in getattr(function, "pytestmark", []) if mark.name == "parametrize"]
    found = [list(_rows(*mark.args[:2])) for mark in marks]
    return [dict(itertools.chain.from_iterable(row.items() for row in rows)) for rows in itertools.product(*found)]


def _rows(names: str | list[str], rows: list[Any]) -> Iterator[dict[str, Any]]:
    wanted = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    for row in rows:
        row = getattr(row, "values", row)
        yield dict(zip(wanted, row if len(wanted) > 1 or isinstance(names, list) else [row], strict=True))
