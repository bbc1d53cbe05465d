"""`code`: runs the program of a response against its tests, in the jail.

The tests are `Problem.payload`, one of
`{"kind": "stdio", "cases": [{"input", "output"}]}`, `{"kind": "calls", "entry_point", "cases": [{"args", "kwargs", "expected"}]}`,
`{"kind": "asserts", "code"}`, `{"kind": "check", "entry_point", "code"}`, each with optional `setup`, `cpu_seconds`, `memory_mb`.
The program is the last fenced Python block of the response that defines what the tests ask for (`blocks`), or the whole response
where there is none.

Guarantee: expected values never enter the process that runs the program, and `correct` is only said of a
comparison made outside of it. Whatever a program can bring about itself (a crash, an exit code, too much memory or output) is
`wrong`, so that failing costs the same however it is done; a time-out is told apart; what is the machine's fault is an `error`,
what is the tests' `unverifiable`. All cases are run whatever the first of them gave. See SECURITY.md.
"""

import random
from collections.abc import Callable

from stillhouse.errors import UserError
from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace
from stillhouse.verifiers.base import Judgement
from stillhouse.verifiers.code.blocks import asked_of, extract_program
from stillhouse.verifiers.code.compare import same_output, same_results
from stillhouse.verifiers.code.jail.client import Jail
from stillhouse.verifiers.code.jail.results import Ended, Limits
from stillhouse.verifiers.code.jail.selftest import choose
from stillhouse.verifiers.code.plain import Plain, held, plain
from stillhouse.verifiers.code.tests import Asserts, Calls, Stdio, Tests, parse

_OUTCOMES = {"timeout": "timeout", "infrastructure": "error"}
# Seeded by the system: nobody can work out in which order cases are run.
_SECRET = random.SystemRandom()
# How often the CPU limit of one case may be used by all cases of a row together.
_CASES_TOGETHER = 10


class Code:
    """Runs programs; keeps one jail for its lifetime."""

    name = "code"
    version = "6"
    needs_host = True

    def __init__(self, settings: Verify, unsafe: bool = False) -> None:
        self._settings, self._unsafe = settings.code, unsafe
        self._jail: Jail | None = None

    @staticmethod
    def lacking(payload: str) -> str | None:
        """What a payload lacks to be tests."""
        try:
            parse(payload)
        except (UserError, RecursionError) as error:
            return f"no tests: {error}"
        return None

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
        program = _program(tests, trace.response)
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
        """The smaller of the problem's own limits and the recipe's: a row can ask for less than the recipe gives, never for more."""
        own = self._settings
        cpu, memory = min(tests.cpu_seconds or own.cpu_seconds, own.cpu_seconds), min(tests.memory_mb or own.memory_mb, own.memory_mb)
        return Limits(cpu, memory, own.output_mb << 20, own.idle_seconds)

    @property
    def jail(self) -> Jail:
        assert self._jail is not None
        return self._jail


def _program(tests: Tests, response: str) -> str:
    """The program of a response to these tests."""
    if isinstance(tests, Stdio):
        return extract_program(response, reads=any(case.input.strip() for case in tests.cases))
    return extract_program(response, asked_of("" if isinstance(tests, Calls) else tests.code, tests.entry_point))


def _failure(ended: Ended) -> tuple[str, str]:
    """Outcome and reason of a run that did not end well: wrong, unless time ran out or it was not the program's doing."""
    prefix = {"raised": "exception: ", "exit": "", "infrastructure": "infrastructure: "}.get(ended.status, "")
    return _OUTCOMES.get(ended.status, "wrong"), f"{prefix}{ended.why}"


def _stdio(code: Code, tests: Stdio, program: str) -> tuple[str, str]:
    """Every case in a process of its own, in an order that no program can know; of those that fail the first of the list decides.

    A case that comes after one in which the program brought itself down cannot decide and is left out. That tells a program
    nothing of what was expected; an output that differs leaves nothing out. All cases together have limits, too, so that a row
    of many cannot keep a worker for hours: going beyond them is a time-out whatever the cases gave.
    """
    limits, cpu, waited = code.limits(tests), 0.0, 0.0
    failures: dict[int, tuple[str, str]] = {}
    last = len(tests.cases)
    for number in _SECRET.sample(range(1, last + 1), last):
        if number > last:
            continue
        case = tests.cases[number - 1]
        ended = code.jail.stdio(program, case.input, limits, tests.setup)
        cpu, waited = cpu + ended.cpu, waited + ended.waited
        if cpu > _CASES_TOGETHER * limits.cpu_seconds:
            return "timeout", f"cpu: more than {_CASES_TOGETHER * limits.cpu_seconds} s in all cases together"
        if waited > limits.wall_seconds:
            return "timeout", f"wall: {limits.wall_seconds:g} s of waiting in all cases together"
        if ended.status != "ok":
            failures[number], last = _failure(ended), number
        elif not same_output(ended.output.decode("utf-8", "replace"), case.output):
            failures[number] = "wrong", "output differs"
    if not failures:
        return "correct", f"{len(tests.cases)} cases"
    number = min(failures)
    outcome, reason = failures[number]
    return outcome, f"{reason} (case {number} of {len(tests.cases)})"


def _calls(code: Code, tests: Calls, program: str) -> tuple[str, str]:
    """All cases in one process, which sees them together; results are compared here, in number and in exact type."""
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
    return "unverifiable" if kind == "broken tests" else "wrong", f"{kind}: {why}"


def _plain(code: Code, tests: Asserts, calls: Plain, program: str) -> tuple[str, str]:
    ended = code.jail.calls(program, calls.entry_point, calls.cases, code.limits(tests), tests.setup)
    number = held(calls, ended.reports)
    if number < min(len(ended.reports), len(calls.wanted)) and "value" in ended.reports[number]:
        return "wrong", f"assertion: {calls.sources[number]}"
    if ended.status != "ok":
        return _failure(ended)
    every = number == len(calls.wanted) == len(ended.reports)
    return ("correct", "all asserts hold") if every else ("wrong", "lost: not one result per assert")


_RUNNERS: dict[type, Callable[..., tuple[str, str]]] = {Stdio: _stdio, Calls: _calls, Asserts: _asserts}
