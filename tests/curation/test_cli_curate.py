"""`stillhouse curate` as a user runs it: plain files in, kept rows and reasons out; mistakes are one line."""

import json
from pathlib import Path

import duckdb
import polars as pl
import pytest

from stillhouse.cli.curation import curate
from stillhouse.errors import UserError

RECIPE = """
seed: 3
curation:
  steps:
    - {step: outcome}
    - {step: format}
    - {step: loops}
    - {step: dedup, of: trace}
    - {step: difficulty, by: teacher, max: 0.9}
    - {step: select, method: s1, size: 6}
"""
LABELLED = "curation: {steps: [{step: outcome}, {step: mix, no_think_share: 0.5, make: true}]}"


def rows(n: int = 60) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": [f"t{i:03d}" for i in range(n)],
            "problem_id": [f"p{i % 15}" for i in range(n)],
            "source": ["a" if i % 2 else "b" for i in range(n)],
            "outcome": ["correct" if i % 4 else "wrong" for i in range(n)],
            "format": ["think"] * n,
            "finish_reason": ["stop" if i % 9 else "length" for i in range(n)],
            "reasoning": ["go on " * 60 if i == 5 else f"{i % 40} is even or odd, and we see which by halving {i % 40}." for i in range(n)],
            "response": [f"It is {i % 40}." for i in range(n)],
            "reasoning_tokens": [i for i in range(n)],
        }
    )


def run(folder: Path, inputs: list[Path], recipe: str = RECIPE, kept: str = "kept.parquet", decisions: str = "decisions.parquet") -> None:
    (folder / "r.yaml").write_text(recipe)
    curate([str(p) for p in inputs], folder / "r.yaml", str(folder / kept), str(folder / decisions), None)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows().write_parquet(tmp_path / "in.parquet")
    return tmp_path / "in.parquet"


def test_every_row_is_in_the_output_or_has_one_reason(tmp_path: Path, table: Path) -> None:
    run(tmp_path, [table])
    query = f"""
        SELECT count(*) FILTER (d.kept AND k.id IS NULL), count(*) FILTER (NOT d.kept AND k.id IS NOT NULL), count(*) FILTER (d.id IS NULL),
               count(*), count(DISTINCT i.id)
        FROM '{table}' i LEFT JOIN '{tmp_path}/decisions.parquet' d USING (id) LEFT JOIN '{tmp_path}/kept.parquet' k USING (id)
    """
    assert duckdb.connect().execute(query).fetchone() == (0, 0, 0, 60, 60)
    decided = pl.read_parquet(tmp_path / "decisions.parquet")
    assert decided.columns == ["id", "kept", "step", "reason", "detail"]
    assert decided["kept"].sum() == 6
    assert {"outcome", "format", "loops", "dedup", "select:s1", "curate"} == set(decided["step"])


def test_two_runs_give_the_same_bytes(tmp_path: Path, table: Path) -> None:
    run(tmp_path, [table])
    first = [(tmp_path / n).read_bytes() for n in ("kept.parquet", "decisions.parquet")]
    run(tmp_path, [table], kept="k2.parquet", decisions="d2.parquet")
    assert first == [(tmp_path / n).read_bytes() for n in ("k2.parquet", "d2.parquet")]


def test_jsonl_and_parquet_keep_the_same(tmp_path: Path, table: Path) -> None:
    rows().write_ndjson(tmp_path / "in.jsonl")
    run(tmp_path, [table])
    run(tmp_path, [tmp_path / "in.jsonl"], kept="kept.jsonl", decisions="d.jsonl")
    assert pl.read_ndjson(tmp_path / "kept.jsonl")["id"].to_list() == pl.read_parquet(tmp_path / "kept.parquet")["id"].to_list()


@pytest.mark.parametrize("few", [0, 2_000], ids=["copied batch by batch", "fetched by DuckDB"])
def test_several_files_with_other_columns_and_no_ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr("stillhouse.curation.outputs.FEW", few)
    rows(4).drop("id").write_parquet(tmp_path / "a.parquet")
    rows(8).tail(4).with_columns(extra=pl.lit("x")).write_parquet(tmp_path / "b.parquet")
    run(tmp_path, [tmp_path / "a.parquet", tmp_path / "b.parquet"], "curation: {steps: [{step: outcome}]}")
    kept = pl.read_parquet(tmp_path / "kept.parquet")
    assert kept["id"].to_list() == [*(f"{tmp_path}/a.parquet:{n}" for n in (2, 3, 4)), "t005", "t006", "t007"]
    assert kept["extra"].to_list() == [None, None, None, "x", "x", "x"]
    assert kept.columns == ["id", *rows().drop("id").columns, "extra"]
    assert pl.read_parquet(tmp_path / "decisions.parquet").height == 8


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_what_steps_rewrote_is_in_the_output(tmp_path: Path, table: Path, suffix: str) -> None:
    run(tmp_path, [table], LABELLED, kept=f"kept.{suffix}")
    kept = pl.read_parquet(tmp_path / "kept.parquet") if suffix == "parquet" else pl.read_ndjson(tmp_path / "kept.jsonl")
    assert (kept["reasoning"] == "").sum() == round(kept.height / 2)


def test_unreadable_lines_are_rows_with_reasons(tmp_path: Path) -> None:
    lines = [json.dumps(row).encode() for row in rows(3).to_dicts()]
    (tmp_path / "in.jsonl").write_bytes(b"\n".join([lines[0], b"{broken", lines[1], b'{"id": "\xff"}', lines[2]]) + b"\n")
    run(tmp_path, [tmp_path / "in.jsonl"], "curation: {steps: [{step: outcome}]}", kept="k.jsonl", decisions="d.jsonl")
    decided = pl.read_ndjson(tmp_path / "d.jsonl")
    assert decided["id"].to_list() == ["t000", f"{tmp_path}/in.jsonl:2", "t001", f"{tmp_path}/in.jsonl:4", "t002"]
    assert decided.filter(pl.col("step") == "read").height == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop("outcome"), "needs the column 'outcome'"),
        (lambda f: f.with_columns(reasoning=pl.lit(3)), "'reasoning' holds Int32, not text"),
        (lambda f: f.with_columns(reasoning_tokens=pl.lit("x")), "'reasoning_tokens' holds String, not numbers"),
        (lambda f: pl.concat([f, f]), "'t000' occurs in rows 1 and 61"),
        (lambda f: f.clear(), "no rows"),
    ],
)
def test_a_bad_table_is_one_clear_error_and_leaves_nothing(tmp_path: Path, change, message: str) -> None:  # type: ignore[no-untyped-def]
    change(rows()).write_parquet(tmp_path / "in.parquet")
    with pytest.raises(UserError, match=message):
        run(tmp_path, [tmp_path / "in.parquet"])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.parquet", "r.yaml"]


@pytest.mark.parametrize(
    "recipe", ["curation: {steps: [{step: outcom}]}", "curation: {steps: [{step: pick, per_problm: 1}]}", "x: 1", "- a", "a: ["]
)
def test_a_bad_recipe_is_one_clear_error(tmp_path: Path, table: Path, recipe: str) -> None:
    with pytest.raises(UserError, match=r"r\.yaml"):
        run(tmp_path, [table], recipe)


def test_a_cut_parquet_file_is_named(tmp_path: Path, table: Path) -> None:
    table.write_bytes(table.read_bytes()[:-20])
    with pytest.raises(UserError, match="not a whole Parquet file"):
        run(tmp_path, [table])
