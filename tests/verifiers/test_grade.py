"""`grade` from Python and from the command line, with good, odd and broken rows."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from stillhouse.recipe.verification import Verify
from stillhouse.recipe.verifiers import Compose, Part
from stillhouse.verifiers import grade
from stillhouse.verifiers.math.verifier import VERSION
from stillhouse.verifiers.text.format import Format

ROWS: list[Any] = [
    {"id": "a", "verifier": "math", "answer": "1/2", "response": "<think>\\boxed{7}</think> so \\boxed{0.5}"},
    {"id": "b", "verifier": "math", "answer": "42", "response": "<think>\\boxed{42}</think> the answer is 7"},
    {"id": "c", "verifier": "choice", "answer": "B", "choices": ["Rome", "Paris"], "response": "The answer is (B) Paris."},
    {"id": "d", "verifier": "maths", "answer": "B", "response": "x"},
    {"id": "e", "verifier": "format", "response": "<think>hm</think> \\boxed{3}"},
    {"id": "f", "verifier": "structure", "rules": [{"kind": "length", "max": 3}], "response": "two words"},
    {"id": "g", "verifier": "math", "answer": "3", "response": 5},
    {"verifier": "math", "answer": "3", "response": "3"},
    {"id": "i", "verifier": "math", "answer": 3, "response": "\ud800 \\boxed{3}"},
    ["x"],
]
OUTCOMES = ["correct", "wrong", "correct", "error", "correct", "correct", "error", "error", "correct", "error"]


def test_rows_keep_their_order_and_bad_ones_are_errors_with_their_line() -> None:
    results = list(grade(ROWS, workers=2))
    assert [r["outcome"] for r in results] == OUTCOMES
    assert [r["id"] for r in results] == ["a", "b", "c", "d", "e", "f", "g", "line 8", "i", "line 10"]
    assert "Did you mean 'math'" in results[3]["reason"]
    assert results[6]["reason"] == "line 7: response is not text but int"


def test_a_default_verifier_is_for_rows_that_name_none() -> None:
    assert [r["outcome"] for r in grade([{"id": 1, "answer": "3", "response": "3"}], verifier="math")] == ["correct"]


def test_composed_verifiers() -> None:
    parts = [Part(verifier="math", weight=3), Part(verifier="format")]
    settings = Verify(compose={mode: Compose(mode=mode, of=parts) for mode in ("all", "any", "first")})
    rows = [{"id": m, "verifier": m, "answer": "3", "response": "\\boxed{3}"} for m in ("all", "any", "first")]
    results = list(grade(rows, settings=settings))
    assert [(r["outcome"], r["score"]) for r in results] == [("wrong", 0.75), ("correct", 0.75), ("correct", 1.0)]
    assert results[0]["version"] == f"all(math-{VERSION},format-{Format.version})"


def test_command_line_jsonl_and_parquet(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text("\n".join([json.dumps(ROWS[0]), "not json", "", json.dumps(ROWS[1]), '{"id": "cut", "verif']))
    first = run(["grade", str(source), "--out", str(tmp_path / "out.jsonl"), "-j", "1"])
    assert first.returncode == 0, first.stderr
    results = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [(r["id"], r["outcome"]) for r in results] == [("a", "correct"), ("line 2", "error"), ("b", "wrong"), ("line 5", "error")]
    assert run(["grade", str(source), "--out", str(tmp_path / "out.parquet"), "-j", "1"]).returncode == 0
    table = pq.read_table(tmp_path / "out.parquet")
    assert table.column("outcome").to_pylist() == [r["outcome"] for r in results]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl", "out.parquet"]


def test_mistakes_are_one_line_and_leave_nothing(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps(ROWS[0]))
    for arguments in (
        [str(tmp_path / "no.jsonl"), "--out", str(tmp_path / "o.jsonl")],
        [str(source), "--out", str(tmp_path / "o.csv")],
        [str(source), "--out", str(tmp_path / "no" / "o.jsonl")],
        [str(source), "--out", str(source)],
        [str(source), "--out", str(tmp_path / "o.jsonl"), "--verifier", "mat"],
        [str(source), "--out", str(tmp_path / "o.jsonl"), "--cpu-seconds", "0"],
    ):
        done = run(["grade", *arguments])
        assert done.returncode == 2
        assert done.stderr.startswith("stillhouse: ")
        assert done.stderr.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["in.jsonl"]


def run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    code = "from stillhouse.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)


def test_a_recipes_verify_section_grades_too(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(json.dumps({"id": "a", "answer": "3", "response": "\\boxed{3}"}) + "\n")
    (tmp_path / "verify.yaml").write_text("verify: {compose: {strict: {mode: all, of: [{verifier: math}, {verifier: format}]}}}\n")
    out = tmp_path / "out.jsonl"
    arguments = ["grade", str(tmp_path / "in.jsonl"), "--out", str(out), "--verifier", "strict", "-j", "1"]
    done = run([*arguments, "--recipe", str(tmp_path / "verify.yaml"), "--cpu-seconds", "3"])
    assert done.returncode == 0, done.stderr
    assert json.loads(out.read_text())["reason"] == "math: correct (box: string); format: wrong (think: none)"
    (tmp_path / "verify.yaml").write_text("verify: {cpu_second: 3}\n")
    refused = run([*arguments, "--recipe", str(tmp_path / "verify.yaml")])
    assert refused.returncode == 2
    assert "cpu_second" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_file_that_is_no_parquet_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "in.parquet").write_bytes(b"garbage")
    command = [sys.executable, "-m", "stillhouse", "grade", str(tmp_path / "in.parquet"), "--out", str(tmp_path / "out.jsonl")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert "not a whole Parquet file" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["in.parquet"]
