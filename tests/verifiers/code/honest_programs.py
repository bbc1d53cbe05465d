# ruff: noqa: E501
"""Honest programs with honest tests, and for each one token that makes it wrong.

`Honest.program` must be `correct`, and with `token` replaced by `other` (everywhere) `wrong`. `kind` is asserts unless said;
a response of several blocks is written out with its fences.
"""

from typing import Any, NamedTuple


class Honest(NamedTuple):
    """A program, its tests, and the token that matters."""

    program: str
    tests: str
    token: str
    other: str
    more: dict[str, Any] = {}


CHECK = {"kind": "check", "entry_point": "f"}
STACK = "class Stack:\n  def __init__(self): self.items = []\n  def push(self, x):\n    self.items.append(x)\n    return self\n  def pop(self): return self.items.pop()\n  def __len__(self): return len(self.items)\n"
POINT = "from dataclasses import dataclass\n@dataclass\nclass Point:\n  x: int\n  y: int\n"
VECTOR = "class Vector:\n  def __init__(self, x, y): self.x, self.y = x, y\n  def __add__(self, o): return Vector(self.x + o.x, self.y + o.y)\n  def __sub__(self, o): return Vector(self.x - o.x, self.y - o.y)\n  def __mul__(self, k): return Vector(self.x * k, self.y * k)\n  __rmul__ = __mul__\n  def __neg__(self): return Vector(-self.x, -self.y)\n  def __abs__(self): return (self.x ** 2 + self.y ** 2) ** 0.5\n  def __eq__(self, o): return (self.x, self.y) == (o.x, o.y)\n  def __hash__(self): return hash((self.x, self.y))\n  def __repr__(self): return f'Vector({self.x}, {self.y})'\n"
CARD = "import functools\n@functools.total_ordering\nclass Card:\n  def __init__(self, n): self.n = n\n  def __eq__(self, o): return self.n == o.n\n  def __lt__(self, o): return self.n < o.n\n"
BANK = "class InsufficientFunds(Exception):\n  def __init__(self, need):\n    super().__init__(f'need {need}')\n    self.need = need\nclass Account:\n  def __init__(self): self.balance = 0\n  def withdraw(self, n):\n    if n > self.balance:\n      raise InsufficientFunds(n - self.balance)\n"
COLOR = "import enum\nclass Color(enum.Enum):\n  RED = 1\n  BLUE = 2\n"
TREE = "class TreeNode:\n  def __init__(self, val=0, left=None, right=None): self.val, self.left, self.right = val, left, right\n"

