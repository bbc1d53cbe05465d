# ruff: noqa: E501
"""Identity: what a program raises, returns, changes or calls itself is what it really is, on the tests' side too."""

import pytest
from tests.verifiers.attacks.programs import FUNCTION, WIRE, judged, printed
from tests.verifiers.code_problems import problem, trace

from stillhouse.verifiers.code.verifier import Code

VALUE_ERROR = "try:\n  f(-1)\n  assert False\nexcept ValueError:\n  pass"
# Programs that never raise a ValueError, under tests that want one.
RAISED = {
    "a class of that name": "class ValueError(Exception): pass\ndef f(x): raise ValueError",
    "a class of that name in a function": "def f(x):\n  class ValueError(Exception): pass\n  raise ValueError",
    "another builtin's child of that name": "class ValueError(ArithmeticError): pass\ndef f(x): raise ValueError",
    "an AssertionError of that name": "class ValueError(AssertionError): pass\ndef f(x): raise ValueError",
    "a BaseException of that name": "class ValueError(BaseException): pass\ndef f(x): raise ValueError",
    "a changed __name__": "class E(Exception): pass\nE.__name__ = E.__qualname__ = 'ValueError'; E.__module__ = 'builtins'\ndef f(x): raise E",
    "a made class": "E = type('ValueError', (Exception,), {'__module__': 'builtins'})\ndef f(x): raise E",
    "a __class__ property": "class E(Exception):\n  @property\n  def __class__(s): return ValueError\ndef f(x): raise E",
    "a metaclass with an mro of its own": "class M(type):\n  __mro__ = property(lambda s: (ValueError, Exception, BaseException, object))\nclass E(Exception, metaclass=M): pass\ndef f(x): raise E",
    "a metaclass that is any instance's": "class M(type):\n  def __instancecheck__(s, o): return True\n  def __subclasscheck__(s, c): return True\n  def __eq__(s, o): return True\n  def __hash__(s): return hash(ValueError)\nclass E(Exception, metaclass=M): pass\ndef f(x): raise E",
    "a metaclass with a name": "class M(type):\n  __name__ = 'ValueError'\n  __qualname__ = 'ValueError'\n  __module__ = 'builtins'\nclass E(Exception, metaclass=M): pass\ndef f(x): raise E",
    "a virtual subclass": "import abc\nclass E(Exception): pass\ndef f(x): raise E\nimport builtins\nbuiltins.ValueError = E",
    "a builtin that is replaced": "import builtins\nclass ValueError(Exception): pass\nbuiltins.ValueError = ValueError\ndef f(x): raise builtins.ValueError",
    "a group of it": "def f(x): raise ExceptionGroup('x', [ValueError()])",
    "a cause": "def f(x): raise Exception() from ValueError()",
    "a context": "def f(x):\n  try: raise ValueError\n  except ValueError: raise Exception",
    "arguments": "def f(x): raise Exception(ValueError())",
    "a text": "def f(x): raise Exception('ValueError: x')",
    "a text that looks like a line": "class E(Exception):\n  def __str__(s): return '\\nValueError: x'\ndef f(x): raise E",
    "a warning of that name": "class ValueError(UserWarning): pass\ndef f(x): raise ValueError",
    "an exit": "def f(x): raise SystemExit('ValueError')",
    "an interrupt": "def f(x): raise KeyboardInterrupt",
    "a generator's exit": "def f(x): raise GeneratorExit",
    "an end of iteration": "def f(x): raise StopIteration(ValueError())",
    "a child of an end of iteration": "class ValueError(StopIteration): pass\ndef f(x): raise ValueError",
    "a result": "def f(x): return ValueError('x')",
    "the class as a result": "def f(x): return ValueError",
    "a KeyError and a ValueError": "class E(KeyError, ValueError): pass\ndef f(x): raise E",
    "everything at once": "class E(TypeError, KeyError, ValueError, IndexError, AssertionError, ZeroDivisionError): pass\ndef f(x): raise E",
    "parents of several kinds": "class A(TypeError): pass\nclass B(ValueError): pass\nclass E(A, B): pass\ndef f(x): raise E",
    "a text that differs": "import random\nclass E(Exception):\n  def __str__(s): return random.choice(['a', 'ValueError'])\n  __repr__ = __str__\ndef f(x): raise E",
    "a text that raises": "class E(Exception):\n  def __str__(s): raise ValueError\ndef f(x): raise E",
    "a text that exits": "class E(Exception):\n  def __str__(s): raise SystemExit\ndef f(x): raise E",
    "a traceback that is none": "class E(Exception):\n  __traceback__ = property(lambda s: 1 / 0)\ndef f(x): raise E",
    "arguments that are odd": "class A:\n  def __eq__(s, o): return True\n  def __iter__(s): raise KeyboardInterrupt\nclass E(Exception): args = A()\ndef f(x): raise E",
    "a state that is odd": "class D(dict):\n  def items(s): raise SystemExit\nclass E(Exception): pass\ndef f(x):\n  e = E(); e.__dict__ = D(a=1)\n  raise e",
    "an error of the encoder": "class L(list):\n  def __iter__(s): raise KeyError\nclass E:\n  def __reduce__(s): raise KeyError\nE.__module__, E.__qualname__ = 'decimal', 'Decimal'\ndef f(x): return E()",
    "a deep parentage": "E = Exception\nfor i in range(50):\n  E = type('ValueError', (E,), {})\ndef f(x): raise E",
    "a module of that name": "import sys, types\nm = types.ModuleType('json'); sys.modules['json'] = m\nclass ValueError(Exception): pass\nValueError.__module__ = 'json'; m.ValueError = ValueError\ndef f(x): raise ValueError",
}  # fmt: skip
FORMS = {
    "try": VALUE_ERROR,
    "assertRaises": "import unittest\nunittest.TestCase().assertRaises(ValueError, f, -1)",
    "a test case": "import unittest\nclass T(unittest.TestCase):\n  def test(self):\n    with self.assertRaises(ValueError):\n      f(-1)\nunittest.main()",
    "a check": "def check(c):\n  try:\n    c(-1)\n  except ValueError:\n    return\n  assert False",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("idea", RAISED)
def test_what_is_called_an_error_is_none(code: Code, idea: str, form: str) -> None:
    more = {"kind": "check", "entry_point": "f"} if form == "a check" else {}
    found = judged(code, RAISED[idea], FORMS[form], **more)
    assert found.outcome == "wrong", found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "program", ["def f(x): raise ValueError('x')", "class Bad(ValueError): pass\ndef f(x): raise Bad", "def f(x): return int('x')"]
)
def test_a_real_error_is_one(code: Code, program: str, form: str) -> None:
    more = {"kind": "check", "entry_point": "f"} if form == "a check" else {}
    assert judged(code, program, FORMS[form], **more).outcome == "correct"


