# ruff: noqa: E501
"""Limits: of memory that the kernel holds for a program, threads, files, the tester, what the caller reads; and one row never ends a grading."""

import json
from typing import Any

import pytest
from tests.verifiers.attacks.programs import FUNCTION, LIMITS, WIRE, judged, printed
from tests.verifiers.code_problems import CALLS, RIGHT, SETTINGS, problem, trace

from stillhouse.verifiers.code.jail import values
from stillhouse.verifiers.code.jail.client import Jail
from stillhouse.verifiers.code.jail.pipes import messages
from stillhouse.verifiers.code.verifier import Code
from stillhouse.verifiers.pool.pool import Pool

SOCKETS = """
import ctypes, os, socket
L = ctypes.CDLL(None, use_errno=True)
socks, total = [], 0
try:
    while True: socks += socket.socketpair()
except OSError: pass
for s in socks:
    s.setblocking(False)
    try:
        while True: total += s.send(b'x' * 200000)
    except OSError: pass
print('PWN' if total > 64 << 20 else total)
"""
PIPES = """
import os
total, pipes = 0, []
try:
    while True: pipes.append(os.pipe())
except OSError: pass
for _, w in pipes:
    os.set_blocking(w, False)
    try:
        while True: total += os.write(w, b'x' * 65536)
    except OSError: pass
print('PWN' if total > 64 << 20 else total)
"""
# Ideas that hold memory, threads or files beyond the limits: each prints PWN where it got what it wanted.
GREEDY = {
    "socket buffers": SOCKETS,
    "larger socket buffers": SOCKETS.replace("s.setblocking", "s.setsockopt(1, 7, 1 << 24); s.setblocking"),
    "pipe buffers": PIPES,
    "a second table of descriptors": "import ctypes\nL = ctypes.CDLL(None)\nL.clone.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p]\nst = ctypes.create_string_buffer(16384)\nr = L.clone(ctypes.cast(L.pause, ctypes.c_void_p).value, (ctypes.addressof(st) + 16384) & ~15, 0x10900, None)\nprint('PWN' if r > 0 else 'no')",
    "8,000 bare threads": "import ctypes, time\nL = ctypes.CDLL(None)\nL.clone.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p]\npause = ctypes.cast(L.pause, ctypes.c_void_p).value\nst = ctypes.create_string_buffer(8000 * 4096)\nn = sum(L.clone(pause, (ctypes.addressof(st) + 4096 * i) & ~15, 0x10F00, None) > 0 for i in range(1, 8000))\nprint('PWN' if n > 256 else n)",
    "8,000 threads with small stacks": "import ctypes, time\nL = ctypes.CDLL(None)\na = ctypes.create_string_buffer(64); t = ctypes.c_ulong()\nL.pthread_attr_init(a); L.pthread_attr_setstacksize(a, ctypes.c_size_t(16384))\nn = sum(L.pthread_create(ctypes.byref(t), a, L.pause, None) == 0 for _ in range(8000))\ntime.sleep(0.3)\nprint('PWN')",
    "1,000 threads of Python": "import threading, time\nthreading.stack_size(32768)\nfor _ in range(1000): threading.Thread(target=time.sleep, args=(5,), daemon=True).start()\ntime.sleep(0.3)\nprint('PWN')",
    "threads that make threads": "import threading, time\nthreading.stack_size(32768)\ndef go(n):\n  if n: [threading.Thread(target=go, args=(n - 1,), daemon=True).start() for _ in range(8)]\n  time.sleep(5)\ngo(4)\ntime.sleep(0.3)\nprint('PWN')",
    "100,000 files": "import os\nfor i in range(100_000): open(f'f{i}', 'w').close()\nprint('PWN')",
    "100,000 folders": "import os\nfor i in range(100_000): os.mkdir(f'd{i}')\nprint('PWN')",
    "a large file": "f = open('f', 'wb')\nfor _ in range(200): f.write(bytes(1 << 20))\nf.flush()\nprint('PWN')",
    "a file with a hole": "import os\nf = open('f', 'wb')\nos.posix_fallocate(f.fileno(), 0, 1 << 30)\nprint('PWN')",
    "memory": "x = bytearray(1 << 30)\nprint('PWN')",
    "shared memory": "import mmap\nx = [mmap.mmap(-1, 1 << 28) for _ in range(8)]\nprint('PWN')",
    "memory that nothing maps": "import mmap\nx = mmap.mmap(-1, 1 << 40, flags=mmap.MAP_PRIVATE | mmap.MAP_NORESERVE)\nprint('PWN')",
    "memory by brk": "import ctypes\nL = ctypes.CDLL(None)\nL.sbrk.restype = ctypes.c_void_p\nprint('PWN' if L.sbrk(ctypes.c_ssize_t(1 << 30)) != 2**64 - 1 else 'no')",
    "memory by mremap": "import mmap\nm = mmap.mmap(-1, 1 << 20)\nm.resize(1 << 30)\nprint('PWN')",
    "memory of a row that asks for more": "x = bytearray(1 << 30)\nprint('PWN')",
    "a zip of zeros": "import zlib\nd = zlib.compress(bytes(1 << 20))\nx = [zlib.decompress(d) for _ in range(2000)]\nprint('PWN')",
    "an integer without end": "x = 9**9**9\nprint('PWN')",
    "output without end": "while True: print('PWN')",
    "output of NULs": "import os\nwhile True: os.write(1, bytes(1 << 16))",
    "output from threads": "import threading\ndef p():\n  while True: print('PWN')\nfor _ in range(9): threading.Thread(target=p).start()",
    "right, and asleep": "import time\nprint('PWN', flush=True)\ntime.sleep(99)",
    "right, and busy": "print('PWN', flush=True)\nwhile True: pass",
    "right, and killed": "import os\nprint('PWN', flush=True)\nos.kill(os.getpid(), 11)",
    "right, with an exit code": "print('PWN')\nraise SystemExit(1)",
    "right, with an exception": "print('PWN')\nraise ValueError",
    "right, and an exit handler that fails": "import atexit, os\nprint('PWN', flush=True)\natexit.register(os._exit, 3)",
    "a pattern without end": "import re\nre.match('(a*)*b', 'a' * 40)\nprint('PWN')",
    "colliding hashes": "d = {i * (2**61 - 1): 0 for i in range(200_000)}\nprint('PWN')",
    "sleep in slices": "import time\nwhile True: time.sleep(0.2)",
    "waiting for itself": "import threading\nl = threading.Lock(); l.acquire(); l.acquire()",
    "an epoll without end": "import select\nselect.epoll().poll()",
    "an event that nobody sends": "import os\nos.eventfd_read(os.eventfd(0))",
    "deaf to signals": "import signal\nfor n in range(1, 32):\n  try: signal.signal(n, signal.SIG_IGN)\n  except (OSError, ValueError): pass\nwhile True: pass",
}  # fmt: skip


