# ruff: noqa: E501
"""Verdicts: a program's live objects, exceptions and frames decide nothing that the tests did not ask by value."""

from typing import Any

import pytest
from tests.verifiers.attacks.programs import FUNCTION, WIRE, judged
from tests.verifiers.code_problems import problem, trace

from stillhouse.verifiers.code.verifier import Code

ANY = """
class A:
    def __contains__(s, x): return True
    def __getattr__(s, n): return lambda *a, **k: True
    def __len__(s): return 3
    def __iter__(s): return iter(())
    def __eq__(s, o): return True
    def __hash__(s): return 1
    def __getitem__(s, i): return 0
    def __bool__(s): return True
    def __call__(s, *a): return True
    def __index__(s): return 2
    def __float__(s): return 2.0
    def __int__(s): return 2
def f(*a): return A()
"""
QUIET = ANY.replace("    def __call__(s, *a): return True\n", "")
NODE = "class Node:\n    def __init__(s, v): s.v = v\n    def same(s, o): return s.v == o.v\n    def key(s): return s.v\n    def __eq__(s, o): return s.key() == o.key()"
BAG = "class Bag:\n    def __init__(s, i): s.items = i\n    def __eq__(s, o): return len(s.items) == len(o.items) and all(x in s.items for x in o.items)"

# Results that are live objects: what the tests ask, of two classes that say yes to everything.
ASKED = {
    "in": "assert 'apple' in f('x')",
    "not in": "assert not ('apple' not in f('x'))",
    "in, for all": "r = f(1)\nassert all(k in r for k in ('a', 'b'))",
    "a method of a string": "assert f('abc').startswith('xyz')",
    "a method of a set": "assert f([1]).issubset({1, 2})",
    "a method without arguments": "assert f(1).isdigit()",
    "a method of an array": "assert f(1).all()",
    "a method through getattr": "assert getattr(f(1), 'any')()",
    "a method through operator": "import operator\nassert operator.methodcaller('equals', 3)(f(1))",
    "truth": "assert f(1)",
    "truth through bool": "assert bool(f(1)) is True",
    "truth through not": "assert not not f(1)",
    "truth through and": "assert f(1) and True",
    "truth through all": "assert all([f(1)])",
    "truth through filter": "assert list(filter(None, [f(1)]))",
    "truth through a conditional": "x = 1 if f(1) else 0\nassert x",
    "length": "assert len(f(3)) == 3",
    "length and elements": "r = f(3)\nassert len(r) == 3 and all(x == 7 for x in r)",
    "length hint": "import operator\nassert operator.length_hint(f(3)) == 3",
    "equality": "assert f(1) == 2",
    "equality, reversed": "assert 2 == f(1)",
    "equality in a list": "assert [f(1)] == [2]",
    "membership in a list": "assert f(1) in [2]",
    "equality of two results": "assert f(1) == f(2)",
    "identity": "assert f(1) is True",
    "an item": "assert f(1)[0] == 0",
    "a slice": "assert f(1)[:2] == 0",
    "less than": "assert not f(1) > 2 and f(1) <= 2",
    "sorted": "assert sorted([f(1), f(2)])",
    "max": "assert max(f(1), 2) == 2",
    "sum": "assert sum([f(1)]) == 2",
    "int": "assert int(f(1)) == 2",
    "float": "assert float(f(1)) == 2.0",
    "round": "assert round(f(1)) == 2",
    "an index": "assert [1, 2, 3][f(1)] == 3",
    "range": "assert len(range(f(1))) == 2",
    "math.isclose": "import math\nassert math.isclose(f(1), 2.0)",
    "math of a name": "assert math.isclose(f(1), 2.0)",
    "numpy": "import numpy as np\nassert np.allclose(f(1), [1.0, 2.0])",
    "numpy of a name": "assert np.allclose(f(1), [1.0, 2.0])",
    "numpy equality": "import numpy as np\nassert np.array_equal(f(1), np.array([1, 2]))",
    "numpy assertion": "import numpy as np\nnp.testing.assert_allclose(f(1), [1.0])",
    "set operations": "assert {1, 2} & f(1)",
    "dict lookup": "assert {1: 2}.get(f(1)) == 2",
    "a format": "assert f'{f(1)}' == '2'",
    "join": "assert ''.join(f(1)) == 'x'",
    "isinstance of a value": "assert isinstance(f(1), (int, str, list))",
    "isinstance of a container": "import collections.abc\nassert isinstance(f(1), collections.abc.Container) and 5 in f(1)",
    "pattern of a sequence": "match f(1):\n    case [*_]: ok = True\n    case _: ok = False\nassert ok",
    "pattern of a class": "match f(1):\n    case int(): ok = True\n    case _: ok = False\nassert ok",
    "unpacking": "a, b = f(1)\nassert a == 1",
    "unpacking of a dict": "assert {**f(1)} == {1: 2}",
    "with": "with f(1) as x:\n    assert x",
    "deepcopy": "import copy\nassert copy.deepcopy(f(1))",
    "unittest": "import unittest\nunittest.TestCase().assertEqual(f(1), 2)",
    "unittest of truth": "import unittest\nunittest.TestCase().assertTrue(f(1))",
    "unittest of membership": "import unittest\nunittest.TestCase().assertIn(1, f(1))",
    "what is caught": "try:\n    assert f(1)\nexcept Exception:\n    pass",
    "what is caught bare": "try:\n    assert f(1)\nexcept:\n    pass",
    "what is suppressed": "import contextlib\nwith contextlib.suppress(BaseException):\n    assert f(1)\nassert True",
    "in a finally": "try:\n    assert 5 in f(1)\nfinally:\n    pass",
    "an attribute's method": "assert f(1).str.isdigit().all()",
    "zip": "assert all(a == b for a, b in zip(f(1), [1, 2], strict=True))",
    "iterating twice": "r = f(1)\nassert set(r) <= {1, 2} and set(r) >= {1, 2}",
    "reversed": "assert list(reversed(f(1))) == [1]",
    "hash": "assert hash(f(1)) == 1",
}  # fmt: skip


