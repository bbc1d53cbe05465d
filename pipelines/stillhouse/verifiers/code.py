"""`code`: runs the program of a response against its tests, in the jail.

The tests are `Problem.payload`, one of
`{"kind": "stdio", "cases": [{"input", "output"}]}`, `{"kind": "calls", "entry_point", "cases": [{"args", "kwargs", "expected"}]}`,
`{"kind": "asserts", "code"}`, `{"kind": "check", "entry_point", "code"}`, each with optional `setup`, `cpu_seconds`, `memory_mb`.
The program is the last fenced Python block of the response, or the whole response where there is none.

Guarantee: expected values never enter the process that runs the program, and `correct` is only said of a
comparison made outside of it. A time-out, memory, a crash and a broken jail are told apart and are never `wrong`.
"""

import re
from collections.abc import Callable

from stillhouse.errors import UserError
from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace
from stillhouse.verifiers.base import Judgement
from stillhouse.verifiers.code_compare import same_output, same_results
from stillhouse.verifiers.code_plain import Check, Plain, plain
from stillhouse.verifiers.code_tests import Asserts, Calls, Stdio, Tests, parse
from stillhouse.verifiers.jail.client import Jail
from stillhouse.verifiers.jail.results import Ended, Limits
from stillhouse.verifiers.jail.selftest import choose

_FENCE = re.compile(r"^[ \t]*(```+|~~~+)[ \t]*([\w+-]*)[^\n]*\n(.*?)(?:^[ \t]*\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_PYTHON = ("python", "py", "python3")
_OUTCOMES: dict[str, str] = {"raised": "wrong", "exit": "wrong", "output": "wrong", "timeout": "timeout"}


def extract_program(response: str) -> str:
    """The last fenced Python block; else the last fence without a language; else the whole response."""
    blocks = [(m[2].lower(), m[3]) for m in _FENCE.finditer(response)]
    for wanted in (_PYTHON, ("",)):
        found = [text for language, text in blocks if language in wanted]
        if found:
            return found[-1]
    return response


class Code:
    """Runs programs; keeps one jail for its lifetime."""

    name = "code"
    version = "3"

    def __init__(self, settings: Verify, unsafe: bool = False) -> None:
        self._settings, self._unsafe = settings.code, unsafe
        self._jail: Jail | None = None

    @property
    def isolation(self) -> str:
        """The rung's name, once it has been chosen."""
        return self._jail.rung.name if self._jail else ""

    def warm_up(self) -> None:
        """Chooses the rung by attacking it. Raises UserError where none holds."""
        if self._jail is None:
            self._jail = Jail(choose(self._settings.rung, self._unsafe))

    def judge(self, problem: Problem, trace: Trace) -> Judgement:
        self.warm_up()
        try:
            tests = parse(problem.payload)
        except UserError as error:
            return Judgement("unverifiable", 0.0, "", f"tests: {error}")
        program = extract_program(trace.response)
        if not program.strip():
            return Judgement("wrong", 0.0, "", "no program")
        before = self.jail.spent
        outcome, reason = _RUNNERS[type(tests)](self, tests, program)
        return Judgement(outcome, 1.0 if outcome == "correct" else 0.0, program, reason, self.jail.spent - before)  # type: ignore[arg-type]

    def close(self) -> None:
        """Ends the jail's processes."""
        if self._jail is not None:
            self._jail.close()

    def limits(self, tests: Tests) -> Limits:
        """The problem's own limits before the recipe's."""
        own = self._settings
        return Limits(tests.cpu_seconds or own.cpu_seconds, tests.memory_mb or own.memory_mb, own.output_mb << 20, own.idle_seconds)

    @property
    def jail(self) -> Jail:
        assert self._jail is not None
        return self._jail


def _failure(ended: Ended) -> tuple[str, str]:
    """Outcome and reason of a run that did not end well. Memory, crashes and a broken jail are errors, not wrong."""
    prefix = {"raised": "exception: ", "exit": "", "infrastructure": "infrastructure: "}.get(ended.status, "")
    return _OUTCOMES.get(ended.status, "error"), f"{prefix}{ended.why}"


def _stdio(code: Code, tests: Stdio, program: str) -> tuple[str, str]:
    """Every case in a process of its own; the first that fails decides."""
    for number, case in enumerate(tests.cases, 1):
        ended = code.jail.stdio(program, case.input, code.limits(tests), tests.setup)
        if ended.status != "ok":
            outcome, reason = _failure(ended)
            return outcome, f"{reason} (case {number} of {len(tests.cases)})"
        if not same_output(ended.output.decode("utf-8", "replace"), case.output):
            return "wrong", f"output differs (case {number} of {len(tests.cases)})"
    return "correct", f"{len(tests.cases)} cases"


def _calls(code: Code, tests: Calls, program: str) -> tuple[str, str]:
    """All cases in one process; results are compared here, in number and in exact type."""
    cases = [[case.args, case.kwargs] for case in tests.cases]
    ended = code.jail.calls(program, tests.entry_point, cases, code.limits(tests), tests.setup)
    if ended.status != "ok":
        return _failure(ended)
    differs = same_results(ended.reports, [case.expected for case in tests.cases])
    return ("wrong", differs) if differs else ("correct", f"{len(tests.cases)} cases")


def _asserts(code: Code, tests: Asserts, program: str) -> tuple[str, str]:
    """The tests in one process, the program in another; the tester's word decides. Plain asserts are compared here."""
    calls = plain(tests.kind, tests.code, tests.entry_point, tests.setup)
    if calls is not None:
        return _plain(code, tests, calls, program)
    ended = code.jail.tests(program, tests.code, tests.entry_point, tests.kind == "check", code.limits(tests), tests.setup)
    if ended.status != "ok":
        return _failure(ended)
    report = ended.reports[0]
    if report["passed"] is True:
        return "correct", "all asserts hold"
    kind, why = report["kind"], report["why"]
    outcome = {"broken tests": "unverifiable", "memory": "error"}.get(kind, "wrong")
    return outcome, f"{kind}: {why}"


def _plain(code: Code, tests: Asserts, calls: Plain, program: str) -> tuple[str, str]:
    ended = code.jail.calls(program, calls.entry_point, calls.cases, code.limits(tests), tests.setup, lambda: Check(calls).take)
    check = Check(calls)
    if check.take(ended.reports):
        return "wrong", check.failed
    if ended.status != "ok":
        return _failure(ended)
    return ("correct", "all asserts hold") if check.holds(ended.reports) else ("wrong", "lost: not one result per assert")


_RUNNERS: dict[type, Callable[..., tuple[str, str]]] = {Stdio: _stdio, Calls: _calls, Asserts: _asserts}
