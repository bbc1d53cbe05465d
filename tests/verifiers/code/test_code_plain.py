"""Tests that are nothing but plain asserts: which are, and that judging them as calls comes to what running them comes to."""

from typing import Any

import pytest
from tests.verifiers.code_problems import ASSERTS, TESTED, problem, trace

from stillhouse.verifiers.code.plain import plain
from stillhouse.verifiers.code.verifier import Code

PROGRAMS = [
    "def f(x): return x + 1",
    "def f(x): return float(x + 1)",
    "def f(x): return x",
    "def f(x): return x + 1 if x == 1 else 0",
    "def f(x):\n    if x > 1: raise ValueError('no')\n    return x + 1",
    "def f(x):\n    if x > 1:\n        while True: pass\n    return x + 1",
    "def f(x):\n    if x > 1:\n        while True: pass\n    return 0",
    "import os\ndef f(x): os._exit(0)",
    "import sys\ndef f(x): sys.exit(0)",
    "def f(x): return f(x)",
    "def f(x): return object()",
    "def f(x): return (i for i in [x + 1])",
    "class E(int):\n    def __eq__(self, other): return True\ndef f(x): return E(7)",
    "class A:\n    def __eq__(self, other): return True\ndef f(x): return A()",
    "def f(x, n=[0]):\n    n[0] += 1\n    return x + 1 if n[0] < 2 else 0",
    "def g(x): return x + 1",
    "f = 3",
    "def f(x): return [",
    "raise RuntimeError('at once')",
    "def f(x): return bytearray(1 << 40)",
    "import time\ndef f(x): time.sleep(100)",
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_plain_asserts_come_to_what_running_the_tests_comes_to(verifier: Code, program: str) -> None:
    judged, run = (verifier.judge(problem(**kind), trace(program)) for kind in (ASSERTS, TESTED))
    assert judged.outcome == run.outcome, (judged.reason, run.reason)
    assert judged.reason.split(":")[0] == run.reason.split(":")[0]


@pytest.mark.parametrize("tests", [ASSERTS, TESTED])
def test_a_failed_assert_is_named_and_the_others_are_asked_as_well(verifier: Code, tests: dict[str, Any]) -> None:
    """A program that is ended at its first wrong answer can tell a later one which answer was wrong: here it goes on, and loops."""
    found = verifier.judge(problem(**tests), trace("def f(x):\n    if x > 2:\n        while True: pass\n    return x"))
    assert (found.outcome, found.reason.split(":")[0]) == ("wrong", "assertion")
    assert found.seconds > 0.5


NOT_PLAIN = [
    "import math\nassert f(1) == 2",
    "assert f(1) == 1 + 1",
    "assert f(1) != 2",
    "assert f(1)",
    "assert f(f(1)) == 3",
    "assert f(*[1]) == 2",
    "assert f(1) == 2 == 2",
    "assert f(1) == 2, str(3)",
    "assert f(1) == 2 and f(2) == 3",
    "assert f(1) == 2\nassert g(1) == 2",
    "assert sum([1]) == 1",
    "x = 3\nassert f(1) == 2",
    "for i in range(2): assert f(i) == i + 1",
    "assert Solution().f(1) == 2",
    "assert f(1) ==",
    "",
]


@pytest.mark.parametrize("code", NOT_PLAIN)
def test_what_is_more_than_plain_asserts_is_run(code: str) -> None:
    assert plain("asserts", code, "", "") is None


@pytest.mark.parametrize(
    "code",
    [
        "@d\ndef check(c): assert c(1) == 2",
        "def check(c, d=1): assert c(1) == 2",
        "def check(c): assert d(1) == 2",
        "def test(c): assert c(1) == 2",
    ],
)
def test_a_check_that_is_more_than_plain_asserts_is_run(code: str) -> None:
    assert plain("check", code, "f", "") is None


def test_plain_asserts_are_read_as_calls() -> None:
    code = "META = {'author': 'x'}\n\ndef check(candidate):\n    'doc'\n    assert True, 'x'\n    assert candidate([1], k=-2) == (3, {4})\n"
    found = plain("check", code, "f", "import math")
    assert found is not None
    assert (found.entry_point, found.cases, found.wanted) == ("f", [[[[1]], {"k": -2}]], [(3, {4})])
    assert plain("check", code, "f", "import not_there") is None
    assert plain("check", code, "f", "x = 1") is None