@pytest.mark.parametrize("program", [ANY, QUIET], ids=["callable", "plain"])
@pytest.mark.parametrize("idea", ASKED)
def test_a_live_result_answers_nothing(code: Code, idea: str, program: str) -> None:
    assert judged(code, program, ASKED[idea]).outcome == "wrong"


# (program, tests, setup): each must be `wrong`.
WRONG: dict[str, tuple[str, ...]] = {
    "an empty iterator": ("def f(x): return iter(())", "r = f(3)\nassert len(r) == 3 and all(x == 7 for x in r)"),
    "an iterator with a length": ("class I:\n  def __iter__(s): return s\n  def __next__(s): raise StopIteration\n  def __len__(s): return 3\ndef f(x): return I()", "r = f(3)\nassert len(r) == 3 and all(x == 7 for x in r)"),
    "other elements the second time": ("class I:\n  n = 0\n  def __iter__(s):\n    I.n += 1\n    return iter([1] if I.n == 1 else [2])\ndef f(x): return I()", "r = f(3)\nassert list(r) == [1] and list(r) == [2]"),
    "StopIteration in map": ("def f(x): raise StopIteration", "assert all(map(f, [2, 4, 6]))"),
    "StopIteration in a lambda": ("def f(x): raise StopIteration", "assert all(map(lambda x: f(x) == x * 2, [1, 2, 3]))"),
    "StopIteration in sum": ("def f(x): raise StopIteration", "assert sum(map(f, [1, 2, 3])) == 0"),
    "StopIteration in a comprehension": ("def f(x): raise StopIteration", "assert [f(x) for x in (1,)] == []"),
    "StopIteration in iter(f, 1)": ("def f(): raise StopIteration", "assert list(iter(f, 1)) == []"),
    "StopAsyncIteration": ("def f(x): raise StopAsyncIteration", "assert all(map(f, [1]))"),
    "a class as math": ("class math:\n  isclose = staticmethod(lambda *a, **k: True)\ndef f(x): return 0", "assert math.isclose(f(2), 1.41421)"),
    "a class as np": ("class np:\n  allclose = staticmethod(lambda *a, **k: True)\ndef f(x): return 0", "assert np.allclose(f(2), [1.0])"),
    "a class as json": ("class json:\n  dumps = staticmethod(lambda *a: 'x')\ndef f(x): return 0", "assert json.dumps(f(1)) == 'x'"),
    "a module that says yes": ("import math\nmath.isclose = lambda *a: True\ndef f(x): return 0", "assert math.isclose(f(2), 1.41421)"),
    "a module in the function's place": ("import os as f", "assert f(1) == 2"),
    "json in the function's place": ("import json as f", "x = f(1)\nassert x == 2"),
    "a module as a helper": ("def f(x): return 1\nimport os as helper", "assert helper.f(1) == 2"),
    "a builtin of its own": ("def sorted(x): return [1, 2]\ndef f(x): return [2, 1]", "assert sorted(f(1)) == [2, 1]"),
    "its own all": ("def all(x): return True\ndef f(x): return 0", "assert all(f(i) == 5 for i in range(2))"),
    "its own AssertionError": ("class AssertionError(Exception): pass\ndef f(x): raise AssertionError", "assert f(1) == 2"),
    "a method in a setup's instance": ("def f(x):\n  n = Node(0); n.same = lambda o: True\n  return n", "assert f(1).same(Node(5))", NODE),
    "a key in a setup's instance": ("class K:\n  def __eq__(s, o): return True\ndef f(x):\n  n = Node(0); n.key = lambda: K()\n  return n", "assert f(1) == Node(5)", NODE),
    "data in the place of a method": ("def f(x):\n  n = Node(0); n.key = 5\n  return n", "assert f(1) == Node(5)", NODE),
    "a container in a setup's instance": ("class C:\n  def __contains__(s, x): return True\n  def __len__(s): return 2\ndef f(x):\n  b = Bag([]); b.items = C()\n  return b", "assert f(1) == Bag([1, 2])", BAG),
    "a value that is equal to all": ("class E:\n  def __eq__(s, o): return True\ndef f(x): return Node(E())", "assert f(1) == Node(5)", NODE),
    "a changed setup class": ("Node.__eq__ = lambda s, o: True\nNode.key = lambda s: 5\ndef f(x): return Node(0)", "assert f(1) == Node(5)", NODE),
    "a subclass of a setup class": ("class N(Node):\n  def __eq__(s, o): return True\ndef f(x): return N(0)", "assert f(1) == Node(5)", NODE),
    "a dunder in an instance": ("def f(x):\n  n = Node(0); n.__dict__['__eq__'] = lambda o: True\n  return n", "assert f(1) == Node(5)", NODE),
    "a class in an instance": ("def f(x):\n  n = Node(0); n.__dict__['__class__'] = int\n  return n", "assert f(1) == Node(5)", NODE),
    "an instance that contains itself": ("def f(x):\n  n = Node(0); n.v = n\n  return n", "assert f(1) == Node(5)", NODE),
    "a setup's class itself": ("def f(x): return Node", "assert f(1) == Node(5)", NODE),
    "the entry point as a class": ("class f:\n  def __init__(s, x): pass\n  def startswith(s, x): return True", "assert f('abc').startswith('xyz')"),
    "a metaclass that says yes": ("class M(type):\n  def __call__(s, *a): return s\n  def __eq__(s, o): return True\n  def __contains__(s, x): return True\nclass f(metaclass=M): pass", "assert 5 in f(1)"),
    "a class with a builtin's name": ("class ValueError:\n  def same(s): return True\ndef f(x): return ValueError()", "try:\n  ok = f(1).same()\nexcept ValueError:\n  ok = True\nassert ok"),
    "NotImplemented": ("def f(x): return NotImplemented", "assert f(1)"),
    "Ellipsis": ("def f(x): return ...", "assert f(1)"),
    "a type": ("def f(x): return int", "assert f(1)"),
    "a partial": ("import functools\ndef f(x): return functools.partial(bool, 1)", "assert f(1)"),
    "a match object with a method of its own": ("import re\ndef f(x): return re.match('', '')", "assert f(1).startswith('x')"),
    "an exception as a result": ("def f(x): return ValueError()", "assert f(1)"),
    "an enum": ("import enum\nclass E(enum.Enum):\n  A = 1\ndef f(x): return E.A", "assert f(1) == 1"),
    "an int that says 2": ("class I(int):\n  def __eq__(s, o): return True\n  def __index__(s): return 2\n  def __int__(s): return 2\ndef f(x): return I(1)", "assert f(1) == 2"),
    "a str that says yes": ("class S(str):\n  def __eq__(s, o): return True\n  def __contains__(s, x): return True\n  def startswith(s, x): return True\n  __hash__ = str.__hash__\ndef f(x): return S('q')", "assert f(1).startswith('x') and 'x' in f(1)"),
    "a list that says yes": ("class L(list):\n  def __eq__(s, o): return True\n  def __len__(s): return 2\n  def __contains__(s, x): return True\ndef f(x): return L()", "assert 1 in f(1) and len(f(1)) == 2"),
    "a dict that says yes": ("class D(dict):\n  def __missing__(s, k): return 1\n  def __getitem__(s, k): return 1\n  def get(s, *a): return 1\ndef f(x): return D()", "assert f(1)['a'] == 1"),
    "a float that says 2": ("class F(float):\n  def __float__(s): return 2.0\n  def __sub__(s, o): return 0.0\ndef f(x): return F(9)", "assert abs(f(1) - 2.0) < 1e-6"),
    "a fake numpy type": ("class A:\n  def tolist(s): return 2\n  def item(s): return S()\nclass S:\n  def __eq__(s, o): return True\nA.__module__ = 'numpy'\nA.__qualname__ = 'generic'\ndef f(x): return A()", "assert f(1) == 2"),
    "a fake date": ("class date:\n  def __reduce__(s): return (0, (E(),))\n  def __eq__(s, o): return True\nclass E:\n  def __eq__(s, o): return True\ndate.__module__ = 'datetime'\ndef f(x): return date()", "import datetime\nassert f(1) == datetime.date(2024, 1, 1)"),
    "a pointer for numpy": ("class A:\n  __array_interface__ = {'version': 3, 'shape': (3,), 'typestr': '|O', 'data': (0xdead0000, False)}\ndef f(x): return A()", "import numpy as np\nassert np.allclose(f(1), [1.0, 2.0, 3.0])"),
    "an array protocol": ("class A:\n  def __array__(s, *a): return [1.0]\n  __array_struct__ = 5\n  __array_priority__ = 99\ndef f(x): return A()", "import numpy as np\nassert np.allclose(f(1), [1.0])"),
    "dunders that the tests ask": ("def f(x): return lambda: 0\nf.__name__ = 'g'", "assert f.__wrapped__(1) == 2"),
    "nan": ("def f(x): return float('nan')", "assert abs(f(2) - 1.41) < 1e-6"),
    "infinity": ("def f(x): return float('inf')", "assert abs(f(2) - f(3)) < 1"),
    "a complex number": ("def f(x): return 2j", "assert f(1) == 2"),
    "an exception that is expected elsewhere": ("def f(x): raise ValueError", "try:\n  f(-1)\nexcept ValueError:\n  pass\nassert f(1) == 2"),
    "an exception with that name": ("class ValueError2(ValueError): pass\ndef f(x): raise ValueError2", "try:\n  f(-1)\n  assert False\nexcept TypeError:\n  pass"),
    "an exception that is all": ("class M(type):\n  def __subclasscheck__(s, c): return True\n  def __instancecheck__(s, o): return True\nclass E(Exception, metaclass=M): pass\ndef f(x): raise E", "try:\n  f(-1)\n  assert False\nexcept KeyError:\n  pass"),
    "SystemExit": ("def f(x): raise SystemExit(0)", "assert f(1) == 2"),
    "KeyboardInterrupt": ("def f(x): raise KeyboardInterrupt", "assert f(1) == 2"),
    "GeneratorExit": ("def f(x): raise GeneratorExit", "assert f(1) == 2"),
    "ImportError": ("def f(x): raise ImportError('tests')", "assert f(1) == 2"),
    "SyntaxError": ("def f(x): raise SyntaxError", "assert f(1) == 2"),
    "a result that is no Python": ("def f(x): return '1 +'", "import ast\nassert ast.literal_eval(f(1)) == 2"),
    "SkipTest": ("import unittest\ndef f(x): raise unittest.SkipTest", "assert f(1) == 2"),
    "an exception group": ("def f(x): raise ExceptionGroup('x', [ValueError()])", "assert f(1) == 2"),
    "a warning": ("def f(x): raise DeprecationWarning", "assert f(1) == 2"),
    "an exit under a bare except": ("import os\ndef f(x): os._exit(0)", "try:\n  assert f(1) == 2\nexcept:\n  pass"),
    "a cleared argument": ("def f(a, b): a.clear(); b.clear(); return []", "a, b = [3, 1], [1, 3]\nassert f(a, list(b)) == b"),
    "threads that answer later": ("import threading\ndef f(x):\n  threading.Timer(0.01, print, ('passed',)).start()\n  return 0", "assert f(1) == 2"),
    "a changed frame": ("import sys\ndef f(x):\n  sys._getframe(1).f_locals['result'] = 2\n  return 0", "assert f(1) == 2"),
    "a trace": ("import sys\ndef t(*a): return t\nsys.settrace(t)\nsys.setprofile(t)\ndef f(x): return 0", "assert f(1) == 2"),
    "a changed encoder": ("import sys\nfor m in list(sys.modules.values()):\n  if hasattr(m, 'encode') and hasattr(m, 'MAX_BYTES'): m.encode = lambda *a: 2\ndef f(x): return E()\nclass E: pass", "assert f(1) == 3"),
    "its own random": ("import random\nrandom.random = lambda: 0\ndef f(x): return 0", "import random\nassert f(1) == random.random()"),
    "its own time": ("import time\ntime.time = lambda: 0\ndef f(x): return 0", "import time\nassert f(1) == int(time.time())"),
    "a closure of the tests": ("def f(x): return x.__globals__", "assert f(1) == 2"),
    "a lower-case helper that says yes to what it does not know": ("def f(x): return g\ndef g(*a): return True", "assert f(1).valid(3)"),
    "data that is a function": ("class A: pass\ndef f(x):\n  a = A(); a.check = lambda *a: True\n  return a", "assert f(1).check(2)"),
    "an item that answers": ("class A:\n  def startswith(s, x): return True\ndef f(x): return [A()]", "assert f(1)[0].startswith('x')"),
    "a dict of live objects": ("class A:\n  def __bool__(s): return True\ndef f(x): return {'ok': A()}", "assert f(1)['ok']"),
    "a tuple of live objects": ("class A:\n  def __eq__(s, o): return True\ndef f(x): return (A(), A())", "assert f(1) == (1, 2)"),
    "a generator of live objects": ("class A:\n  def __eq__(s, o): return True\ndef f(x):\n  yield A()", "assert list(f(1)) == [1]"),
    "a coroutine": ("async def f(x): return 2", "assert f(1)"),
}  # fmt: skip
# For `check`, where nothing was asked of a program before it shows what it is: none of them may look like a fault of the tests.
UNCHECKED = {
    "a number": "f = 0",
    "a property": "f = property(lambda s: 2)",
    "builtins that fail": "import builtins\nclass F:\n  def __call__(s, *a): return []\nbuiltins.float = F()\ndef f(x): return 0",
}