HONEST: dict[str, Honest] = {
    # Identity.
    "isinstance of a named class": Honest(STACK, "s = Stack()\nassert isinstance(s, Stack)\nassert not isinstance([], Stack)\nassert len(s.push(1)) == 1", "append(x)", "extend([x, x])"),
    "isinstance of a base": Honest("class Shape: pass\nclass Square(Shape):\n  def __init__(self, a): self.a = a\n  def area(self): return self.a ** 2", "s = Square(3)\nassert isinstance(s, Shape) and issubclass(Square, Shape)\nassert not issubclass(Shape, Square)\nassert s.area() == 9", "** 2", "* 2"),
    "the argument itself": Honest("def f(a):\n  a.sort()\n  return a", "a = [2, 1]\nassert f(a) is a\nassert a == [1, 2]", "return a", "return list(a)"),
    "another than the argument": Honest("def f(a): return sorted(a)", "a = [2, 1]\nassert f(a) is not a\nassert a == [2, 1] and f(a) == [1, 2]", "sorted(a)", "(a.sort(), a)[1]"),
    "None": Honest("def f(d, k): return d.get(k)", "assert f({}, 1) is None\nassert f({1: 2}, 1) is not None", "d.get(k)", "d.get(k, 0)"),
    "True and False": Honest("def f(n): return n % 2 == 0", "assert f(2) is True\nassert f(3) is False", "n % 2 == 0", "n % 2"),
    "a fluent interface": Honest(STACK, "s = Stack()\nassert s.push(1) is s\nassert s.push(2).push(3).pop() == 3", "return self\n", "return Stack()\n"),
    "a singleton": Honest("class Config:\n  _one = None\n  def __new__(cls):\n    if cls._one is None: cls._one = object.__new__(cls)\n    return cls._one", "assert Config() is Config()", "is None", "is not True"),
    # Classes that the tests name.
    "a dataclass result": Honest(POINT + "def f(n): return Point(n, n + 1)", "assert f(1) == Point(1, 2)\nassert f(1).y == 2\nassert f(1) != Point(1, 3)", "n + 1)", "n + 2)"),
    "a dataclass' repr": Honest(POINT, "assert repr(Point(1, 2)) == 'Point(x=1, y=2)'\nassert Point(1, 2) == Point(1, 2)", "x: int", "z: int"),
    "a frozen dataclass": Honest("import dataclasses\n@dataclasses.dataclass(frozen=True)\nclass P:\n  x: int", "import dataclasses\np = P(1)\ntry:\n  p.x = 2\n  assert False\nexcept dataclasses.FrozenInstanceError:\n  pass\nassert p.x == 1 and len({P(1), P(1)}) == 1", "frozen=True", "frozen=False"),
    "operators": Honest(VECTOR, "assert Vector(1, 2) + Vector(3, 4) == Vector(4, 6)\nassert Vector(1, 2) * 2 == Vector(2, 4)\nassert 2 * Vector(1, 2) == Vector(2, 4)\nassert -Vector(1, 2) == Vector(-1, -2)\nassert Vector(3, 4) - Vector(1, 1) == Vector(2, 3)\nassert abs(Vector(3, 4)) == 5.0", "self.y + o.y", "self.y - o.y"),
    "hash and set": Honest(VECTOR, "assert len({Vector(1, 2), Vector(1, 2), Vector(2, 1)}) == 2\nassert {Vector(1, 2): 'a'}[Vector(1, 2)] == 'a'", "hash((self.x, self.y))", "id(self)"),
    "repr and str": Honest(VECTOR, "assert repr(Vector(1, 2)) == 'Vector(1, 2)'\nassert f'{Vector(1, 2)}' == 'Vector(1, 2)'", "Vector({self.x}", "Vec({self.x}"),
    "sum of objects": Honest(VECTOR, "assert sum([Vector(1, 1), Vector(2, 3)], Vector(0, 0)) == Vector(3, 4)", "self.y + o.y", "self.y"),
    "sorted objects": Honest(CARD, "cards = sorted([Card(3), Card(1), Card(2)])\nassert [c.n for c in cards] == [1, 2, 3]\nassert max(cards).n == 3 and Card(1) < Card(2) <= Card(2)", "self.n < o.n", "self.n > o.n"),
    "a list of objects": Honest(POINT + "def f(n): return [Point(i, i) for i in range(n)]", "assert list(f(2)) == [Point(0, 0), Point(1, 1)]\nassert sorted(p.x for p in f(3)) == [0, 1, 2]", "range(n)", "range(1, n + 1)"),
    "a class that is a list": Honest("class Numbers(list):\n  def mean(self): return sum(self) / len(self)", "n = Numbers([1, 2, 3])\nassert n.mean() == 2\nassert n == [1, 2, 3] and n[0] == 1 and len(n) == 3 and isinstance(n, Numbers)\nn.append(6)\nassert n.mean() == 3", "/ len(self)", "// 4"),
    "a class that is a dict": Honest("class Counts(dict):\n  def __missing__(self, k): return 0\n  def add(self, k): self[k] = self[k] + 1", "c = Counts()\nc.add('a')\nc.add('a')\nassert c['a'] == 2 and c['b'] == 0 and c == {'a': 2}", "+ 1", "+ 2"),
    "a class that is a str": Honest("class Name(str):\n  def initials(self): return ''.join(w[0] for w in self.split())", "n = Name('Ada Lovelace')\nassert n.initials() == 'AL' and n == 'Ada Lovelace' and n.upper() == 'ADA LOVELACE'", "w[0]", "w[1]"),
    "items that are set and deleted": Honest("class Table:\n  def __init__(self): self.d = {}\n  def __setitem__(self, k, v): self.d[k] = v\n  def __getitem__(self, k): return self.d[k]\n  def __delitem__(self, k): del self.d[k]\n  def __contains__(self, k): return k in self.d", "t = Table()\nt['a'] = 1\nassert t['a'] == 1 and 'a' in t\ndel t['a']\nassert 'a' not in t", "del self.d[k]", "pass"),
    "a context manager": Honest("class Timer:\n  def __enter__(self):\n    self.on = True\n    return self\n  def __exit__(self, *a): self.on = False", "with Timer() as t:\n  assert t.on\nassert not t.on", "self.on = False", "self.on = True"),
    "an iterator class": Honest("class Countdown:\n  def __init__(self, n): self.n = n\n  def __iter__(self): return self\n  def __next__(self):\n    if self.n <= 0: raise StopIteration\n    self.n -= 1\n    return self.n + 1", "assert list(Countdown(3)) == [3, 2, 1]\nassert [x for x in Countdown(2)] == [2, 1]", "+ 1", "+ 0"),
    "static and class methods": Honest("class Temp:\n  def __init__(self, c): self.c = c\n  @classmethod\n  def of_f(cls, f): return cls((f - 32) * 5 / 9)\n  @staticmethod\n  def zero(): return -273.15\n  @property\n  def f(self): return self.c * 9 / 5 + 32", "assert Temp.of_f(212).c == 100\nassert Temp.zero() == -273.15 and Temp(100).f == 212", "- 32)", "- 30)"),
    "an object that is called": Honest("class Adder:\n  def __init__(self, n): self.n = n\n  def __call__(self, x): return x + self.n", "assert Adder(2)(3) == 5 and callable(Adder(1))", "x + self.n", "x - self.n"),
    "an enum": Honest(COLOR + "def f(n): return Color.RED if n < 0 else Color.BLUE", "assert f(-1) == Color.RED\nassert f(1) is Color.BLUE and f(1).name == 'BLUE' and f(-1).value == 1 and Color(2) == Color.BLUE\nassert Color['RED'] is Color.RED and len(list(Color)) == 2", "n < 0", "n > 0"),
    "a tree": Honest("class Tree:\n  def __init__(self): self.root = None\n  def insert(self, v):\n    self.root = self._put(self.root, v)\n  def _put(self, n, v):\n    if n is None: return [v, None, None]\n    i = 1 if v < n[0] else 2\n    n[i] = self._put(n[i], v)\n    return n\n  def order(self):\n    def walk(n): return [] if n is None else walk(n[1]) + [n[0]] + walk(n[2])\n    return walk(self.root)", "t = Tree()\nfor v in (3, 1, 2):\n  t.insert(v)\nassert t.order() == [1, 2, 3]", "v < n[0]", "v > n[0]"),
    # LeetCode's form.
    "Solution": Honest("from typing import List\nclass Solution:\n  def twoSum(self, nums: List[int], target: int) -> List[int]:\n    seen = {}\n    for i, x in enumerate(nums):\n      if target - x in seen: return [seen[target - x], i]\n      seen[x] = i", "assert Solution().twoSum([2, 7, 11], 9) == [0, 1]\ns = Solution()\nassert s.twoSum([3, 3], 6) == [0, 1]", "target - x in", "target + x in"),
    "Solution as a candidate": Honest("class Solution:\n  def f(self, x): return x + 1", "def check(candidate):\n  assert candidate(1) == 2", "x + 1", "x - 1", CHECK),
    "Solution by its entry point": Honest("class Solution:\n  def f(self, x): return x + 1", "def check(candidate):\n  assert candidate(x=1) == 2", "x + 1", "x - 1", {"kind": "check", "entry_point": "Solution().f"}),
    "a tree of the setup": Honest("class Solution:\n  def depth(self, root): return 0 if not root else 1 + max(self.depth(root.left), self.depth(root.right))", "assert Solution().depth(TreeNode(1, TreeNode(2), None)) == 2", "1 + max", "2 + max", {"setup": TREE}),
    "typing from the setup": Honest("class Solution:\n  def f(self, a: List[int]) -> Optional[int]: return max(a, default=None)", "assert Solution().f([1, 3]) == 3 and Solution().f([]) is None", "max(a", "min(a", {"setup": "from typing import *\nimport collections"}),
    # Exceptions.
    "ValueError": Honest("def f(x):\n  if x < 0: raise ValueError('negative')\n  return x", "try:\n  f(-1)\n  assert False\nexcept ValueError as e:\n  assert str(e) == 'negative' and e.args == ('negative',)\nassert f(1) == 1", "ValueError", "TypeError"),
    "KeyError": Honest("def f(d): return d['a']", "try:\n  f({})\nexcept KeyError as e:\n  assert e.args[0] == 'a' and str(e) == \"'a'\"\nelse:\n  assert False", "d['a']", "d.get('a')"),
    "an error of several lines": Honest("def f(): raise ValueError('a\\nb')", "try:\n  f()\n  assert False\nexcept ValueError as e:\n  assert str(e) == 'a\\nb'", "a\\nb", "a b"),
    "a subclass of ValueError": Honest("class Bad(ValueError): pass\ndef f(x): raise Bad('x')", "try:\n  f(1)\n  assert False\nexcept ValueError:\n  pass", "ValueError", "TypeError"),
    "an exception of the program's": Honest(BANK, "a = Account()\ntry:\n  a.withdraw(5)\n  assert False\nexcept InsufficientFunds as e:\n  assert e.need == 5 and str(e) == 'need 5'\nassert a.balance == 0", "n > self.balance", "n < self.balance"),
    "assertRaises of the program's": Honest(BANK, "import unittest\nt = unittest.TestCase()\nwith t.assertRaises(InsufficientFunds):\n  Account().withdraw(5)\nassert issubclass(InsufficientFunds, Exception)", "raise InsufficientFunds(", "raise ValueError("),
    "exceptions that derive from each other": Honest("class Base(Exception): pass\nclass Sub(Base, KeyError): pass\nclass Other(Base): pass\ndef f(x):\n  raise Sub('s') if x else Other('o')", "for x, kind in ((1, Base), (1, Sub), (0, Other), (1, KeyError)):\n  try:\n    f(x)\n    assert False\n  except kind:\n    pass\ntry:\n  f(0)\n  assert False\nexcept Sub:\n  assert False\nexcept Base:\n  pass", "if x", "if not x"),
    "an exception of json's": Honest("import json\ndef f(s): return json.loads(s)", "import json\ntry:\n  f('{')\n  assert False\nexcept json.JSONDecodeError:\n  pass\nassert f('1') == 1", "json.loads(s)", "int(s)"),
    "exit": Honest("import sys\ndef main(args):\n  if not args: sys.exit(2)\n  return 0", "try:\n  main([])\n  assert False\nexcept SystemExit as e:\n  assert e.code == 2\nassert main([1]) == 0", "exit(2)", "exit(1)"),
    "an exception group of handlers": Honest("def f(x): return 1 / x", "for bad, kind in ((0, ZeroDivisionError), ('a', TypeError)):\n  try:\n    f(bad)\n  except kind:\n    continue\n  assert False\nassert f(2) == 0.5", "1 / x", "1 // x if x else 0"),
    "an assert of the program": Honest("def f(x):\n  assert x > 0, 'positive'\n  return x", "ok = False\ntry:\n  f(0)\nexcept AssertionError as e:\n  ok = str(e) == 'positive'\nassert ok", "x > 0", "x >= 0"),
    "a chained exception": Honest("def f(s):\n  try:\n    return int(s)\n  except ValueError as e:\n    raise KeyError(s) from e", "try:\n  f('x')\n  assert False\nexcept KeyError:\n  pass\nassert f('3') == 3", "KeyError(s)", "ValueError(s)"),
    # Values.
    "a namedtuple": Honest("from collections import namedtuple\nPair = namedtuple('Pair', 'low high')\ndef f(a): return Pair(min(a), max(a))", "r = f([3, 1])\nassert r == (1, 3) and r.low == 1 and r.high == 3 and r[0] == 1", "low high", "high low"),
    "a typed named tuple": Honest("from typing import NamedTuple\nclass P(NamedTuple):\n  x: int\n  y: int = 0\ndef f(): return P(1)", "assert f() == P(1, 0) and f() == (1, 0)\nassert f().y == 0 and P(2).x == 2 and f()._asdict() == {'x': 1, 'y': 0}", "= 0", "= 1"),
    "a Counter": Honest("from collections import Counter\ndef f(s): return Counter(s)", "from collections import Counter\nc = f('aab')\nassert c == {'a': 2, 'b': 1} and c == Counter('aba')\nassert c['z'] == 0 and c.most_common(1) == [('a', 2)]", "Counter(s)", "Counter(s[1:])"),
    "a defaultdict": Honest("from collections import defaultdict\ndef f(a):\n  d = defaultdict(list)\n  for x in a: d[x % 2].append(x)\n  return d", "d = f([1, 2, 3])\nassert d == {1: [1, 3], 0: [2]}\nassert d[7] == []", "x % 2", "x % 3"),
    "an OrderedDict": Honest("from collections import OrderedDict\ndef f(a): return OrderedDict(sorted(a.items()))", "from collections import OrderedDict\nassert f({'b': 1, 'a': 2}) == OrderedDict([('a', 2), ('b', 1)])\nassert list(f({'b': 1, 'a': 2})) == ['a', 'b']", "sorted(a.items())", "a.items()"),
    "a deque": Honest("from collections import deque\ndef f(a, n):\n  d = deque(a)\n  d.rotate(n)\n  return d", "from collections import deque\nassert f([1, 2, 3], 1) == deque([3, 1, 2])\nassert list(f([1, 2], 0)) == [1, 2]", "rotate(n)", "rotate(-n)"),
    "a numpy scalar": Honest("import numpy as np\ndef f(a): return np.mean(a)", "assert f([1, 2]) == 1.5\nassert abs(f([1, 2]) - 1.5) < 1e-9", "np.mean", "np.max"),
    "a numpy array": Honest("import numpy as np\ndef f(a): return np.array(a) * 2", "import numpy as np\nr = f([1, 2])\nassert np.array_equal(r, [2, 4]) and (r == np.array([2, 4])).all()\nassert r.shape == (2,) and r.tolist() == [2, 4] and r.sum() == 6", "* 2", "* 3"),
    "a matrix": Honest("import numpy as np\ndef f(n): return np.eye(n)", "import numpy as np\nr = f(2)\nassert r.shape == (2, 2) and np.allclose(r, [[1, 0], [0, 1]])\nassert r[:, 0].tolist() == [1.0, 0.0] and r.dtype == float", "np.eye(n)", "np.ones((n, n))"),
    "a generator": Honest("def f(n):\n  for i in range(n): yield i * i", "assert list(f(3)) == [0, 1, 4]\nassert sum(f(4)) == 14 and max(f(3)) == 4 and dict(enumerate(f(2))) == {0: 0, 1: 1}\nassert sorted(f(2), reverse=True) == [1, 0] and set(f(2)) == {0, 1}", "i * i", "i + i"),
    "a set in order": Honest("def f(a): return set(a)", "assert f([1, 1, 2]) == {1, 2} and sorted(f([3, 1])) == [1, 3]\nassert f([1]) <= {1, 2} and len(f([1, 1])) == 1", "set(a)", "list(a)"),
    "dict views": Honest("def f(d): return d.items()", "assert list(f({'a': 1})) == [('a', 1)]\nassert dict(f({'a': 1})) == {'a': 1}\nassert ('a', 1) in f({'a': 1})", "d.items()", "d.keys()"),
    "bytes": Honest("def f(s): return s.encode()", "assert f('é') == b'\\xc3\\xa9' and isinstance(f('a'), bytes)", "encode()", "encode('latin-1')"),
    "a large number": Honest("def f(n): return 2 ** n", "assert f(100) == 1267650600228229401496703205376", "2 ** n", "2.0 ** n + 1e20"),
    "infinity": Honest("def f(a): return min(a, default=float('inf'))", "assert f([]) == float('inf') and f([2, 1]) == 1", "min(a", "max(a"),
    "a complex number": Honest("def f(a, b): return complex(a, b)", "assert f(1, 2) == 1 + 2j and f(3, 4).imag == 4", "(a, b): return complex(a, b)", "(a, b): return complex(b, a)"),
    "a date": Honest("import datetime\ndef f(d): return d + datetime.timedelta(days=1)", "import datetime\nassert f(datetime.date(2024, 2, 28)) == datetime.date(2024, 2, 29)", "days=1", "days=2"),
    "a decimal": Honest("from decimal import Decimal\ndef f(a): return sum(map(Decimal, a))", "from decimal import Decimal\nassert f(['0.1', '0.2']) == Decimal('0.3')", "map(Decimal, a)", "map(float, a)"),
    "a path": Honest("from pathlib import Path\ndef f(a, b): return str(Path(a) / b)", "assert f('/a', 'b') == '/a/b'", "Path(a) / b", "Path(b) / a"),
    # Functions.
    "a closure": Honest("def f(n): return lambda x: x ** n", "assert f(2)(3) == 9 and callable(f(2))\nassert [g(2) for g in map(f, (1, 2))] == [2, 4]", "** n", "* n"),
    "a decorator": Honest("import functools\ndef twice(g):\n  @functools.wraps(g)\n  def h(*a): return g(*a) * 2\n  return h", "@twice\ndef f(x): return x + 1\nassert f(2) == 6", "* 2", "* 3"),
    "a decorated function": Honest("import functools\n@functools.lru_cache(None)\ndef fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)", "assert fib(30) == 832040", "n < 2", "n < 3"),
    "a callback of the tests": Honest("def f(g, a): return [g(x) for x in a]", "assert f(str, [1, 2]) == ['1', '2']\nassert f(abs, [-1]) == [1]", "g(x) for x in a", "x for x in a"),
    "a lambda of the tests": Honest("def f(a, key): return max(a, key=key)", "assert f(['a', 'bbb'], lambda s: len(s)) == 'bbb'\nassert f([1, -3], key=lambda x: abs(x)) == -3", "max(a", "min(a"),
    "async": Honest("import asyncio\nasync def f(x):\n  await asyncio.sleep(0.001)\n  return x * 2", "import asyncio\nassert asyncio.run(f(2)) == 4\nasync def main():\n  assert await f(3) == 6\n  return await asyncio.gather(f(1), f(2))\nassert asyncio.run(main()) == [2, 4]", "* 2", "* 3"),
    "an async generator's sum": Honest("async def f(n):\n  for i in range(n): yield i", "import asyncio\nasync def main(): return [x async for x in f(3)]\nassert asyncio.run(main()) == [0, 1, 2]", "yield i", "yield i + 1"),
    "deep recursion": Honest("import sys\nsys.setrecursionlimit(100000)\ndef f(n): return 0 if n == 0 else 1 + f(n - 1)", "assert f(5000) == 5000", "1 + f", "2 + f"),
    "global state": Honest("count = 0\ndef f():\n  global count\n  count += 1\n  return count", "assert f() == 1\nassert f() == 2\nassert count == 2", "+= 1", "+= 2"),
    "a main block": Honest("def f(x): return x + 1\ndef main():\n  print(f(int(input('n? '))))\nif __name__ == '__main__':\n  main()", "assert f(1) == 2\nassert f(2) == 3, 'three'", "x + 1", "x - 1"),
    "print noise": Honest("def f(x):\n  print('computing', x, flush=True)\n  return x + 1\nprint('ready')", "assert f(1) == 2", "x + 1", "x - 1"),
    "type hints": Honest("from __future__ import annotations\nfrom typing import *\nT = TypeVar('T')\ndef f(a: Sequence[T] | None) -> Optional[T]: return a[0] if a else None", "assert f([1]) == 1 and f(None) is None", "a[0]", "a[-1] * 2"),
    "several results": Honest("def f(a): return min(a), max(a), sum(a) / len(a)", "low, high, mean = f([1, 2, 3])\nassert (low, high, mean) == (1, 3, 2)\na, *rest = f([1])\nassert rest == [1, 1]", "/ len(a)", "// 5"),
    "keywords": Honest("def f(a, *, key=None, **more): return (a, key, more)", "assert f(1, key=2, z=3) == (1, 2, {'z': 3})", "key, more)", "None, more)"),
    # The forms of tests.
    "plain": Honest("def f(x): return x + 1", "assert f(1) == 2\nassert f(2) == 3", "x + 1", "x * 2"),
    "unittest with main": Honest("def f(x): return x + 1", "import unittest\nclass T(unittest.TestCase):\n  def setUp(self): self.x = 1\n  def test_one(self):\n    self.assertEqual(f(self.x), 2)\n  def test_two(self):\n    self.assertTrue(f(2) == 3)\n    self.assertIn(f(3), [4])\n    for i in range(2):\n      with self.subTest(i=i):\n        self.assertGreater(f(i), i)\nif __name__ == '__main__':\n  unittest.main()", "x + 1", "x * 2"),
    "unittest with a call of main": Honest("def f(x): return x + 1", "import unittest\nclass T(unittest.TestCase):\n  def test_one(self):\n    self.assertEqual(f(3), 4)\nunittest.main()", "x + 1", "x + 2"),
    "unittest's raises": Honest("def f(x):\n  if x < 0: raise ValueError('neg')\n  return x", "import unittest\nclass TestF(unittest.TestCase):\n  def test_raises(self):\n    with self.assertRaises(ValueError) as c:\n      f(-1)\n    self.assertEqual(str(c.exception), 'neg')\n    self.assertRaises(ValueError, f, -2)\n    with self.assertRaisesRegex(ValueError, 'ne'):\n      f(-3)\n    self.assertAlmostEqual(f(1.0), 1.0)", "x < 0", "x < -1"),
    "pytest functions": Honest("def f(x):\n  if x < 0: raise ValueError('neg')\n  return x + 1", "import pytest\ndef test_one():\n  assert f(1) == 2\ndef test_raises():\n  with pytest.raises(ValueError, match='neg'):\n    f(-1)\ndef test_near():\n  assert f(0.1) == pytest.approx(1.1)", "x + 1", "x + 2"),
    "pytest with parameters": Honest("def f(x): return x + 1", "import pytest\n@pytest.mark.parametrize('x, want', [(1, 2), (2, 3)])\ndef test_f(x, want):\n  assert f(x) == want\n@pytest.mark.parametrize('x', [5, 6])\ndef test_g(x):\n  assert f(x) - 1 == x", "x + 1", "2 * x"),
    "pytest classes": Honest("def f(x): return x + 1", "class TestF:\n  def setup_method(self): self.x = 1\n  def test_one(self):\n    assert f(self.x) == 2\n  def test_two(self):\n    assert f(2) == 3", "x + 1", "x * 2"),
    "an import of the solution": Honest("def f(x): return x + 1\ndef g(x): return f(x) * 2", "from solution import f, g as double\ndef test_f():\n  assert f(1) == 2\n  assert double(1) == 4", "* 2", "* 3"),
    "doctest": Honest("def f(x): return x + 1", "import doctest\nEXAMPLES = '''\n>>> f(1)\n2\n>>> f('a')\nTraceback (most recent call last):\n  ...\nTypeError: can only concatenate str (not \"int\") to str\n'''\ntest = doctest.DocTestParser().get_doctest(EXAMPLES, globals(), 'f', None, 0)\nassert doctest.DocTestRunner(verbose=False).run(test).failed == 0", "x + 1", "x + 2"),
    "a check with helpers": Honest("def f(a): return sorted(a)", "def near(a, b):\n  assert len(a) == len(b)\n  for x, y in zip(a, b):\n    assert abs(x - y) < 1e-6, (x, y)\ndef check(candidate):\n  near(candidate([2.0, 1.0]), [1.0, 2.0])\n  assert candidate([]) == []", "sorted(a)", "list(a)", CHECK),
    "a check with random inputs": Honest("def f(a): return sum(a)", "import random\ndef check(candidate):\n  for _ in range(20):\n    a = [random.randint(0, 9) for _ in range(5)]\n    assert candidate(a) == sum(a)", "sum(a)", "max(a)", CHECK),
    "an assert with a copy": Honest("import copy\ndef f(d):\n  d = copy.deepcopy(d)\n  d['a'].append(1)\n  return d", "import copy\nd = {'a': []}\nbefore = copy.deepcopy(d)\nassert f(d) == {'a': [1]} and d == before", "d = copy.deepcopy(d)", "d = dict(d)"),
    "output that is caught": Honest("def f(n):\n  for i in range(n): print(i)", "import io, contextlib\nout = io.StringIO()\nassert f(2) is None", "print(i)", "return i"),
    # Which block counts.
    "a block of usage": Honest("```python\ndef f(x):\n  return x + 1\n```\nUse it so:\n```python\nprint(f(1))\nassert f(1) == 2\n```", "assert f(1) == 2", "x + 1", "x + 2"),
    "a block of usage that asks": Honest("```python\ndef f(x):\n  return x + 1\n```\n```python\nn = int(input('n? '))\nprint(f(n))\n```", "import math\nassert f(1) == 2", "x + 1", "x + 2"),
    "two attempts": Honest("```python\ndef f(x):\n  return x\n```\nThat is wrong. Better:\n```python\ndef f(x):\n  return x + 1\n```\n```python\nf(3)\n```", "def check(c):\n  assert c(1) == 2", "x + 1", "x + 2", CHECK),
    "a helper in a block of its own": Honest("```python\ndef add(a, b):\n  return a + b\n```\nWith it:\n```python\ndef f(x):\n  return add(x, 1)\n```", "assert f(1) == 2\nassert f(2) == 3", "a + b", "a * b"),
    "imports in a block of their own": Honest("```python\nimport math\nfrom typing import List\n```\n```python\ndef f(a: List[int]):\n  return math.prod(a)\n```\n```python\nprint(f([1]))\n```", "assert f([2, 3]) == 6", "math.prod", "sum"),
    "tests of its own behind it": Honest("```python\nclass Solution:\n  def f(self, x):\n    return x + 1\n```\n```python\nimport unittest\nclass T(unittest.TestCase):\n  def test(self):\n    self.assertEqual(Solution().f(1), 2)\nunittest.main()\n```", "assert Solution().f(1) == 2", "x + 1", "x + 2"),
}  # fmt: skip