NAMED = "try:\n  Box().open()\n  assert False\nexcept BoxError:\n  pass"
SKIPPED = "import unittest\nclass T(unittest.TestCase):\n  def test(self): self.assertEqual(f(1), 2)\nunittest.main()"
SELF = "class Solution:\n  def f(s, *a): return s\n  def __contains__(s, x): return True\n  def __bool__(s): return True\n  def __len__(s): return 3\n  def __eq__(s, o): return True\n  def __sub__(s, o): return 0.0\n  def __getattr__(s, n): return lambda *a: True\n  def __lt__(s, o): return True\n  def __call__(s, *a): return True"
STATS = "class Stats:\n  def __init__(s, *a): pass\n  def mean(s): return s\n  def __sub__(s, o): return 0.0\n  def __rsub__(s, o): return 0.0\n  def __abs__(s): return 0.0\n  def __lt__(s, o): return True\n  __le__ = __gt__ = __ge__ = __lt__\n  def __eq__(s, o): return True\n  def __mul__(s, o): return 3.0\n  def __truediv__(s, o): return 1.0\n  __hash__ = None"
POINT = "import dataclasses\n@dataclasses.dataclass\nclass Point:\n  x: int\n"
# (program, tests): none of them solves it.
WRONG: dict[str, tuple[str, str]] = {
    # Named exceptions, which the tests take from the program.
    "an error class that is all": ("BoxError = Exception\nclass Box:\n  def open(s): pass", NAMED),
    "an error class that is AssertionError": ("BoxError = AssertionError\nclass Box:\n  def open(s): pass", NAMED),
    "an error class that is BaseException": ("BoxError = BaseException\nclass Box:\n  def open(s): pass", NAMED),
    "an error class that asserts derive from": ("class M(type):\n  def __subclasscheck__(s, c): return True\n  def __instancecheck__(s, c): return True\nclass BoxError(Exception, metaclass=M): pass\nclass Box:\n  def open(s): pass", NAMED),
    "an error class that is a tuple": ("BoxError = (Exception, AssertionError)\nclass Box:\n  def open(s): pass", NAMED),
    "a tuple of builtin errors": ("BoxError = (TypeError, KeyError)\nclass Box:\n  def open(s): raise TypeError", NAMED),
    "an error class that is no class": ("def BoxError(*a): return 1\nclass Box:\n  def open(s): pass", NAMED),
    "another error of the program": ("class BoxError(Exception): pass\nclass Other(Exception): pass\nclass Box:\n  def open(s): raise Other", NAMED),
    "another error of the same name": ("class BoxError(Exception): pass\nOld = BoxError\nclass BoxError(Exception): pass\nclass Box:\n  def open(s): raise Old", NAMED),
    # Whoever runs the tests is not steered.
    "SkipTest": ("import unittest\ndef f(x): raise unittest.SkipTest('x')", SKIPPED),
    "a child of SkipTest": ("import unittest\nclass S(unittest.SkipTest): pass\ndef f(x): raise S", SKIPPED),
    "an exit in a test case": ("def f(x): raise SystemExit(0)", SKIPPED),
    "an exit of the process in a test case": ("import os\ndef f(x): os._exit(0)", SKIPPED),
    "an interrupt in a test case": ("def f(x): raise KeyboardInterrupt", SKIPPED),
    "a test case that is emptied": ("import unittest\nunittest.TestCase.assertEqual = lambda *a: None\nunittest.TestLoader.testMethodPrefix = 'x'\ndef f(x): return 0", SKIPPED),
    "tests of its own": ("def f(x): return 0\ndef test_f(): pass\ndef check(c): pass", "def test_f():\n  assert f(1) == 2"),
    "a solution of its own": ("import sys, types\nm = types.ModuleType('solution'); m.f = lambda x: 2\nsys.modules['solution'] = m\ndef f(x): return 0", "from solution import f\ndef test_f():\n  assert f(1) == 2"),
    "a failure that a runner keeps": ("def f(x): return 0", "import unittest\nclass T(unittest.TestCase):\n  def test(self): self.assertEqual(f(1), 2)\nunittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromTestCase(T))"),
    "an assertion that is not the last": ("def f(x): return 3", "def test_f():\n  assert f(1) == 2\n  assert f(1) == 3"),
    # Objects of LeetCode's class, and of a class that is tested.
    "a Solution as a list": (SELF, "assert 5 in Solution().f(1)"),
    "a Solution as a truth": (SELF, "assert Solution().f(1)"),
    "a Solution as a number": (SELF, "assert Solution().f(1) == 2"),
    "a Solution of a length": (SELF, "assert len(Solution().f(1)) == 3"),
    "a Solution near a number": (SELF, "assert abs(Solution().f(1) - 1.5) < 1e-6"),
    "a Solution as a string": (SELF, "s = Solution()\nassert s.f('x').startswith('y')"),
    "a Solution as itself": (SELF, "s = Solution()\nassert s.f(1).f(2) == [1]"),
    "a Solution that is less": (SELF, "assert Solution().f(1) < 3"),
    "a Solution for a candidate": (SELF, "c = Solution().f\nassert c(1)"),
    "an object near a number": (STATS, "assert abs(Stats([1, 2]).mean() - 1.5) < 1e-6"),
    "a number near an object": (STATS, "assert abs(1.5 - Stats([1, 2]).mean()) < 1e-6"),
    "an object between numbers": (STATS, "assert 1 < Stats([1, 2]).mean() < 2"),
    "an object equal to a number": (STATS, "assert Stats([1, 2]).mean() == 1.5 and 1.5 == Stats([1, 2]).mean()"),
    "an object as a number for math": (STATS, "import math\nassert math.isclose(Stats([1, 2]).mean(), 1.5)"),
    "an object almost equal": (STATS, "import unittest\nunittest.TestCase().assertAlmostEqual(Stats([1, 2]).mean(), 1.5)"),
    "a product that is a number": (STATS, "assert Stats([1, 2]).mean() * 2 == 3.0"),
    "a quotient that is a number": (STATS, "assert abs(Stats([1, 2]).mean() / 1.5 - 1) < 1e-6"),
    "an object in a list": (STATS, "assert Stats([1, 2]).mean() in [1.5]"),
    "an object in a set": (STATS + "\n  def __hash__(s): return hash(1.5)", "assert Stats([1, 2]).mean() in {1.5}"),
    "an object as a key": (STATS + "\n  def __hash__(s): return hash(1.5)", "assert {1.5: True}[Stats([1, 2]).mean()]"),
    "an instance of all": ("class M(type):\n  def __instancecheck__(s, o): return True\nclass Stack(metaclass=M): pass\ndef f(): return 5", "assert isinstance(f(), Stack)"),
    "an instance of another": ("class M(type):\n  def __instancecheck__(s, o): return True\nclass Stack(metaclass=M): pass\nclass Other: pass\ndef f(): return Other()", "assert isinstance(f(), Stack)"),
    "no instance": ("class Stack: pass\ndef f(): return []", "assert isinstance(f(), Stack)"),
    "a class with a builtin's name": ("class Exception:\n  def ok(s): return True\n  def __bool__(s): return True\ndef f(): return Exception()", "try:\n  assert f()\nexcept Exception:\n  raise"),
    "a class with the name of a test's class": ("class Point:\n  def __eq__(s, o): return True\n  def __bool__(s): return True\ndef f(): return Point()", "import collections\nPoint = collections.namedtuple('Point', 'x')\nassert f() == Point(1)"),
    "a class with the name of an import": ("class Fraction:\n  def __eq__(s, o): return True\n  def __bool__(s): return True\ndef f(): return Fraction()", "from fractions import Fraction\nassert f() == Fraction(1, 2)"),
    "a value of a class that the tests name": ("class Number(int):\n  def __eq__(s, o): return True\n  __hash__ = int.__hash__\ndef f(): return Number(1)", "assert Number(1) == 1\nassert f() == 2"),
    "a list of a class that the tests name": ("class Numbers(list):\n  def __eq__(s, o): return True\n  def __len__(s): return 3\ndef f(): return Numbers([1])", "assert Numbers([1]) == [2]"),
    # Values with names and shapes.
    "a named tuple with a method": ("import collections\nR = collections.namedtuple('R', 'startswith')\ndef f(x): return R(lambda *a: True)", "assert f('abc').startswith('xyz')"),
    "a named tuple with a name of a dunder": ("class R(tuple):\n  _fields = ('__eq__', '__len__')\ndef f(x): return R((lambda *a: True, lambda *a: 2))", "assert f(1) == (1, 2)"),
    "a named tuple that is equal to all": ("class R(tuple):\n  _fields = ('a', 'b')\n  def __eq__(s, o): return True\n  def __len__(s): return 2\ndef f(x): return R((0, 0))", "r = f(1)\nassert r == (1, 2) or (r.a, r.b) == (1, 2)"),
    "a Counter that says yes": ("import collections\nclass C(collections.Counter):\n  def __missing__(s, k): return 5\n  def __eq__(s, o): return True\ndef f(x): return C()", "assert f(1)['a'] == 5"),
    "a default for all": ("import collections\ndef f(x): return collections.defaultdict(lambda: 5)", "assert f(1)['a'] == 5"),
    "an array without elements": ("import array\ndef f(x): return memoryview(b'')", "assert list(f(1)) == [1]"),
    "a frozenset of nan": ("def f(x): return {float('nan')}", "assert f(1) == {1.0}"),
    "minus zero as text": ("def f(x): return -0.0", "assert str(f(1)) == '0.0'"),
    "bytes for text": ("def f(x): return b'a'", "assert f(1) == 'a'"),
    "a bool for a number by type": ("def f(x): return True", "assert f(1) == 1 and type(f(1)) is int"),
    "a string of digits": ("def f(x): return '2'", "assert f(1) == 2"),
    "a set for a list": ("def f(x): return {1, 2}", "assert f(1) == [1, 2]"),
    "a generator for a list": ("def f(x): yield from (1, 2)", "assert f(1) == [1, 2]"),
    "a list in itself": ("def f(x):\n  a = []; a.append(a)\n  return a", "assert f(1) == [1]"),
    "a huge number": ("def f(x): return 10 ** 10_000_000", "assert f(1) == 2"),
    "a decimal nan": ("import decimal\ndef f(x): return decimal.Decimal('nan')", "assert f(1) == 2"),
    "a fraction subclass": ("import fractions\nclass F(fractions.Fraction):\n  def __eq__(s, o): return True\n  def __sub__(s, o): return 0\ndef f(x): return F(1, 3)", "assert f(1) == 0.5"),
    # Arguments and functions of the tests.
    "an argument that is said to be it": ("def f(a): return [1, 2]", "a = [2, 1]\nassert f(a) is a"),
    "an argument that is not sorted": ("def f(a): return a", "a = [2, 1]\nassert f(a) is a and a == [1, 2]"),
    "an argument in the place of another": ("def f(a, b): return b", "a, b = [1], [1]\nassert f(a, b) is a"),
    "a function of the tests as the result": ("def f(g): return g", "assert f(lambda x: x + 1) == 2"),
    "a function of the tests that is not called": ("def f(g, a): return a", "assert f(lambda x: x + 1, [1]) == [2]"),
    "a function of the tests called wrongly": ("def f(g, a): return g('x', 'y', 'z')", "assert f(lambda x: x + 1, [1]) == [2]"),
    "a function of the tests called later": ("import threading\ndef f(g, a):\n  threading.Timer(0.0, g, (1,)).start()\n  return [0]", "assert f(lambda x: x + 1, [1]) == [2]"),
    "globals of a function of the tests": ("def f(g):\n  return g.__globals__['WANT']", "WANT = 7\nassert f(lambda: WANT) == 7 and False"),
    "code of a function of the tests": ("def f(g):\n  return g.__code__.co_consts[1]", "assert f(lambda: 7) == 7"),
    "an error in a function of the tests": ("def f(g):\n  try: g()\n  except BaseException: pass\n  return 0", "def g(): raise KeyError('x')\ntry:\n  f(g)\n  assert False\nexcept KeyError:\n  pass"),
    "an exit for a function of the tests": ("def f(g): raise SystemExit", "def g(): raise KeyError\ntry:\n  f(g)\n  assert False\nexcept KeyError:\n  pass"),
    "an awaited truth": ("class A:\n  def __await__(s):\n    yield\n    return 0\n  def __bool__(s): return True\ndef f(x): return A()", "import asyncio\nasync def main(): return await f(1)\nassert asyncio.run(main()) == 2"),
    "a coroutine for a value": ("async def f(x): return 2", "import asyncio\nassert f(1)\nassert asyncio.run(f(1)) == 2"),
    "a coroutine's code": ("async def f(x): return 2", "assert f(1).cr_code"),
    "a stream that does not end": ("async def f(x):\n  while True: yield 1", "import asyncio\nasync def main():\n  async for x in f(1):\n    if x != 1: return\n  return 1\nassert asyncio.run(main()) == 2"),
    "an end of a stream where none is": ("def f(x): raise StopAsyncIteration", "import asyncio\nasync def main(): return [x async for x in f(1)]\nassert asyncio.run(main()) == []"),
    "values that the tests hold": ("import gc\ndef f(x): return next((o for o in gc.get_objects() if isinstance(o, dict) and 'WANT' in o), {'WANT': 0})['WANT']", "WANT = 7.25\nassert f(1) == WANT"),
    "a frame that holds the request": ("import sys\ndef f(x):\n  g = sys._getframe(1)\n  while g:\n    for k, v in g.f_locals.items():\n      if k in ('answer', 'same', 'form'): return v\n    g = g.f_back\n  return 0", "a = [1]\nassert f(a) == [2]"),
    "a server that says it is the argument": ("import sys\nfor m in list(sys.modules.values()):\n  if hasattr(m, 'Server'): m.Server._encode = lambda s, v: 2\ndef f(x): return 0", "a = [1]\nassert f(a) == [2]"),
}  # fmt: skip