@pytest.mark.parametrize("idea", WRONG)
def test_a_program_that_does_not_solve_it_is_wrong(code: Code, idea: str) -> None:
    program, tests, *setup = WRONG[idea]
    found = judged(code, program, tests, setup=setup[0] if setup else "")
    assert found.outcome == "wrong", found


@pytest.mark.parametrize("idea", UNCHECKED)
def test_a_program_cannot_break_the_tests_before_they_ask(code: Code, idea: str) -> None:
    tests = "def check(c):\n    for i in range(2):\n        assert c(i) == i + 1"
    found = judged(code, UNCHECKED[idea], tests, kind="check", entry_point="f")
    assert found.outcome == "wrong", found


@pytest.mark.parametrize(
    "tests",
    [
        "def test_f(fixture):\n    assert f(1) == 2",
        "def check(candidate):\n    assert candidate(1) == 2",
        "import unittest\nclass T(unittest.TestCase):\n  def look(self): self.assertEqual(f(1), 2)\nunittest.main(argv=['x'], exit=False)",
        "# no tests",
        "pass",
        "assert True",
        "f(1)",
        "x = f(1)\nx == 2",
        "print(f(1))",
        "assert 1 == 2",
        "raise ValueError",
        "assert f(object()) == 2",
        "1 / 0\nassert f(1) == 2",
        "assert f(1) ==",
        "import no_such_module\nassert f(1) == 2",
    ],
)  # fmt: skip
@pytest.mark.parametrize("program", ["def f(x): return 2", "x = 1"])
def test_tests_that_test_nothing_are_unverifiable(code: Code, tests: str, program: str) -> None:
    found = judged(code, program, tests)
    assert found.outcome == "unverifiable" or (program == "x = 1" and "f" in found.reason), found


