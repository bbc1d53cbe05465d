# ruff: noqa: E501
"""Counts of the kernel and the memory of who forks: what a program moves or leaves there, the next one does not read."""

import pytest
from tests.verifiers.attacks.programs import LIMITS
from tests.verifiers.code_problems import problem, trace

from stillhouse.records import Verdict
from stillhouse.verifiers.code.jail.client import Jail
from stillhouse.verifiers.code.repeats import Repeats

THREADS = "import threading\nfor _ in range(300):\n  t = threading.Thread(target=int); t.start(); t.join()"
FILES = "import os\nfor _ in range(300):\n  try: open('f', 'w').close(); os.unlink('f')\n  except OSError: pass"
# What a program finds in the frames that it was forked with, but for itself: the numbers, texts and dictionaries there.
INHERITED = """
import sys
frame, found = sys._getframe(1), []
while frame:
    found += [f'{k}={v!r}' for k, v in frame.f_locals.items() if type(v) in (int, float, str, bytes, dict) and k not in ('source', 'job', 'namespace')]
    frame = frame.f_back
print(found)
"""
COUNTS = {
    "its process number": (THREADS, "import os; print(os.getpid(), os.getppid())"),
    "a thread's number": (THREADS, "import threading\nn = []\nt = threading.Thread(target=lambda: n.append(threading.get_native_id())); t.start(); t.join(); print(n)"),
    "a thread's number from the call": (THREADS, "import ctypes\nL = ctypes.CDLL(None)\nprint(L.gettid(), L.syscall(218, 0))"),
    "its session": (THREADS, "import os; print(os.getsid(0), os.getpgrp())"),
    "the number of a file": (FILES, "import os\ntry: print(os.fstat(os.open('g', 66)).st_ino)\nexcept OSError: print('none')"),
    "the place of a name in its folder": (FILES, "import os\ntry:\n  os.open('g', 66)\n  import ctypes\n  b = ctypes.create_string_buffer(4096)\n  n = ctypes.CDLL(None).syscall(217, os.open('.', 0), b, 4096)\n  print(b.raw[:n])\nexcept OSError: print('none')"),
    "an exit code": ("import os; os._exit(77)", INHERITED),
    "a signal": ("import os; os.kill(os.getpid(), 11)", INHERITED),
    "an exception": ("raise ValueError('left 77')", INHERITED),
    "CPU time": ("import time\nwhile time.process_time() < 0.77: pass", INHERITED),
    "a time-out": ("import time; time.sleep(9)", INHERITED),
    "the most memory ever": ("x = bytearray(100 << 20)", "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 60 << 10, resource.getrusage(resource.RUSAGE_CHILDREN))"),
    "descriptors' numbers": ("import os; [os.eventfd(0) for _ in range(20)]", "import os; print([n for n in range(64) if not os.close(os.eventfd(0)) and n < 3], os.open('/dev/null', 0))"),
    "addresses": ("x = [bytes(n) for n in range(10_000)]", "print(id(object()) % (1 << 40))"),
}  # fmt: skip


@pytest.mark.parametrize("count", COUNTS)
def test_a_run_counts_as_it_would_alone(jail: Jail, count: str) -> None:
    move, look = COUNTS[count]
    with Jail(jail.rung) as other:
        other.stdio("", "", LIMITS)
        alone = [other.stdio(look, "", LIMITS).output for _ in range(2)]
    if count != "addresses":
        # Those differ between keepers, and are the same for all programs of one.
        assert alone[0] == alone[1] != b""
        jail.stdio(move, "", LIMITS)
        assert jail.stdio(look, "", LIMITS).output == alone[0]
        return
    before = jail.stdio(look, "", LIMITS).output
    jail.stdio(move, "", LIMITS)
    assert jail.stdio(look, "", LIMITS).output == before != b""


def test_a_folder_that_was_written_to_is_another_one_for_the_next_program(jail: Jail) -> None:
    """The keeper is replaced; the tests of the next program run as ever."""
    for _ in range(3):
        jail.stdio(FILES, "", LIMITS)
        ended = jail.tests("def f(x): return x", "import math\nassert f(1) == 1", "", False, LIMITS)
        assert ended.reports[0]["passed"]


SAME = "def f(x):\n    if x:\n        return [1, 'a  # b']\n    return 2"
ALIKE = [
    SAME + "  # sample 7",
    SAME.replace("        ", "  ").replace("    ", " "),
    "# one\n\n" + SAME.replace("\n", "\n\n"),
    SAME.replace("[1, ", "[ 1 ,\n   "),
    SAME.replace("if x:", "if  x :"),
    SAME.replace("    ", "\t"),
]
OTHERS = [SAME.replace("a  # b", "a # b"), SAME.replace("    return 2", "        return 2"), SAME.replace("if x", "ifx"), SAME + "\nf"]


@pytest.mark.parametrize("program", [*ALIKE, *OTHERS])
def test_a_comment_makes_no_other_program(program: str) -> None:
    seen, tests = Repeats(), problem(kind="stdio")
    seen.settle(tests, trace(SAME), Verdict("t", "code", "1", "wrong", 0.0, SAME, "why", 0.0, ""))
    found = seen.settle(tests, trace(program), Verdict("u", "code", "1", "correct", 1.0, program, "why", 0.0, ""))
    assert found.outcome == ("unverifiable" if program in ALIKE else "correct")
