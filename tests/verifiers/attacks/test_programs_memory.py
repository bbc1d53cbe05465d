# ruff: noqa: E501
"""Memory: nothing outlives a run where it can be taken away, and a program that remembers everything learns no answer from it."""

import random
from pathlib import Path
from typing import Any

import pytest
from tests.verifiers.attacks.programs import LIMITS
from tests.verifiers.code_problems import SETTINGS, problem, trace

from stillhouse.records import Problem, Trace, Verdict
from stillhouse.verifiers.code.jail.client import Jail
from stillhouse.verifiers.code.jail.rungs import unsafe
from stillhouse.verifiers.code.repeats import Repeats
from stillhouse.verifiers.code.verifier import Code
from stillhouse.verifiers.pool.pool import Pool

# A memory that is better than any channel: a file, on the rung without walls.
FILE = """
import json, os, sys, time
PATH = {path!r}
def load(): return json.load(open(PATH)) if os.path.exists(PATH) else {{}}
def store(v): json.dump(v, open(PATH, 'w'))
"""
# Guesses YES for the first case that it does not know; that a later case follows tells it that the guess was right.
GUESSER = """
v = load()
text = sys.stdin.read()
seen, known, pending = v.get('seen', []), v.get('known', {}), v.get('pending')
if text in seen:      # a new sample: the pending guess was the last thing that happened
    if pending and seen[-1] == pending: known[pending] = 'NO'
    seen, pending = [], None
elif pending and seen and seen[-1] == pending:
    known[pending] = 'YES'; pending = None
seen.append(text)
if text not in known and pending is None: pending = text
store({'seen': seen, 'known': known, 'pending': pending})
print(known.get(text, 'YES'))
"""
# The same for calls in one process, where the answers of the tests come one after the other.
CALLED = """
v = load()
known, last = v.get('known', {}), v.get('last')
if last is not None and str(last) not in known: known[str(last)] = False    # the last sample ended at its guess
store({'known': known})
before = [None]
def f(x):
    if before[0] is not None: known[str(before[0])] = True
    before[0] = None if str(x) in known else x
    store({'known': known, 'last': before[0]})
    if WAIT: time.sleep(0.02)
    return known.get(str(x), True)
"""
WANT = [random.Random(9).choice([True, False]) for _ in range(12)]
CHECKS = {
    "a check": {"kind": "check", "entry_point": "f", "code": "def check(c):\n" + "".join(f"    assert c({i}) is {w}\n" for i, w in enumerate(WANT))},
    "a check in a loop": {"kind": "check", "entry_point": "f", "code": f"def check(c):\n    for i, w in enumerate({WANT}):\n        assert c(i) is w, i"},
    "a check in branches": {"kind": "check", "entry_point": "f", "code": f"def check(c):\n    for i, w in enumerate({WANT}):\n        if w:\n            assert c(i)\n        else:\n            assert not c(i)"},
    "one assert of all": {"kind": "asserts", "code": f"import math\nassert all(f(i) is w for i, w in enumerate({WANT}))"},
    "one assert of many": {"kind": "asserts", "code": "import math\nassert " + " and ".join(f"f({i}) is {w}" for i, w in enumerate(WANT))},
    "asserts": {"kind": "asserts", "code": "import math\n" + "".join(f"assert f({i}) == {w}\n" for i, w in enumerate(WANT))},
    "plain asserts": {"kind": "asserts", "code": "".join(f"assert f({i}) == {w}\n" for i, w in enumerate(WANT))},
    "a function of the tests": {"kind": "asserts", "code": f"def same(i, w):\n    assert f(i) is w\nfor i, w in enumerate({WANT}):\n    same(i, w)"},
    "a test function": {"kind": "asserts", "code": f"def test_f():\n    for i, w in enumerate({WANT}):\n        assert f(i) is w"},
    "a test case": {"kind": "asserts", "code": f"import unittest\nclass T(unittest.TestCase):\n    def test_f(self):\n        for i, w in enumerate({WANT}):\n            with self.subTest(i=i):\n                self.assertIs(f(i), w)\n    def test_g(self):\n" + "".join(f"        self.assertIs(f({i}), {w})\n" for i, w in enumerate(WANT))},
    "calls": {"kind": "calls", "entry_point": "f", "cases": [{"args": [i], "expected": w} for i, w in enumerate(WANT)]},
}  # fmt: skip