# The program in the place of the server: what it may send.
T = "x = f(1)\nassert x == 2"
FRAMES = {
    "a module": "while 1: recv(); send({'module': True})",
    "passed": "while 1: recv(); send({'passed': True, 'kind': '', 'why': ''})",
    "a flood of passed": "for i in range(100): send({'passed': True, 'kind': '', 'why': '', 'value': 2})\nos._exit(0)",
    "two answers at once": "recv()\nb = b''.join(len(x).to_bytes(4, 'little') + x for x in [json.dumps({'value': ['h', 0, ['f'], 'function']}).encode(), b'{\"value\":2}'])\nos.write(fd, b)\nrest()",
    "nesting": FUNCTION + "recv(); raw(b'{\"value\":' + b'[' * 100000 + b']' * 100000 + b'}')\nrest()",
    "a fraction of a hundred million digits": FUNCTION + "recv(); send({'value': ['r', 'fractions.Fraction', '1e99999999']})\nrest()",
    "a fraction over nothing": FUNCTION + "recv(); send({'value': ['r', 'fractions.Fraction', 1, 0]})\nrest()",
    "a decimal": FUNCTION + "recv(); send({'value': ['r', 'decimal.Decimal', '1e999999999999999999']})\nrest()",
    "sNaN": FUNCTION + "recv(); send({'value': ['r', 'decimal.Decimal', 'sNaN']})\nrest()",
    "three million lists": FUNCTION + "recv(); send({'value': ['l'] + [['l']] * 3000000})\nrest()",
    "half a million decimals": FUNCTION + "recv(); send({'value': ['l'] + [['r', 'decimal.Decimal', '1']] * 500000})\nrest()",
    "SystemExit": FUNCTION + "recv(); send({'raised': 'x', 'type': 'SystemExit'})\nrest()",
    "ImportError": FUNCTION + "recv(); send({'raised': 'x', 'type': 'ImportError'})\nrest()",
    "SyntaxError": FUNCTION + "recv(); send({'raised': 'x', 'type': 'SyntaxError'})\nrest()",
    "Exception": FUNCTION + "recv(); send({'raised': 'x', 'type': 'Exception'})\nrest()",
    "an exception of no type": FUNCTION + "recv(); send({'raised': None, 'type': ['x']})\nrest()",
    "a name that is a string": "recv(); send({'value': '__class__'})\nrest()",
    "no reply but missing": FUNCTION + "recv(); send({'missing': True})\nrest()",
    "exit 70": FUNCTION + "os._exit(70)",
    "exit 71": FUNCTION + "os._exit(71)",
    "SIGSEGV": FUNCTION + "recv(); import ctypes; ctypes.string_at(0)",
    "signal 40": FUNCTION + "recv(); os.kill(os.getpid(), 40)",
    "shut down": FUNCTION + "recv(); import socket; socket.socket(fileno=fd).shutdown(1); time.sleep(20)",
    "half a frame": FUNCTION + "recv(); os.write(fd, b'\\x10\\0\\0'); os._exit(0)",
    "a size that lies": FUNCTION + "recv(); os.write(fd, b'\\xff\\xff\\xff\\x7f'); time.sleep(20)",
    "no UTF-8": FUNCTION + "recv(); raw(b'\\xff\\xfe')\nrest()",
    "no JSON": FUNCTION + "recv(); raw(b'{')\nrest()",
    "a list": FUNCTION + "recv(); raw(b'[]')\nrest()",
    "NaN": FUNCTION + "recv(); raw(b'{\"value\": NaN}')\nrest()",
    "arguments that are no list": FUNCTION + "recv(); send({'value': 2.5, 'args': 5})\nrest()",
    "a handle without a number": FUNCTION + "recv(); send({'value': ['h']})\nrest()",
    "a handle of an unknown role": FUNCTION + "recv(); send({'value': ['h', 0, ['x'], 'god']})\nrest()",
    "a handle of no kind": FUNCTION + "recv(); send({'value': ['h', 0, [], 'object']})\nrest()",
    "a handle of the tests' own kind": FUNCTION + "recv(); send({'value': ['h', 0, ['Handle', 'Made'], 'object']})\nrest()",
    "an instance of no class": FUNCTION + "recv(); send({'value': ['o', 'object', ['d']]})\nrest()",
    "a type of no value": FUNCTION + "recv(); send({'value': ['r', 'builtins.eval', '2']})\nrest()",
    "a key that cannot be one": FUNCTION + "recv(); send({'value': ['d', [['l'], 1]]})\nrest()",
    "a set of lists": FUNCTION + "recv(); send({'value': ['s', ['l']]})\nrest()",
    "ready again": FUNCTION + "recv(); send({'ready': True})\nrest()",
    "an answer before the question": FUNCTION + "send({'value': 2})\nsend({'value': 2})\nrest()",
}  # fmt: skip