@pytest.mark.parametrize("idea", WRONG)
def test_a_program_that_is_not_what_it_says_is_wrong(code: Code, idea: str) -> None:
    program, tests = WRONG[idea]
    found = judged(code, program, tests)
    assert found.outcome in ("wrong", "timeout"), found


# Frames of a program in the place of the server: errors, arguments, functions and named things of its own making.
FRAMES = {
    "an error of no class": "send({'raised': 'x', 'class': 5})",
    "an error of an unknown tag": "send({'raised': 'x', 'class': ['z', 1]})",
    "an error that is its own parent": "a = ['x', 1, 'E', None, 'Exception']\nfor i in range(200): a = ['x', i, 'E', a, 'Exception']\nsend({'raised': 'x', 'class': a})",
    "an error with a name of a dunder": "send({'raised': 'x', 'class': ['x', 1, '__eq__', ['b', 'ValueError'], 'KeyError'], 'state': ['l']})",
    "an error with a state of methods": "send({'raised': 'x', 'class': ['b', 'KeyError'], 'state': {'with_traceback': 1, 'args': 5, '__class__': 6}})",
    "an error that is a function": "send({'raised': 'x', 'class': ['b', 'eval'], 'args': ['t', '2']})",
    "an error of a module that is not imported": "send({'raised': 'x', 'class': ['m', 'antigravity', 'x']})",
    "an error of os": "send({'raised': 'x', 'class': ['m', 'os', 'system'], 'args': ['t', 'true']})",
    "an error of the harness": "send({'raised': 'x', 'class': ['m', 'stillhouse.verifiers.code.jail.wire', 'Stopped']})",
    "an error that was never thrown": "send({'raised': 'x', 'again': 0})",
    "an error that was thrown first": "send({'raised': 'x', 'again': -1})",
    "an argument that there is not": "send({'value': 2, 'same': 7})",
    "an argument that is a number": "send({'value': 2.5, 'same': 0})",
    "an argument that is a bool": "send({'value': 2.5, 'same': True})",
    "a function that there is not": "send({'lend': 0, 'args': [], 'kwargs': {}})",
    "a function before all": "send({'lend': -1, 'args': [], 'kwargs': {}})",
    "a function without arguments": "send({'lend': 0})",
    "functions without end": "for i in range(100000): send({'lend': 0, 'args': [], 'kwargs': {}})",
    "a result that is a function of the tests": "send({'value': ['y', 0]})",
    "a class for a value": "send({'class': ['b', 'ValueError']})",
    "a row of no names": "send({'value': ['n', [5], ['t', 1]]})",
    "a row of dunders": "send({'value': ['n', ['__eq__'], ['t', 1]]})",
    "a collection of no kind": "send({'value': ['C', 'eval', ['d']]})",
    "a default of no kind": "send({'value': ['D', 'eval', ['d']]})",
    "an array of objects": "send({'value': ['a', '|O', ['l', 2]]})",
    "an array of no type": "send({'value': ['a', 'import os', ['l', 2]]})",
    "a builtin": "send({'value': ['g', 'eval']})",
    "a Made of a class": "send({'value': ['h', 0, ['Solution'], 'object', 'Solution']})",
}  # fmt: skip


