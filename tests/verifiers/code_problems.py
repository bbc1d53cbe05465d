"""One problem in every form that the code verifier's tests may have, and a program that solves it."""

import json
from typing import Any

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace, answer_trace

SETTINGS = Verify.model_validate({"code": {"cpu_seconds": 1, "memory_mb": 256, "idle_seconds": 1.0}})


def problem(**payload: Any) -> Problem:
    return Problem("p", "", "", "code", payload=json.dumps(payload))


def trace(response: str) -> Trace:
    return answer_trace("t", "p", response)


ASSERTS = {"kind": "asserts", "code": "assert f(1) == 2\nassert f(2) == 3\nassert f(41) == 42"}
CHECK = {"kind": "check", "entry_point": "f", "code": "def check(candidate):\n    for i in range(5):\n        assert candidate(i) == i + 1"}
CALLS = {"kind": "calls", "entry_point": "f", "cases": [{"args": [1], "expected": 2}, {"args": [], "kwargs": {"x": 41}, "expected": 42}]}
STDIO = {"kind": "stdio", "cases": [{"input": "1\n", "output": "2\n3\n"}, {"input": "5\n", "output": "6\n7\n"}]}
# What is more than plain asserts runs in a process of its own; the others are judged as calls.
TESTED = {"kind": "asserts", "code": "import math\n" + str(ASSERTS["code"])}
PLAIN = {
    "kind": "check",
    "entry_point": "f",
    "code": "def check(candidate):\n    assert candidate(1) == 2\n    assert candidate(x=4) == 5, 'x'",
}
KINDS = {"asserts": ASSERTS, "check": CHECK, "tested": TESTED, "plain": PLAIN, "calls": CALLS, "stdio": STDIO}
RIGHT = "def f(x):\n    return x + 1\nif __name__ == '__main__':\n    n = int(input())\n    print(f(n))\n    print(f(n) + 1)"
