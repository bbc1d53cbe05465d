"""What runs in the candidate's process: the program, and then its stdin/stdout, its calls, or a server for the tester.

Everything this process says is only a claim: it never sees an expected value, and whoever reads it compares.
"""

import atexit
import sys
import threading
from typing import Any

from stillhouse.verifiers.code.jail import link, values
from stillhouse.verifiers.code.jail.program import describe, entry_point, module, run, run_setup
from stillhouse.verifiers.code.jail.server import OUT_OF_MEMORY, Server

FAILED = 1


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
        return entry_point(namespace, name)
    except (KeyError, AttributeError):
        raise NameError(f"the program defines no {name!r}") from None


def _execute(job: dict[str, Any], name: str) -> dict[str, Any]:
    namespace = module(name)
    run(job["setup"], namespace)
    run(job["program"], namespace)
    return namespace


def _status(code: Any) -> int:
    if code is None:
        return 0
    return code & 0xFF if isinstance(code, int) else FAILED


def _tell(report: int, error: BaseException) -> int:
    """Says why it ended; out of memory it says nothing, because that needs memory."""
    if isinstance(error, MemoryError):
        return OUT_OF_MEMORY
    link.send(report, {"raised": describe(error)})
    return FAILED


def serve(job: dict[str, Any], report: int, fd: int) -> int:
    """Runs the program, then answers the tester over `fd`."""
    try:
        namespace = module("solution")
        classes = run_setup(job["setup"], namespace)
        run(job["program"], namespace)
        link.send(fd, {"ready": True})
        Server(namespace, classes, fd).run()
    except link.Gone:
        return 0
    except BaseException as error:
        return _tell(report, error)
    return 0