@pytest.fixture
def open_code() -> Any:
    """The verifier on the rung without walls: nothing but the order and the number of the cases stands against the memory."""
    made = Code(SETTINGS)
    made._jail = Jail(unsafe())
    yield made
    made.close()


def samples(code: Code, program: str, tests: dict[str, Any], count: int) -> int:
    """How many samples of one program it takes to learn all answers; 0 where it does not in `count`."""
    for number in range(1, count + 1):
        if code.judge(problem(**tests), trace(program)).outcome == "correct":
            return number
    return 0


def test_a_guesser_with_a_memory_learns_no_output(open_code: Code, tmp_path: Path) -> None:
    cases = [{"input": f"{i}\n", "output": random.Random(i).choice(["YES", "NO"])} for i in range(16)]
    program = FILE.format(path=str(tmp_path / "memory")) + GUESSER
    assert samples(open_code, program, {"kind": "stdio", "cases": cases}, 12) == 0


@pytest.mark.parametrize(("kind", "wait"), [*[(kind, "0") for kind in CHECKS], ("plain asserts", "1"), ("calls", "1")])
def test_a_guesser_with_a_memory_learns_no_value(open_code: Code, tmp_path: Path, kind: str, wait: str) -> None:
    program = FILE.format(path=str(tmp_path / "memory")) + CALLED.replace("WAIT", wait)
    assert samples(open_code, program, CHECKS[kind], 12) == 0


def test_the_limit_that_is_written_down(open_code: Code, tmp_path: Path) -> None:
    """An assert in a `try` still tells a program with a perfect memory; SECURITY.md says so."""
    tests = {"kind": "asserts", "code": f"try:\n    for i, w in enumerate({WANT}):\n        assert f(i) is w\nexcept KeyError:\n    pass"}
    program = FILE.format(path=str(tmp_path / "memory")) + CALLED.replace("WAIT", "0")
    assert samples(open_code, program, tests, 20) > 0