@pytest.mark.parametrize("idea", GREEDY)
def test_a_program_gets_no_more_than_its_limits(code: Code, idea: str) -> None:
    found = printed(code, GREEDY[idea], memory_mb=1_000_000, cpu_seconds=600)
    assert found.outcome in ("wrong", "timeout"), found


def test_the_keeper_lives_on(code: Code) -> None:
    assert printed(code, "print('PWN')").outcome == "correct"


def test_a_row_cannot_ask_for_more_than_the_recipe_gives(code: Code) -> None:
    """It can ask for less."""
    tests = {"kind": "stdio", "cases": [{"input": "", "output": "1"}]}
    assert code.judge(problem(**tests, cpu_seconds=600), trace("while True: pass")).reason == "cpu: more than 1 s (case 1 of 1)"
    small = code.judge(problem(**tests, memory_mb=64), trace("x = bytearray(100 << 20)\nprint(1)"))
    assert small.reason == "memory: more than 64 MiB (case 1 of 1)"


@pytest.mark.parametrize(
    ("program", "reason"),
    [("import time\nwhile time.process_time() < 0.7: pass\nprint(input())", "cpu: more than 10 s"),
     ("import time\ntime.sleep(0.8)\nprint(input())", "wall: 11 s of waiting")],
)  # fmt: skip
def test_many_cases_have_limits_together(code: Code, program: str, reason: str) -> None:
    cases = [{"input": f"{i}\n", "output": f"{i}\n"} for i in range(40)]
    found = code.judge(problem(kind="stdio", cases=cases), trace(program))
    assert (found.outcome, found.reason) == ("timeout", f"{reason} in all cases together")


def test_few_threads_and_a_deep_stack_are_allowed(code: Code) -> None:
    threads = "import threading\nt = [threading.Thread(target=int) for _ in range(100)]\n[x.start() for x in t]\n[x.join() for x in t]\n"
    stack = "import resource, sys\nsoft, hard = resource.getrlimit(resource.RLIMIT_STACK)\nresource.setrlimit(resource.RLIMIT_STACK, (hard, hard))\n"
    assert printed(code, threads + stack + "sys.setrecursionlimit(10**6)\nprint('PWN')").outcome == "correct"


