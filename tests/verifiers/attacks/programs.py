"""What the attacks on the jail share: the rungs that start here, and the line to the tester as a program can take it over."""

from typing import Any

from tests.verifiers.code_problems import problem, trace

from stillhouse.verifiers.base import Judgement
from stillhouse.verifiers.code.jail import rungs
from stillhouse.verifiers.code.jail.client import Jail
from stillhouse.verifiers.code.jail.results import Limits
from stillhouse.verifiers.code.jail.rungs import Rung
from stillhouse.verifiers.code.verifier import Code

LIMITS = Limits(cpu_seconds=1, memory_mb=256, idle_seconds=1.0, output_bytes=1 << 20)
# The program in the place of the server that answers the tests: it reads requests and sends any frame it likes.
WIRE = """
import json, os, stat, time
def is_socket(n):
    try: return stat.S_ISSOCK(os.fstat(n).st_mode)
    except OSError: return False
fd = [n for n in range(3, 64) if is_socket(n)][0]
def raw(b): os.write(fd, len(b).to_bytes(4, 'little') + b)
def send(m): raw(json.dumps(m).encode())
def recv():
    h = b''
    while len(h) < 4: h += os.read(fd, 4 - len(h)) or os._exit(0)
    n, d = int.from_bytes(h, 'little'), b''
    while len(d) < n: d += os.read(fd, n - len(d)) or os._exit(0)
    return json.loads(d)
def rest():
    while True: recv()
send({'ready': True})
"""
FUNCTION = "recv(); send({'value': ['h', 0, ['function'], 'function']})\n"


def _starts(rung: Rung) -> bool:
    with Jail(rung) as jail:
        return jail.stdio("print(1)", "", LIMITS).output == b"1\n"


RUNGS = {name: rung for name, rung in (("bubblewrap", rungs.bubblewrap()), ("landlock", rungs.inner_jail())) if rung and _starts(rung)}


def judged(code: Code, program: str, tests: str, kind: str = "asserts", **more: Any) -> Judgement:
    """A program against test code that runs in a tester: the import keeps plain asserts from being judged as calls."""
    return code.judge(problem(kind=kind, code=f"import math as _\n{tests}", **more), trace(program))


def printed(code: Code, program: str, output: str = "PWN", **more: Any) -> Judgement:
    """A program that must print one word."""
    return code.judge(problem(kind="stdio", cases=[{"input": "", "output": output}], **more), trace(program))