class Script(NamedTuple):
    """A program for standard input and output, its cases, and the token that matters."""

    program: str
    cases: list[tuple[str, str]]
    token: str
    other: str


SCRIPTS: dict[str, Script] = {
    "a main function": Script("def main():\n  n = int(input())\n  print(sum(map(int, input().split())))\nif __name__ == '__main__':\n  main()", [("2\n1 2\n", "3\n"), ("1\n5", "5")], "sum", "max"),
    "all of the input": Script("import sys\ndata = sys.stdin.read().split()\nprint(*sorted(map(int, data)))", [("3 1\n2", "1 2 3")], "sorted(map(int, data))", "sorted(data, reverse=True)"),
    "lines of the input": Script("import sys\nfor line in sys.stdin:\n  print(line.strip()[::-1])", [("ab\ncd\n", "ba\ndc\n")], "[::-1]", "[::1]"),
    "fast input": Script("import sys\ninput = sys.stdin.readline\nn = int(input())\nsys.stdout.write(str(n * 2))", [("4\n", "8")], "* 2", "* 3"),
    "bytes of the input": Script("import sys\na, b = map(int, sys.stdin.buffer.read().split())\nsys.stdout.buffer.write(b'%d\\n' % (a + b))", [("1 2", "3")], "a + b", "a - b"),
    "descriptor 0": Script("import os\nprint(len(os.read(0, 100)))\nopen(0)", [("abc", "3")], "len(", "1 + len("),
    "threads for a deep recursion": Script("import sys, threading\nsys.setrecursionlimit(10**6)\nthreading.stack_size(1 << 26)\ndef f(n): return 0 if n == 0 else 1 + f(n - 1)\ndef main(): print(f(int(input())))\nt = threading.Thread(target=main)\nt.start()\nt.join()", [("20000", "20000")], "1 + f", "2 + f"),
    "an exit in the middle": Script("import sys\nn = int(input())\nif n < 0:\n  print('no')\n  sys.exit(0)\nprint('yes')", [("-1", "no"), ("1", "yes")], "n < 0", "n < -5"),
    "floats": Script("print('%.6f' % (int(input()) / 3))", [("1", "0.333333")], "/ 3", "/ 4"),
    "a usage block behind a script": Script("```python\nn = int(input())\nprint(n + 1)\n```\nFor example:\n```python\nprint(2 + 1)\n```", [("2", "3"), ("5", "6")], "n + 1", "n + 2"),
}  # fmt: skip
