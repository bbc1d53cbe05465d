"""`stillhouse dedup` and `stillhouse decontaminate` as a user runs them."""

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

QUESTION = "A robe takes 2 bolts of blue fiber and half that much white fiber. How many bolts in total does it take?"


def stillhouse(folder: Path, *args: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "stillhouse", *args], cwd=folder, capture_output=True, text=True, check=False)


def write(path: Path, rows: list[object]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_every_row_is_kept_or_has_one_first_reason(tmp_path: Path) -> None:
    write(
        tmp_path / "in.jsonl",
        [{"id": "a", "text": QUESTION}, {"id": "b", "text": QUESTION.upper()}, {"id": "c", "text": None}, {"id": "d", "text": "x"}],
    )
    write(tmp_path / "old.jsonl", [{"body": "X "}])
    done = stillhouse(
        tmp_path, "dedup", "in.jsonl", "--field", "text", "--out", "kept.parquet", "--decisions", "why.parquet", "--against", "old.jsonl",
        "--against-field", "body",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    query = f"select id, kept, step, reason, detail from '{tmp_path}/why.parquet'"
    assert duckdb.sql(query).fetchall() == [
        ("a", True, "", "kept", ""),
        ("b", False, "dedup", "duplicate_exact", "a"),
        ("c", False, "read", "wrong_type", "in.jsonl:3: 'text' is null, not text"),
        ("d", False, "dedup", "duplicate_exact", "old.jsonl:1"),
    ]
    lost = f"""select count(*) from '{tmp_path}/in.jsonl' i
        left join '{tmp_path}/kept.parquet' k on i.id = k.id left join '{tmp_path}/why.parquet' w on i.id = w.id
        where (k.id is not null) <> w.kept or w.id is null"""
    assert duckdb.sql(lost).fetchall() == [(0,)]


def test_decontaminate_names_the_benchmark_row_and_the_score(tmp_path: Path) -> None:
    write(tmp_path / "in.jsonl", [{"question": "Q: " + QUESTION}, {"question": "Name a river."}])
    write(tmp_path / "bench.jsonl", [{"problem": "What is the capital of France, and how many people live in it?"}, {"problem": QUESTION}])
    done = stillhouse(
        tmp_path, "decontaminate", "in.jsonl", "--against", "bench.jsonl", "--field", "question", "--against-field", "problem", "--out", "kept.jsonl",
        "--decisions", "why.jsonl", "--methods", "exact,ngram,fuzzy",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "kept.jsonl").read_text()) == {"id": "in.jsonl:2", "question": "Name a river."}
    first = json.loads((tmp_path / "why.jsonl").read_text().splitlines()[0])
    assert first == {
        "id": "in.jsonl:1",
        "kept": False,
        "step": "decontaminate",
        "reason": "contaminated_ngram",
        "detail": "bench.jsonl:2 1.000",
    }
    assert "recall on canaries: 2/2" in done.stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["dedup", "in.jsonl", "--field", "txt"], "in.jsonl has no column 'txt' (did you mean 'text'?)"),
        (["dedup", "in.jsonl", "in.jsonl", "--field", "text"], "The id 'a' of in.jsonl:1"),
        (["dedup", "in.jsonl", "--field", "text", "--threshold", "7"], "--threshold 7.0"),
        (["decontaminate", "in.jsonl", "--field", "text", "--against", "in.jsonl", "--methods", "magic"], "--methods 'magic'"),
        (
            ["decontaminate", "in.jsonl", "--field", "text", "--against", "bad.jsonl", "--methods", "ngram"],
            "bad.jsonl:2: 'text' is a number",
        ),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(tmp_path: Path, args: list[str], message: str) -> None:
    write(tmp_path / "in.jsonl", [{"id": "a", "text": "x"}])
    write(tmp_path / "bad.jsonl", [{"text": "x"}, {"text": 5}])
    done = stillhouse(tmp_path, *args, "--out", "kept.jsonl", "--decisions", "why.jsonl")
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.jsonl", "in.jsonl"]


def test_dedup_over_ray_decides_as_one_machine_does(tmp_path: Path) -> None:
    words = [f"w{i}" for i in range(60)]
    rows = [{"id": f"r{i}", "text": " ".join([*words[i % 20 :], *(["other"] * (i // 20))])} for i in range(60)]
    write(tmp_path / "in.jsonl", rows)
    for name, more in (("alone", []), ("ray", ["--ray", "local"])):
        done = stillhouse(
            tmp_path, "dedup", "in.jsonl", "--field", "text", "--out", f"{name}.jsonl", "--decisions", f"{name}-why.jsonl", *more
        )
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "ray-why.jsonl").read_bytes() == (tmp_path / "alone-why.jsonl").read_bytes()
    assert 0 < len((tmp_path / "ray.jsonl").read_text().splitlines()) < 60
    refused = stillhouse(
        tmp_path,
        "dedup",
        "in.jsonl",
        "--field",
        "text",
        "--out",
        "o.jsonl",
        "--decisions",
        "d.jsonl",
        "--against",
        "in.jsonl",
        "--ray",
        "local",
    )
    assert refused.returncode == 2
    assert "Earlier datasets" in refused.stderr
