"""Rows for every verifier whose verdicts are pinned, and the digest of what it says of them.

    python -m tests.verifiers.suites            pins the versions that are not pinned yet

`verdicts.json` holds verifier -> version -> digest. A pinned digest is never replaced: other verdicts are another version.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from tests.verifiers.code_problems import KINDS, RIGHT
from tests.verifiers.mutations import all_cases

from stillhouse.verifiers import grade

PINNED = Path(__file__).with_name("verdicts.json")
COUNTED = ("id", "outcome", "score", "extracted")
OPTIONS = ["Rome", "Paris", "Bern", "A and B only"]
CHOICES = [
    ("B", "The answer is (B)."), ("B", "The answer is Paris."), ("B", "\\boxed{B}"), ("B", "<answer>option b</answer>"), ("A", "A) or B) or C)"),
    ("C", "The closest answer is 85.7 percent. The answer is (C)."), ("C", "Answer: The answer is (C)"), ("D", "The answer is (D) A and B only."),
    ("B", "The answer is not (B)."), ("A", "<answer>A) Paris</answer>"), ("B", "I would take B here."), ("Vienna", "B"),
]  # fmt: skip
FORMS = [
    "<think>a</think> \\boxed{3}",
    "\\boxed{3}",
    "<think>a</think> well",
    "<think>a \\boxed{3}",
    "<think>a</think><think>b</think> \\boxed{3}",
]
RULES: list[tuple[dict[str, Any], str]] = [
    ({"kind": "length", "max": 3}, "two words"), ({"kind": "length", "max": 1}, "two words"),
    ({"kind": "json_schema", "schema": {"type": "object", "required": ["name"]}}, '{"name": 1}'),
    ({"kind": "json_schema", "schema": {"type": "object", "required": ["name"]}}, "{}"),
]  # fmt: skip
PROGRAMS = [RIGHT, "def f(x):\n    return x + 2", "def f(x):\n    raise ValueError", "no program here"]


def suites() -> dict[str, list[dict[str, Any]]]:
    """Rows for `grade` by verifier."""
    mutations = [{"answer": case.gold, "response": case.completion} for case in all_cases()]
    choices = [{"answer": gold, "response": response, "choices": OPTIONS} for gold, response in CHOICES]
    rows: dict[str, list[dict[str, Any]]] = {
        "math": mutations,
        "math_lenient": mutations,
        "math_answer": [{"answer": row["answer"], "response": row["answer"]} for row in mutations],
        "choice": choices,
        "choice_lenient": choices,
        "format": [{"response": response} for response in FORMS],
        "structure": [{"rules": [rule], "response": response} for rule, response in RULES],
        "code": [{"tests": tests, "response": f"```python\n{program}\n```"} for tests in KINDS.values() for program in PROGRAMS],
        "reasoning_gym": _tasks(),
    }
    return {name: [{"id": str(i), "verifier": name, **row} for i, row in enumerate(given)] for name, given in rows.items()}


def _tasks() -> list[dict[str, Any]]:
    import reasoning_gym

    drawn = [(task, reasoning_gym.create_dataset(task, size=1, seed=3)[0]) for task in ("basic_arithmetic", "chain_sum", "leg_counting")]
    return [
        {"task": task, "entry": entry, "answer": entry["answer"], "question": entry["question"], "response": response}
        for task, entry in drawn
        for response in (f"<answer>{entry['answer']}</answer>", "<answer>neither</answer>", f"\\boxed{{{entry['answer']}}}", "")
    ]


def digest(rows: list[dict[str, Any]]) -> tuple[str, str]:
    """The verifier's version, and the digest of all that it says of the rows."""
    results = list(grade(rows))
    said = [[result[key] for key in COUNTED] for result in results]
    return results[0]["version"], hashlib.sha256(json.dumps(said).encode()).hexdigest()[:20]


def pinned() -> dict[str, dict[str, str]]:
    return json.loads(PINNED.read_text()) if PINNED.exists() else {}  # type: ignore[no-any-return]


def main() -> int:
    """Pins what is new. Returns 1 where a pinned version says something else now."""
    known, changed = pinned(), []
    for name, rows in suites().items():
        version, found = digest(rows)
        if known.setdefault(name, {}).setdefault(version, found) != found:
            changed.append(f"{name} {version}")
    PINNED.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    print(f"other verdicts under the same version, raise it: {', '.join(changed)}" if changed else f"pinned in {PINNED}")
    return bool(changed)


if __name__ == "__main__":
    sys.exit(main())