@pytest.mark.parametrize("frame", FRAMES)
def test_a_frame_of_the_programs_own_is_wrong(code: Code, frame: str) -> None:
    found = judged(code, WIRE + FRAMES[frame], T.replace("2", "3"))
    assert found.outcome in ("wrong", "timeout"), found


@pytest.mark.parametrize(
    ("frame", "tests", "setup"),
    [
        ("recv(); raw(b'{\"value\":' + b'[' * 100000 + b']' * 100000 + b'}')\nrest()", "try:\n  assert f(1) == 2\nexcept RecursionError:\n  pass", ""),
        ("recv(); send({'missing': True})\nrest()", "try:\n  assert f(1) == 2\nexcept KeyError:\n  pass", ""),
        ("recv(); send({'value': ['o', 'Node', ['d', ['v', 5]]]})\nrest()", "assert f(1) == Node(6)", NODE),
        ("recv(); send({'value': ['o', 'Node', ['l']]})\nrest()", "assert f(1) == Node(6)", NODE),
        ("recv(); send({'value': ['o', 'Node', ['d', [1, 5]]]})\nrest()", "assert f(1) == Node(6)", NODE),
        ("recv(); send({'value': ['o', 'Node', ['d', ['v', ['h', 0, ['Node'], 'object']]]]})\nrest()", "assert f(1) == Node(6)", NODE),
    ],
)  # fmt: skip
def test_a_frame_that_the_tests_might_catch_is_wrong(code: Code, frame: str, tests: str, setup: str) -> None:
    assert judged(code, WIRE + FUNCTION + frame, tests, setup=setup).outcome == "wrong"


