# ruff: noqa: E501
"""The code verifier: the four kinds of tests, forged verdicts, and outcomes that must not be called wrong."""

from typing import Any

import pytest
from tests.verifiers.code_problems import ASSERTS, CALLS, KINDS, RIGHT, SETTINGS, STDIO, TESTED, problem, trace

from stillhouse.records import Problem
from stillhouse.verifiers.base import Judgement
from stillhouse.verifiers.code.blocks import extract_program
from stillhouse.verifiers.code.compare import same_output, same_value
from stillhouse.verifiers.code.verifier import Code
from stillhouse.verifiers.pool.pool import Pool


@pytest.mark.parametrize("kind", KINDS)
def test_a_right_program_is_correct_and_a_wrong_one_wrong(verifier: Code, kind: str) -> None:
    tests = problem(**KINDS[kind])
    found = verifier.judge(tests, trace(f"Think.\n```python\n{RIGHT}\n```\nDone."))
    assert (found.outcome, found.score) == ("correct", 1.0)
    assert found.extracted.strip() == RIGHT
    assert verifier.judge(tests, trace(RIGHT.replace("x + 1", "x + 2"))).outcome == "wrong"


FORGERIES = {
    "equal to everything": "class E(int):\n  def __eq__(s, o): return True\n  def __ne__(s, o): return False\n  __hash__ = int.__hash__\ndef f(x): return E(0)",
    "a type equal to everything": "class M(type):\n  def __eq__(s, o): return True\nclass E(metaclass=M):\n  def __eq__(s, o): return True\n  def __bool__(s): return True\ndef f(x): return E()",
    "sys.exit(0)": "import sys\ndef f(x): sys.exit(0)\nif __name__ == '__main__': sys.exit(0)",
    "sys.exit(0) at once": "import sys\nsys.exit(0)",
    "os._exit(0)": "import os\ndef f(x): os._exit(0)\nif __name__ == '__main__': os._exit(0)",
    "os._exit(0) at once": "import os\nos._exit(0)",
    "prints passed": "print('passed')\nprint('{\"passed\": true}')\ndef f(x):\n  print('passed')\n  return 'passed'",
    "atexit": "import atexit, os\natexit.register(lambda: (print('passed'), os._exit(0)))\ndef f(x): return 0",
    "frames": "import sys\ndef f(x):\n  g = sys._getframe()\n  while g:\n    for k, v in list(g.f_locals.items()) + list(g.f_globals.items()):\n      if isinstance(v, list): v.append('passed')\n      if isinstance(v, dict): v['passed'] = True\n    g = g.f_back\n  return 0",
    "patched builtins": "import builtins\nbuiltins.AssertionError = Exception\nbuiltins.len = lambda x: 0\nbuiltins.all = lambda x: True\nbuiltins.isinstance = lambda a, b: True\ndef f(x): return 0",
    "patched json": "import json, builtins\njson.dumps = lambda *a, **k: '{\"value\": 2}'\njson.loads = lambda *a, **k: 2\ndef f(x): return 0",
    "own check": "def check(c): return True\ndef f(x): return 0",
    "swallowed assertion": "def f(x): raise AssertionError",
    "patched harness": "import sys\nfor m in list(sys.modules.values()):\n  for n in ('_failure', '_verdict', 'judge_end', 'same_value'):\n    if hasattr(m, n): setattr(m, n, lambda *a: {'passed': True, 'kind': '', 'why': ''})\ndef f(x): return 0",
    "writes to every descriptor": 'import os\nm = b\'{"passed":true,"kind":"","why":""}\'\ndef f(x):\n  for fd in range(64):\n    try: os.write(fd, len(m).to_bytes(4, \'little\') + m)\n    except OSError: pass\n  return 0',
    "too many results": "import sys\ndef f(x):\n  g = sys._getframe(1)\n  v = g.f_locals.get('job')\n  if v: v['cases'].extend(v['cases'])\n  return 0",
    "memory of the expected": "import gc\ndef f(x):\n  for o in gc.get_objects():\n    if isinstance(o, dict) and 'expected' in o: return o['expected']\n  return 0",
    "prefix of the output": "def f(x): return 0\nif __name__ == '__main__': print(int(input()) + 1)",
    "no output": "def f(x): return 0",
    "more output": "def f(x): return str(x + 1)\nif __name__ == '__main__':\n  n = int(input())\n  for i in range(1, 9): print(n + i)",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_verdict_is_not_correct(verifier: Code, kind: str, forgery: str) -> None:
    assert verifier.judge(problem(**KINDS[kind]), trace(FORGERIES[forgery])).outcome != "correct"


def test_a_program_never_holds_an_expected_value(verifier: Code) -> None:
    """A program that hunts through its whole memory for a marked expected value finds none, in its arguments or elsewhere."""
    hunt = "import gc\ndef f(x):\n  return any('-'.join(['EXPECTED', 'MARK']) in str(o) for o in gc.get_objects() if type(o) in (str, list, dict, tuple))"
    marked = {"kind": "calls", "entry_point": "f", "cases": [{"args": [1], "expected": "EXPECTED-MARK"}]}
    assert verifier.judge(problem(**marked), trace(hunt)).reason.startswith("value differs")
    unmarked = {"kind": "asserts", "code": "MARK = 'EXPECTED-MARK'\nassert f(1) is False"}
    assert verifier.judge(problem(**unmarked), trace(hunt)).outcome == "correct"


@pytest.mark.parametrize("kind", ["asserts", "check", "calls"])
@pytest.mark.parametrize(
    ("program", "outcome", "reason"),
    [
        ("def f(x):\n  while True: pass", "timeout", "cpu"),
        ("import time\ndef f(x): time.sleep(99)", "timeout", "idle"),
        ("def f(x): return bytearray(1 << 30)", "wrong", "memory"),
        ("import ctypes\ndef f(x): ctypes.string_at(0)", "wrong", "crash: SIGSEGV"),
        ("def f(x): return f(x)", "wrong", "RecursionError"),
        ("def g(x): return x", "wrong", "f"),
        ("", "wrong", "no program"),
    ],
)
def test_outcomes_are_told_apart(verifier: Code, kind: str, program: str, outcome: str, reason: str) -> None:
    found = verifier.judge(problem(**KINDS[kind]), trace(program))
    assert found.outcome == outcome
    assert reason in found.reason


@pytest.mark.parametrize("then", ["os.close(fd)", "os.write(fd, b'\\xff' * 8)", "os.write(fd, (2).to_bytes(4, 'little') + b'[]')"])
def test_a_program_that_spoils_its_line_to_the_tests_is_wrong(verifier: Code, then: str) -> None:
    """And lives on: that it must be ended is not taken for a fault of the machine."""
    program = f"import os, socket, stat, time\nfor fd in range(3, 64):\n  try:\n    if stat.S_ISSOCK(os.fstat(fd).st_mode): {then}\n  except OSError: pass\ntime.sleep(99)"
    found = verifier.judge(problem(**TESTED), trace(program))
    assert (found.outcome, found.reason.split(":")[0]) == ("wrong", "lost")


def judged(verifier: Code, program: str, code: str, **more: Any) -> Judgement:
    # The import keeps plain asserts from being judged as calls (test_code_plain.py).
    return verifier.judge(problem(kind="asserts", code=f"import math\n{code}", **more), trace(program))


@pytest.mark.parametrize(
    ("program", "tests"),
    [
        (
            "def f(): return (1, [2.5, {'a': {3}}], None, b'x', 2 ** 200, 1j)",
            "assert f() == (1, [2.5, {'a': {3}}], None, b'x', 2 ** 200, 1j)",
        ),
        ("from collections import Counter\ndef f(s): return Counter(s)", "assert f('aab') == {'a': 2, 'b': 1}"),
        ("def f(a): a.sort()", "a = [3, 1]\nf(a)\nassert a == [1, 3]"),
        ("def f():\n  yield 1\n  yield 2", "assert list(f()) == [1, 2]"),
        (
            "class S:\n  def __init__(s): s.a = []\n  def push(s, x): s.a.append(x)\n  def __len__(s): return len(s.a)",
            "s = S(); s.push(3)\nassert len(s) == 1 and s.a == [3]",
        ),
        ("def f(): raise ValueError('no')", "try:\n  f()\n  assert False\nexcept ValueError as e:\n  assert str(e) == 'no'"),
        ("import datetime\ndef f(): return datetime.date(2024, 2, 29)", "import datetime\nassert f() == datetime.date(2024, 2, 29)"),
        ("import math\ndef f(): return 1 / 3", "assert math.isclose(f(), 0.3333333333333333)"),
        ("def f(g): return g(2)", "h = make\nassert f(h) == 4\n".replace("make", "k")),
    ],
)
def test_values_cross_between_the_tests_and_the_program(verifier: Code, program: str, tests: str) -> None:
    found = judged(verifier, program + "\ndef k(x): return x * 2", tests)
    assert found.outcome == "correct", found


def test_instances_of_the_setups_classes_cross_by_their_state(verifier: Code) -> None:
    setup = "class Node:\n  def __init__(self, v, n=None): self.v, self.n = v, n\n  def __eq__(self, o): return vars(self) == vars(o)"
    tests = "assert f(Node(1, Node(2))) == Node(2, Node(1))"
    right = "def f(a):\n  b = None\n  while a:\n    b, a = Node(a.v, b), a.n\n  return b"
    assert judged(verifier, right, tests, setup=setup).outcome == "correct"
    forged = "Node.__eq__ = lambda s, o: True\ndef f(a): return a"
    assert judged(verifier, forged, tests, setup=setup).outcome == "wrong"


@pytest.mark.parametrize(
    "payload", ["{}", "[", '{"kind": "calls"}', '{"kind": "check", "code": "x"}', '{"kind": "asserts", "code": "x", "z": 1}']
)
def test_bad_tests_are_unverifiable(verifier: Code, payload: str) -> None:
    found = verifier.judge(Problem("p", "", "", "code", payload=payload), trace(RIGHT))
    assert found.outcome == "unverifiable"


@pytest.mark.parametrize("code", ["assert f(1) ==", "import no_such_module_at_all"])
def test_tests_that_cannot_run_are_not_the_programs_fault(verifier: Code, code: str) -> None:
    assert judged(verifier, RIGHT, code).outcome == "unverifiable"


@pytest.mark.parametrize(
    ("response", "program"),
    [
        ("x = 1", "x = 1"),
        ("a\n```python\nx = 1\n```\nb\n```py\nx = 2\n```\nc", "x = 2\n"),
        ("```python\nx = 1\n```\n```text\nout\n```", "x = 1\n"),
        ("```\nx = 1\n```", "x = 1\n"),
        ("```python\nx = '''\n``` y\n'''\n```", "x = '''\n``` y\n'''\n"),
        ("```python\ncut off", "cut off"),
    ],
)
def test_the_program_is_the_last_python_block(response: str, program: str) -> None:
    assert extract_program(response) == program


@pytest.mark.parametrize(
    ("got", "want", "same"),
    [
        (1, 1, True),
        (True, 1, False),
        (1.0, 1, False),
        ("1", 1, False),
        ((1, 2), [1, 2], True),
        ([1], [1, 2], False),
        ([1, 2], [1], False),
        ({1: "a"}, {"1": "a"}, True),
        ({1: "a", "1": "a"}, {"1": "a"}, False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        (0.1 + 0.2, 0.3, True),
        (0.3001, 0.3, False),
        ({1}, [1], False),
        (None, None, True),
        (None, False, False),
        ([[]], [[[]]], False),
    ],
)
def test_values_compare_by_exact_type_and_length(got: Any, want: Any, same: bool) -> None:
    assert same_value(got, want) is same


@pytest.mark.parametrize(
    ("got", "want", "same"),
    [
        ("1\n2\n", "1\n2", True),
        ("1\n", "1\n2\n", False),
        ("1\n2\n3", "1\n2", False),
        ("1 \r\n2", "1\n2", True),
        ("", "1", False),
        ("0.50", "0.5", True),
        ("0.51", "0.5", False),
        ("a b", "a  b", True),
        (" a", "a", True),
        ("nan", "nan", True),
        ("1", "01", False),
    ],
)
def test_outputs_compare_line_by_line(got: str, want: str, same: bool) -> None:
    assert same_output(got, want) is same


def test_through_the_pool_verdicts_carry_the_rung() -> None:
    pairs = [(problem(**ASSERTS), trace(RIGHT)), (problem(**STDIO), trace("while True: pass")), (problem(**CALLS), trace(RIGHT))]
    with Pool(2, SETTINGS) as pool:
        verdicts = list(pool.judge(pairs))
    assert [v.outcome for v in verdicts] == ["correct", "timeout", "correct"]
    assert all("seccomp" in v.isolation for v in verdicts)


@pytest.mark.parametrize("kind", KINDS)
def test_a_verdict_counts_the_cpu_time_of_the_program(verifier: Code, kind: str) -> None:
    """A loop that ran into its CPU limit of a second cost most of that second, and it was not this process's."""
    found = verifier.judge(problem(**KINDS[kind]), trace("while True: pass"))
    assert (found.outcome, found.seconds > 0.5) == ("timeout", True)
