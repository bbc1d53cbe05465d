"""Plain tables in and out: every kind of bad input gets an error with its place, or a row with its reason."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillhouse.errors import UserError
from stillhouse.tables import Drop, Ids, Outputs, Selection, cells, check_targets, open_source, read, read_frame


def cells_of(path: Path, field: str = "text") -> list:
    return [cell for batch in cells(open_source(str(path)), field) for cell in batch]


def test_bad_rows_keep_their_place_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(
        b'\xef\xbb\xbf{"text":"a"}\n\n{"text":\n{"text":"\xff"}\n[1]\n{"text":3}\n{"text":null}\n'
        b'{"text":"\\ud800"}\n{"id":null,"text":"q"}\n{}\n{"id":7,"text":"last"}'
    )
    found = cells_of(path)
    reasons = [
        "",
        "invalid_json",
        "invalid_utf8",
        "not_an_object",
        "wrong_type",
        "wrong_type",
        "invalid_utf8",
        "bad_id",
        "missing_field",
        "",
    ]
    assert [cell.bad.reason if cell.bad else "" for cell in found] == reasons
    assert [cell.where.rsplit(":", 1)[1] for cell in found] == ["1", "3", "4", "5", "6", "7", "8", "9", "10", "11"]
    assert found[0].id == f"{path}:1"
    assert found[-1].id == "7"
    assert f"{path}:4: byte 10" in found[2].bad.detail


def test_a_huge_line_is_passed_over_and_the_next_one_read(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(b'{"text":"' + b"x" * (100 * 2**20) + b'"}\n{"text":"after"}\n')
    huge, after = cells_of(path)
    assert huge.bad.reason == "too_long"
    assert "in.jsonl:1: the line has 104,857,612 bytes" in huge.bad.detail
    assert after.text == "after"


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("empty.jsonl", b"", "empty.jsonl is empty"),
        ("blank.jsonl", b"\n \n", "has no rows"),
        ("array.jsonl", b'[{"text": 1}]', "one JSON array"),
        ("none.jsonl", b'{"txet": "a"}\n', r"no column 'text' \(did you mean 'txet'\?\)"),
        ("cut.jsonl.gz", gzip.compress(b'{"text": "a"}\n' * 1000)[:-20], "(?i)truncated"),
        ("rows.csv", b"text\na\n", "format is not known"),
    ],
)
def test_unusable_files_are_refused_by_name(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UserError, match=message):
        cells_of(tmp_path / name)


def test_parquet_truncated_empty_and_without_the_column(tmp_path: Path) -> None:
    path = tmp_path / "in.parquet"
    pq.write_table(pa.table({"id": [1, 2], "body": ["a", "b"]}), path)
    with pytest.raises(UserError, match=r"no column 'bod' \(did you mean 'body'\?\).*id"):
        cells_of(path, "bod")
    data = path.read_bytes()
    path.write_bytes(data[:-30])
    with pytest.raises(UserError, match=r"in.parquet is not a whole Parquet file"):
        cells_of(path, "body")
    pq.write_table(pa.table({"body": pa.array([], pa.string())}), path)
    with pytest.raises(UserError, match="no rows"):
        cells_of(path, "body")


def test_a_second_id_names_both_rows(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"id": "a", "text": "x"}\n{"id": "b", "text": "y"}\n{"id": "a", "text": "z"}\n')
    ids = Ids()
    first, second, third = cells_of(path)
    ids.add(first)
    ids.add(second)
    with pytest.raises(UserError, match=r"'a' of .*in.jsonl:3 is that of .*in.jsonl:1"):
        ids.add(third)


@pytest.mark.parametrize("kept", ["kept.jsonl", "kept.jsonl.gz", "kept.jsonl.zst", "kept.parquet"])
@pytest.mark.parametrize("given", ["in.jsonl", "in.parquet"])
def test_kept_rows_come_through_every_pair_of_formats(tmp_path: Path, given: str, kept: str) -> None:
    rows = [{"text": "a", "n": 1}, {"text": "b", "n": 2}, {"text": "c", "n": 3}]
    source = tmp_path / given
    if given.endswith("parquet"):
        pq.write_table(pa.Table.from_pylist(rows), source)
    else:
        source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    names = [cell.id for cell in cells_of(source)]
    with Outputs(str(tmp_path / kept), str(tmp_path / "decisions.jsonl")) as outputs:
        outputs.write(Selection([open_source(str(source))], names, {1: Drop("dedup", "duplicate_exact", names[0])}))
    frame, bad = read_frame([open_source(str(tmp_path / kept))])
    assert frame.select("id", "text", "n").rows() == [(names[0], "a", 1), (names[2], "c", 3)]
    assert not bad
    decisions = [json.loads(line) for line in (tmp_path / "decisions.jsonl").read_text().splitlines()]
    assert [d["id"] for d in decisions] == names
    assert decisions[1] == {"id": names[1], "kept": False, "step": "dedup", "reason": "duplicate_exact", "detail": names[0]}


def test_jsonl_rows_are_copied_byte_for_byte(tmp_path: Path) -> None:
    line = '{"id":"x",  "text":"\\u00e9", "big": 123456789012345678901234567890, "f": 1.0}'
    (tmp_path / "in.jsonl").write_text(line + "\n")
    with Outputs(str(tmp_path / "k.jsonl"), str(tmp_path / "d.jsonl")) as outputs:
        outputs.write(Selection([open_source(str(tmp_path / "in.jsonl"))], ["x"], {}))
    assert (tmp_path / "k.jsonl").read_text() == line + "\n"


def test_an_error_leaves_no_output_and_an_older_one_untouched(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"text": "a", "mixed": 1}\n{"text": "b", "mixed": "x"}\n')
    (tmp_path / "d.jsonl").write_text("older")
    with (
        pytest.raises(UserError, match="'mixed' does not hold values of one type"),
        Outputs(str(tmp_path / "k.parquet"), str(tmp_path / "d.jsonl")) as outputs,
    ):
        outputs.write(Selection([open_source(str(tmp_path / "in.jsonl"))], ["1", "2"], {}))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["d.jsonl", "in.jsonl"]
    assert (tmp_path / "d.jsonl").read_text() == "older"


def test_an_input_that_grows_meanwhile_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"text": "a"}\n{"text": "b"}\n')
    with (
        pytest.raises(UserError, match="changed while they were read"),
        Outputs(str(tmp_path / "k.jsonl"), str(tmp_path / "d.jsonl")) as outputs,
    ):
        outputs.write(Selection([open_source(str(tmp_path / "in.jsonl"))], ["1"], {}))
    assert [p.name for p in tmp_path.iterdir()] == ["in.jsonl"]


def test_targets_are_checked_before_the_work(tmp_path: Path) -> None:
    source = str(tmp_path / "in.jsonl")
    good = str(tmp_path / "k.jsonl")
    for targets, message in (
        ([source, good], "is an input or another output"),
        ([good, good], "is an input or another output"),
        ([str(tmp_path / "no" / "k.jsonl"), good], "does not exist"),
        ([str(tmp_path / "k.txt"), good], "an output is named"),
    ):
        with pytest.raises(UserError, match=message):
            check_targets(targets, [source])
    check_targets([good, str(tmp_path / "d.parquet")], [source])


def test_a_dataset_folder_is_read_as_the_hub_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "train.jsonl").write_text('{"text": "a"}\n{"text": "b"}\n')
    source = open_source(f"hf:{folder}:train")
    assert [cell.text for batch in cells(source, "text") for cell in batch] == ["a", "b"]
    with pytest.raises(UserError, match=r"cannot be read: Unknown split .nosuch.*\[.train.\]"):
        list(open_source(f"hf:{folder}:nosuch").batches())


def test_long_fields_of_a_columnar_table_have_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stillhouse.tables.columns.MAX_BYTES", 10)
    pq.write_table(pa.table({"text": ["short", "much longer than ten"]}), tmp_path / "in.parquet")
    assert [cell.bad.reason if cell.bad else "" for cell in cells_of(tmp_path / "in.parquet")] == ["", "too_long"]
    assert read.MAX_BYTES == 64 * 2**20