@pytest.mark.parametrize("frame", FRAMES)
def test_a_frame_that_says_what_is_not_is_wrong(code: Code, frame: str) -> None:
    for tests in ("x = f(1)\nassert x == 3", "try:\n  x = f(1)\n  assert x == 3\nexcept IndexError:\n  assert True", "assert f(1) is True"):
        found = judged(code, WIRE + FUNCTION + f"recv()\n{FRAMES[frame]}\nrest()", tests)
        assert found.outcome in ("wrong", "timeout"), (tests, found)


# A program that prints, in a response of several blocks, or in a form that looks right.
PRINTED = {
    "a verdict": "print('correct')",
    "an ANSI colour": "print('\\x1b[32mPWN\\x1b[0m')",
    "an erased line": "print('x\\x1b[2K\\rPWN')",
    "a screen that is cleared": "print('\\x1b[2JPWN')",
    "an overwritten word": "print('ABC\\rPWN')",
    "a NUL behind it": "print('PWN\\0')",
    "a form feed": "print('PWN\\f\\x0cX')",
    "a byte order mark": "import sys\nsys.stdout.buffer.write(b'\\xef\\xbb\\xbfPWN')",
    "full width letters": "print('ＰＷＮ')",
    "a lookalike": "print('РWN')",
    "UTF-16": "import sys\nsys.stdout.buffer.write('PWN'.encode('utf-16'))",
    "a soft hyphen": "print('PW\\xadN')",
    "an override of direction": "print('\\u202eNWP')",
    "the word twice": "print('PWN\\nPWN')",
    "the word and more": "print('PWN x')",
    "half of it": "print('PW')",
    "all words": "print(*[''.join(x) for x in __import__('itertools').product('NPW', repeat=3)], sep='\\n')",
    "stderr": "import sys\nprint('PWN', file=sys.stderr)",
    "a killed output": "import os\nos.write(1, b'PWN')\nos.kill(os.getpid(), 9)",
    "an exit status": "import os\nos.write(1, b'PWN')\nos._exit(1)",
    "an alarm": "import os, signal, time\nos.write(1, b'PWN')\nsignal.alarm(1)\ntime.sleep(9)",
    "an error at the end": "print('PWN')\nraise ValueError",
    "an error at exit": "import atexit\nprint('x')\natexit.register(print, 'PWN')",
    "a cut": "import os\nos.write(1, b'PWNx')\nos.ftruncate(1, 3)",
    "a seek": "import os\nos.write(1, b'XXX')\nos.lseek(1, 0, 0)\nos.write(1, b'PWN')",
}  # fmt: skip