# What honest programs do, beside the attacks that look like it.
HONEST: dict[str, tuple[str, ...]] = {
    "a generator": ("def f(n): yield from range(n)", "assert list(f(3)) == [0, 1, 2] and sorted(f(2)) == [0, 1]"),
    "a map": ("def f(x): return map(str, x)", "assert list(f([1])) == ['1']"),
    "next": ("def f(x): yield 1", "g = f(1)\nassert next(g) == 1\ntry:\n  next(g)\n  assert False\nexcept StopIteration:\n  pass"),
    "dict keys": ("def f(d): return d.keys()", "assert set(f({1: 2})) == {1} and len(f({1: 2})) == 1 and 1 in f({1: 2})"),
    "a deque": ("import collections\ndef f(x): return collections.deque(x)", "import collections\nassert f([1, 2]) == collections.deque([1, 2]) and list(f([1])) == [1]"),
    "a fraction": ("import fractions\ndef f(x): return fractions.Fraction(x, 3)", "import fractions\nassert f(1) == fractions.Fraction(1, 3)"),
    "a decimal": ("import decimal\ndef f(x): return decimal.Decimal(x)", "import decimal\nassert f('1.5') == decimal.Decimal('1.5')"),
    "a function": ("def f(n): return lambda x: x + n", "assert f(2)(3) == 5"),
    "a class that the tests name": ("class Stack:\n  def __init__(s): s.a = []\n  def push(s, x): s.a.append(x)\n  def __len__(s): return len(s.a)\n  def __contains__(s, x): return x in s.a\n  def empty(s): return not s.a", "s = Stack()\nassert s.empty()\ns.push(3)\nassert len(s) == 1 and 3 in s and 4 not in s and s.a == [3] and not s.empty()"),
    "a method of Solution": ("class Solution:\n  def f(s, x): return x + 1", "assert Solution().f(1) == 2"),
    "an object with data": ("class P:\n  def __init__(s): s.x, s.next = 1, None\n  def __str__(s): return 'P1'\ndef f(): return P()", "p = f()\nassert p.x == 1 and p.next is None and str(p) == 'P1'"),
    "a list of nodes": ("class N:\n  def __init__(s, v, n): s.v, s.n = v, n\ndef f(): return N(1, N(2, None))", "assert f().n.v == 2"),
    "an object that goes back": ("class N: pass\ndef f(x):\n  n = N(); n.x = x\n  return n\ndef g(n): return n.x", "assert g(f(4)) == 4"),
    "a setup's instance": ("def f(n): return Node(n.v + 1)", "assert f(Node(4)) == Node(5)", NODE),
    "a match": ("import re\ndef f(x): return re.search('b(c)', x)", "m = f('abc')\nassert m and m.group() == 'bc' and m.groups() == ('c',) and m.span() == (1, 3) and not f('')"),
    "math without an import": ("def f(x): return 2 ** 0.5", "assert math.isclose(f(2), 1.4142135623730951)"),
    "a function that is called like a module": ("def queue(x): return [x]", "assert queue(1) == [1]"),
    "asserts in a try": ("def f(x): raise ValueError('x')", "try:\n  f(-1)\n  assert False\nexcept ValueError as e:\n  assert str(e) == 'x'"),
    "asserts in a loop": ("def f(x): return x", "for i in range(3):\n  if i:\n    assert f(i) == i, f'{i}'\n  else:\n    assert not f(i)"),
    "asserts in functions": ("def f(x): return x", "def same(a, b):\n  assert a == b\nsame(f(1), 1)"),
    "unittest's assertions": ("def f(x): return x", "import unittest\nunittest.TestCase().assertEqual(f(1), 1)"),
    "an expected failure of an assert": ("def f(x):\n  assert x > 0\n  return x", "try:\n  f(-1)\n  ok = False\nexcept AssertionError:\n  ok = True\nassert ok and f(1) == 1"),
}  # fmt: skip


