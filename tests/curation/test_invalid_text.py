"""A row whose text no table can hold is a decision with its reason, in every tool; the rows beside it go on."""

import json
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from stillhouse.cli import app
from stillhouse.errors import UserError

LINES = [
    rb'{"id": "a", "text": "The first of the good rows.", "outcome": "correct"}',
    rb'{"id": "b", "text": "half \ud800 a pair", "outcome": "correct"}',
    rb'{"id": "c\udfff", "text": "an id", "outcome": "correct"}',
    b'{"id": "d", "text": "\xff", "outcome": "correct"}',
    rb'{"id": "e", "text": "nested", "outcome": "correct", "meta": {"k": ["\uDC00"]}}',
    rb'{"id": "f", "text": "a key", "outcome": "correct", "\udbff": 1}',
    rb'{"id": "g", "text": "A whole pair is text: \ud83d\ude00, and so is \\ud800.", "outcome": "correct"}',
]
TOOLS = {
    "dedup": ["--field", "text"],
    "decontaminate": ["--field", "text", "--against", "bench.jsonl", "--methods", "exact,ngram", "--min-recall", "0"],
    "curate": ["--recipe", "recipe.yaml"],
}


def run(folder: Path, tool: str, given: str, kept: str) -> None:
    (folder / "bench.jsonl").write_text('{"text": "How many eggs does the hen lay in a week of seven days?"}\n')
    (folder / "recipe.yaml").write_text("curation: {steps: [{step: outcome}]}")
    options = [str(folder / o) if o.endswith((".jsonl", ".yaml")) else o for o in TOOLS[tool]]
    outputs = ["--out", str(folder / kept), "--decisions", str(folder / "d.jsonl")]
    CliRunner().invoke(app, [tool, str(folder / given), *options, *outputs], catch_exceptions=False)


@pytest.mark.parametrize("kept", ["kept.jsonl", "kept.parquet"])
@pytest.mark.parametrize("tool", TOOLS)
def test_lines_that_are_no_text_have_their_reason(tmp_path: Path, tool: str, kept: str) -> None:
    (tmp_path / "in.jsonl").write_bytes(b"\n".join(LINES) + b"\n")
    run(tmp_path, tool, "in.jsonl", kept)
    decided = [json.loads(line) for line in (tmp_path / "d.jsonl").read_text().splitlines()]
    assert [(d["kept"], d["reason"]) for d in decided] == [(True, "kept"), *[(False, "invalid_utf8")] * 5, (True, "kept")]
    assert [f"in.jsonl:{n}:" in d["detail"] for n, d in enumerate(decided, 1)] == [False, *[True] * 5, False]
    found = pl.read_parquet(tmp_path / kept) if kept.endswith("parquet") else pl.read_ndjson(tmp_path / kept)
    assert found["id"].to_list() == ["a", "g"]


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A Parquet file whose third text is not UTF-8."""
    data = pa.array([b"one row", b"two rows", b"\xff\xfe", b"four rows"], pa.binary())
    text = pa.Array.from_buffers(pa.string(), 4, data.buffers())
    pq.write_table(
        pa.table({"id": ["a", "b", "c", "d"], "text": text, "outcome": ["correct"] * 4, "question": text}), tmp_path / "in.parquet"
    )
    return tmp_path


@pytest.mark.parametrize("tool", ["dedup", "decontaminate"])
def test_a_parquet_row_that_is_no_text_has_its_reason(broken: Path, tool: str) -> None:
    run(broken, tool, "in.parquet", "kept.parquet")
    decided = pl.read_ndjson(broken / "d.jsonl")
    assert decided["reason"].to_list() == ["kept", "kept", "invalid_utf8", "kept"]
    assert pl.read_parquet(broken / "kept.parquet")["id"].to_list() == ["a", "b", "d"]


def test_curate_names_the_parquet_row_that_is_no_text(broken: Path) -> None:
    (broken / "q.yaml").write_text("curation: {steps: [{step: question}]}")
    command = ["curate", str(broken / "in.parquet"), "--recipe", str(broken / "q.yaml")]
    with pytest.raises(UserError, match=r"in\.parquet:3: byte 1 of a text is not UTF-8"):
        CliRunner().invoke(
            app, [*command, "--out", str(broken / "k.parquet"), "--decisions", str(broken / "d.parquet")], catch_exceptions=False
        )
    assert not (broken / "k.parquet").exists()