# What a program can make the tester, or the caller, work with.
TESTER = {
    "a list that grows": ("def f(x): return ['x' * 1000] * 15000", "r = []\nfor i in range(9): r.append(f(i))\nassert r == 0"),
    "an iterator without end": ("def f(x):\n  while True: yield x", "assert list(f(1)) == [1]"),
    "an iterable without end": ("import itertools\nclass I:\n  def __iter__(s): return itertools.count()\ndef f(x): return I()", "assert len(f(1)) == 1"),
    "a range without end": ("def f(x): return range(10**18)", "assert sum(f(1)) == 2"),
    "an integer that is long to write": ("def f(x): return 1 << 40_000_000", "assert len(str(f(1))) == 2"),
    "a power of the tests": ("def f(x): return 10**9", "assert 9 ** f(1) == 2"),
    "a fraction in words": (WIRE + FUNCTION + "recv(); send({'value': ['r', 'fractions.Fraction', '1e99999999']})\nrest()", "assert f(1) == 2"),
    "a fraction in numbers": ("import fractions\ndef f(x): return fractions.Fraction(1 << 9_000_000, 3)", "assert f(1) * f(1) * f(1) == 2"),
    "colliding keys": ("def f(x): return [i * (2**61 - 1) for i in range(60_000)]", "assert len(set(f(1))) == 2"),
    "a pattern": ("def f(x): return 'a' * 40", "import re\nassert re.match('(a*)*b', f(1))"),
    "deep lists": ("def f(x):\n  r = []\n  for _ in range(10**5): r = [r]\n  return r", "assert f(1) == []"),
    "a call that calls for ever": ("def f(x): return f", "g = f\nwhile True: g = g(1)"),
}  # fmt: skip


@pytest.mark.parametrize("idea", TESTER)
def test_the_tester_has_limits_of_its_own(code: Code, idea: str) -> None:
    program, tests = TESTER[idea]
    found = judged(code, program, tests if "assert" in tests else tests + "\nassert f(1)")
    assert found.outcome in ("wrong", "timeout"), found
    assert found.seconds < 8


def test_a_report_of_the_allowed_size_is_no_bomb_in_the_callers_memory() -> None:
    """Sixteen megabytes of `{},` would be 450 MB of dicts; counted over all messages, too."""
    body = b'{"value":[' + b"{}," * (5 << 20) + b"{}]}"
    assert messages(len(body).to_bytes(4, "little") + body) == []
    with pytest.raises(ValueError, match="parts"):
        values.load(body)
    small = b'{"value":[' + b"1," * 900_000 + b"1]}"
    assert len(messages((len(small).to_bytes(4, "little") + small) * 3)) == 2


REPORTS = {
    "dicts": "raw(b'{\"value\":[' + b'{},' * (5 << 20) + b'{}]}')",
    "many small frames": "w(b''.join(n(x) for x in [b'[]'] * 2_000_000))",
    "colliding keys": "raw(b'{\"value\":[\"s\",' + b','.join(b'[\"i\",\"%x\"]' % (i * (2**61 - 1)) for i in range(100_000)) + b']}')",
    "a decimal of megabytes": "raw(b'{\"value\":[\"r\",\"decimal.Decimal\",\"' + b'9' * (8 << 20) + b'\"]}')",
    "a fraction": "raw(b'{\"value\":[\"r\",\"fractions.Fraction\",\"1e99999999\"]}')",
    "hex digits": "raw(b'{\"value\":[\"i\",\"' + b'f' * (8 << 20) + b'\"]}')",
    "a range": "raw(b'{\"value\":[\"r\",\"builtins.range\",99999999999]}')",
    "an endless report": "while True: w(bytes(1 << 20))",
}  # fmt: skip
WRITER = "import os\ndef n(b): return len(b).to_bytes(4, 'little') + b\ndef w(b):\n  while b: b = b[os.write(3, b):]\ndef raw(b): w(n(b))\nimport stat\nfor i in range(3, 64):\n  try:\n    if stat.S_ISFIFO(os.fstat(i).st_mode): os.dup2(i, 3)\n  except OSError: pass\n"


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_that_the_program_writes_itself_is_wrong(code: Code, report: str) -> None:
    found = code.judge(problem(**CALLS), trace(WRITER + REPORTS[report] + "\nos._exit(0)"))
    assert found.outcome in ("wrong", "timeout"), found


def test_one_row_never_ends_a_grading() -> None:
    """Honest rows between all of these, in the pool's own processes."""
    rows: list[tuple[dict[str, Any], str]] = [
        ({"kind": "stdio", "cases": [{"input": "", "output": "PWN"}]}, p) for p in list(GREEDY.values())[:12]
    ]
    rows += [(CALLS, WRITER + r + "\nos._exit(0)") for r in REPORTS.values()]
    rows += [({"kind": "asserts", "code": t}, p) for p, t in list(TESTER.values())[:2]]
    rows += [
        (json.loads("{}"), RIGHT),
        ({"kind": "check", "code": "x"}, RIGHT),
        (CALLS, "\0"),
        (CALLS, "\ud800"),
        ({"kind": "asserts", "code": "\ud800"}, RIGHT),
    ]
    mixed = [pair for row in rows for pair in (row, (CALLS, RIGHT))]
    with Pool(2, SETTINGS) as pool:
        verdicts = list(pool.judge((problem(**tests), trace(program)) for tests, program in mixed))
    assert [v.outcome for v in verdicts[1::2]] == ["correct"] * len(rows)
    assert "correct" not in [v.outcome for v in verdicts[::2]]


def test_a_keeper_that_is_asked_often_has_no_descriptor_left_over(jail: Jail) -> None:
    for _ in range(3):
        assert jail.stdio("import os; print(os.open('/dev/null', os.O_RDONLY) < 8)", "", LIMITS).output == b"True\n"