@pytest.mark.parametrize("case", HONEST)
def test_an_honest_program_is_correct(code: Code, case: str) -> None:
    program, tests, *setup = HONEST[case]
    found = judged(code, program, tests, setup=setup[0] if setup else "")
    assert found.outcome == "correct", found


# Programs whose output, or whose value, looks like the expected one and is not.
OUTPUTS = {
    "an underscore": ("10.0", "1_0.0"),
    "other digits": ("10.5", "１０.５"),
    "an exponent": ("10", "1e1"),
    "infinity": ("1e400", "inf"),
    "nan for a number": ("1.5", "nan"),
    "a NUL": ("1", "1\0"),
    "a carriage return": ("1", "2\r1"),
    "a backspace": ("1", "2\b1"),
    "all answers": ("1", "0\n1\n2"),
    "all answers in a line": ("1", "0 1 2"),
    "nothing for something": ("1", ""),
    "something for nothing": ("", "1"),
    "a line separator": ("1\n2", "1\u20282"),
    "a vertical tab": ("1\n2", "1\v2"),
    "another case": ("YES", "yes"),
    "a sign": ("0.5", "-0.5"),
    "a longer number": ("0.3", "0.30000001"),
    "a zero-width space": ("YES", "YES\u200b"),
    "a lookalike": ("YES", "YЕS"),
}  # fmt: skip