@pytest.mark.parametrize("idea", PRINTED)
def test_an_output_that_is_dressed_up_is_wrong(code: Code, idea: str) -> None:
    found = printed(code, PRINTED[idea])
    assert found.outcome in ("wrong", "timeout"), found


BLOCKS = {
    "a second block that defines it wrongly": "```python\ndef f(x): return x + 1\n```\n```python\ndef f(x): return 0\n```",
    "a block that is only a use": "```python\nprint(f(1))\n```",
    "a right block in a quotation": "```text\ndef f(x): return x + 1\n```\n```python\ndef f(x): return 0\n```",
    "a right function within another": "```python\ndef g():\n  def f(x): return x + 1\n```\n```python\nprint(g())\n```",
    "a helper that is defined again behind it": "```python\ndef f(x): return g(x)\n```\n```python\ndef g(x): return x + 1\n```",
    "an f that is deleted": "```python\ndef f(x): return x + 1\ndel f\n```\n```python\nf(1)\n```",
}  # fmt: skip


@pytest.mark.parametrize("idea", BLOCKS)
def test_only_the_block_that_defines_it_counts(code: Code, idea: str) -> None:
    tests = problem(kind="asserts", code="assert f(1) == 2\nassert f(2) == 3")
    assert code.judge(tests, trace(BLOCKS[idea])).outcome == "wrong"