# What one program leaves and the next looks for. Each prints what it finds; the second must find what a first run finds.
CHANNELS = {
    "a file": ("open('left', 'w').write('x')", "import os; print(os.path.exists('left'))"),
    "a folder": ("import os; os.mkdir('left')", "import os; print(os.path.exists('left'))"),
    "a removed module": ("import sys; sys.modules['math'] = None", "import math; print(math.pi)"),
    "a builtin": ("import builtins; builtins.left = 1", "import builtins; print(hasattr(builtins, 'left'))"),
    "an environment variable": ("import os; os.environ['LEFT'] = '1'; os.putenv('LEFT', '1')", "import os; print(os.environ.get('LEFT'))"),
    "a folder to be in": ("import os; os.chdir('/usr/lib')", "import os; print(os.path.exists('python3') or os.path.exists('x86_64-linux-gnu'))"),
    "a mask": ("import os; os.umask(0)", "import os; print(os.umask(0o22))"),
    "the random state": ("import random; random.seed(5)", "import random; print(random.random())"),
    "a signal that is ignored": ("import signal; signal.signal(15, signal.SIG_IGN)", "import signal; print(signal.getsignal(15))"),
    "a mask of signals": ("import signal; signal.pthread_sigmask(0, {10})", "import signal; print(signal.pthread_sigmask(0, ()))"),
    "a stack limit": ("import resource; resource.setrlimit(resource.RLIMIT_STACK, (1 << 20, 1 << 20))", "import resource; print(resource.getrlimit(resource.RLIMIT_STACK))"),
    "an input that blocks": ("import os; os.set_blocking(0, False)", "import os, sys; print(sys.stdin.read())"),
    "stderr's position": ("import os; os.write(2, b'x' * 100)", "import os; print(os.lseek(2, 0, 1))"),
    "a descriptor": ("import os; [os.eventfd(0) for _ in range(9)]", "import os; print(os.eventfd(0))"),
    "a lock of its stderr": ("import fcntl; fcntl.flock(2, fcntl.LOCK_EX)", "import fcntl\ntry: fcntl.flock(2, fcntl.LOCK_EX | fcntl.LOCK_NB); print('locked')\nexcept PermissionError: print('refused')"),
    "a lock of /dev/null": ("import fcntl; fcntl.flock(open('/dev/null'), fcntl.LOCK_EX)", "import fcntl\ntry: fcntl.flock(open('/dev/null'), 6); print('locked')\nexcept PermissionError: print('refused')"),
    "a record lock": ("import fcntl; fcntl.lockf(open('/dev/null', 'w'), 6)", "import fcntl\ntry: fcntl.lockf(open('/dev/null', 'w'), 6); print('locked')\nexcept PermissionError: print('refused')"),
    "a thread's name": ("import ctypes; ctypes.CDLL(None).prctl(15, b'left')", "import ctypes; b = ctypes.create_string_buffer(16); ctypes.CDLL(None).prctl(16, b); print(b.value)"),
    "the switch interval": ("import sys; sys.setswitchinterval(9); sys.setrecursionlimit(50)", "import sys; print(sys.getswitchinterval(), sys.getrecursionlimit())"),
    "an imported library": ("import decimal; decimal.getcontext().prec = 3", "import decimal; print(decimal.getcontext().prec)"),
}  # fmt: skip


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_run_finds_what_it_would_find_alone(jail: Jail, channel: str) -> None:
    leave, look = CHANNELS[channel]
    with Jail(jail.rung) as other:
        alone = other.stdio(look, "", LIMITS).output
    jail.stdio(leave, "", LIMITS)
    assert jail.stdio(look, "", LIMITS).output == alone != b""


def test_folders_deeper_than_any_path_go_with_their_run(jail: Jail) -> None:
    """A keeper that could not remove them would be lost, and the program's failure the machine's."""
    jail.stdio("import os\nfor _ in range(3000):\n  os.mkdir('d')\n  os.chdir('d')\n  open('f', 'w')", "", LIMITS)
    assert jail.stdio("import os; print(os.path.exists('d'))", "", LIMITS).output == b"False\n"


def test_one_program_with_two_verdicts_is_flagged() -> None:
    program = "import os\nprint(os.urandom(1)[0] % 2)"
    tests = problem(kind="stdio", cases=[{"input": "", "output": "1"}])
    with Pool(2, SETTINGS) as pool:
        verdicts = list(pool.judge((tests, trace(program)) for _ in range(40)))
    flagged = [v for v in verdicts if v.outcome == "unverifiable"]
    assert len({v.outcome for v in verdicts} - {"unverifiable"}) == 1
    assert flagged
    assert all(v.reason.startswith("two verdicts") for v in flagged)


def _verdict(outcome: Any, program: str, verifier: str = "code") -> Verdict:
    return Verdict("t", verifier, "1", outcome, 0.0, program, "why", 0.0, "")


def test_only_the_same_program_on_the_same_tests_counts_as_a_repeat() -> None:
    seen = Repeats()
    here, there = problem(kind="stdio"), problem(kind="calls")

    def settle(tests: Problem, outcome: str, program: str = "x", answer: Trace | None = None, verifier: str = "code") -> str:
        return seen.settle(tests, answer or trace(program), _verdict(outcome, program, verifier)).outcome

    assert settle(here, "wrong") == "wrong"
    assert settle(there, "correct") == "correct"
    assert settle(here, "correct", "y") == "correct"
    assert settle(here, "error") == "error"
    assert settle(here, "correct", verifier="judge") == "correct"
    assert settle(here, "correct") == "unverifiable"
    assert settle(here, "wrong") == "wrong"
    long = "z" * 2_000
    assert settle(here, "wrong", long, trace(long + "1")) == "wrong"
    assert settle(here, "correct", long, trace(long + "2")) == "correct"