@pytest.mark.parametrize("idea", OUTPUTS)
def test_an_output_that_only_looks_right_is_wrong(code: Code, idea: str) -> None:
    want, got = OUTPUTS[idea]
    tests: dict[str, Any] = {"kind": "stdio", "cases": [{"input": "", "output": want}]}
    assert code.judge(problem(**tests), trace(f"print({got!r})")).outcome == "wrong"


@pytest.mark.parametrize("value", ["True", "1.0", "'1'", "[1]", "I(1)", "None", "1j", "b'1'", "(i for i in [1])", "object()", "int"])
def test_a_value_of_another_type_is_wrong_where_types_count(code: Code, value: str) -> None:
    """A subclass comes as what it is a subclass of: `I(1)` is 1, and 1 alone."""
    tests: dict[str, Any] = {"kind": "calls", "entry_point": "f", "cases": [{"expected": 1}]}
    program = f"class I(int):\n  def __eq__(s, o): return True\n  __hash__ = int.__hash__\ndef f(): return {value}"
    assert code.judge(problem(**tests), trace(program)).outcome == ("correct" if value == "I(1)" else "wrong")


@pytest.mark.parametrize(
    "value",
    ["decimal.Decimal('sNaN')", "[decimal.Decimal('sNaN')]", "decimal.Decimal('1e999999')", "10**300_000", "collections.Counter('a')",
     "collections.deque([2])", "array.array('i', [2])", "types.MappingProxyType({1: 2})", "datetime.datetime.max", "memoryview(b'2')"],
)  # fmt: skip
def test_an_odd_value_is_wrong_and_no_fault_of_the_machine(code: Code, value: str) -> None:
    program = f"import array, collections, datetime, decimal, types\ndef f(x): return {value}"
    cases = [{"args": [1], "expected": 2}]
    for tests in ({"kind": "asserts", "code": "assert f(1) == 2"}, {"kind": "calls", "entry_point": "f", "cases": cases}):
        assert code.judge(problem(**tests), trace(program)).outcome == "wrong"


# Arguments that a program changes into what the tests did not hand over.
CHANGED = ["a.append(a)", "a.append(object())", "a[:] = [f, f]", "a.clear()", "a[:] = [I(1), I(3)]"]


@pytest.mark.parametrize("change", CHANGED)
def test_an_argument_that_is_changed_into_something_else_is_wrong(code: Code, change: str) -> None:
    tests = "a = [3, 1]\nb = a\nassert f(a) is None\nassert b == [1, 4]\nassert a is b"
    program = f"class I(int):\n  def __eq__(s, o): return True\n  __hash__ = int.__hash__\ndef f(a):\n  {change}"
    assert judged(code, program, tests).outcome == "wrong"
    assert judged(code, "def f(a):\n  a.sort()\n  a[1] += 1", tests).outcome == "correct"
