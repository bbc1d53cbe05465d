"""Problems from files and generators: mapped columns, pinned content, and errors that name the place."""

import json
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from stillhouse.errors import UserError
from stillhouse.problems import IDENTITIES, LOADERS
from stillhouse.recipe.sections import Columns, LocalFile, ReasoningGym
from stillhouse.storage.contents import Contents

ROWS = [{"q": "What is 1+1?", "a": "2", "tests": {"x": 1}}, {"q": "What is 2+2?", "a": "4", "tests": None}]
COLUMNS = Columns(question="q", answer="a", payload="tests")


def source(path: Path, **more: object) -> LocalFile:
    return LocalFile(kind="file", path=str(path), columns=COLUMNS, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet", ".csv"])
def test_files_of_each_kind(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"p{suffix}"
    frame = pl.DataFrame([{**row, "tests": json.dumps(row["tests"])} for row in ROWS])
    {".jsonl": frame.write_ndjson, ".parquet": frame.write_parquet, ".csv": frame.write_csv}[suffix](path)  # type: ignore[operator]
    found = list(LOADERS["file"](source(path)))
    assert [(p.question, p.answer, p.verifier) for p in found] == [("What is 1+1?", "2", "math"), ("What is 2+2?", "4", "math")]
    assert json.loads(found[0].payload) == {"x": 1}


def test_identity_is_the_content_not_the_path(tmp_path: Path) -> None:
    a, b = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    for path in (a, b):
        path.write_text(json.dumps(ROWS[0]) + "\n")
    assert IDENTITIES["file"](source(a), Contents()) == IDENTITIES["file"](source(b), Contents())
    b.write_text(json.dumps(ROWS[1]) + "\n")
    assert IDENTITIES["file"](source(a), Contents()) != IDENTITIES["file"](source(b), Contents())


@pytest.mark.parametrize(
    ("content", "message"),
    [('{"question": "x"}\n', "no column 'q'"), ("{broken\n", "cannot be read"), ('{"q": "", "a": "1", "tests": "{}"}\n', "row 1")],
)
def test_bad_files_are_named(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(content)
    with pytest.raises(UserError, match=message):
        list(LOADERS["file"](source(path)))


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        list(LOADERS["file"](source(tmp_path / "none.jsonl")))


def test_a_generator_is_seeded_and_carries_its_entry() -> None:
    settings = ReasoningGym(kind="reasoning_gym", task="chain_sum", seed=3, size=4, params={"min_terms": 2, "max_terms": 2})
    first, second = list(LOADERS["reasoning_gym"](settings)), list(LOADERS["reasoning_gym"](settings))
    assert first == second
    assert json.loads(first[0].payload)["entry"]["answer"] == first[0].answer


@pytest.mark.parametrize("change", [{"task": "no_such_task"}, {"params": {"no_such_parameter": 1}}])
def test_an_unknown_task_or_parameter_is_one_line(change: dict[str, object]) -> None:
    settings = ReasoningGym.model_validate({"kind": "reasoning_gym", "task": "chain_sum", "size": 1, **change})
    with pytest.raises(UserError, match="reasoning-gym cannot make"):
        list(LOADERS["reasoning_gym"](settings))


def test_a_gold_may_follow_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(json.dumps({"question": "How many?", "answer": "3 and 4 make 7.\n#### 7"}) + "\n")
    columns = Columns(answer_after="####")
    assert [p.answer for p in LOADERS["file"](LocalFile(kind="file", path=str(path), columns=columns))] == ["7"]


def written(path: Path, lines: list[str]) -> LocalFile:
    path.write_text("".join(line + "\n" for line in lines))
    return LocalFile(kind="file", path=str(path), columns=Columns(payload="payload"))


def test_no_row_loses_keys_to_another(tmp_path: Path) -> None:
    """A schema guessed from the first rows had dropped the keys of later ones, and with them the tests of code problems."""
    rows = [{"question": f"q{i}", "answer": i, "payload": {"a": i}} for i in range(2_000)]
    rows.append({"question": "late", "answer": "3/4", "payload": {"b": [1, 2], "c": "x"}})
    found = list(LOADERS["file"](written(tmp_path / "p.jsonl", [json.dumps(row) for row in rows])))
    assert json.loads(found[-1].payload) == {"b": [1, 2], "c": "x"}
    assert json.loads(found[0].payload) == {"a": 0}
    assert (found[-1].answer, found[3].answer) == ("3/4", "3")


def test_a_column_that_only_some_rows_have_is_empty_elsewhere(tmp_path: Path) -> None:
    lines = ['{"question": "a", "answer": "1"}', '{"question": "b", "answer": "2", "payload": {"x": 1}}']
    assert [p.payload for p in LOADERS["file"](written(tmp_path / "p.jsonl", lines))] == ["{}", '{"x": 1}']
    with pytest.raises(UserError, match="no column 'payload'"):
        list(LOADERS["file"](written(tmp_path / "p.jsonl", lines[:1])))


@pytest.mark.parametrize("name", ["p.jsonl", "p.JSONL", "p.json", "p.jsonl.gz", "p.jsonl.zst"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"], ids=["plain", "bom"])
def test_the_tools_own_formats_are_read(tmp_path: Path, name: str, start: bytes) -> None:
    data = start + json.dumps({"question": "a?", "answer": 0.25}).encode() + b"\n"
    with pa.output_stream(tmp_path / name, compression={".gz": "gzip", ".zst": "zstd"}.get(Path(name).suffix)) as out:
        out.write(data)
    found = list(LOADERS["file"](LocalFile(kind="file", path=str(tmp_path / name))))
    assert [(p.question, p.answer) for p in found] == [("a?", "0.25")]


def test_a_csv_keeps_what_stands_in_it(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("question,answer\na,007\nb,1.50\nc,3/4\n")
    assert [p.answer for p in LOADERS["file"](LocalFile(kind="file", path=str(tmp_path / "p.csv")))] == ["007", "1.50", "3/4"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"question": "b", "answer": {"a": 1}}', r"row 2: column 'answer' holds a dict"),
        ('{"question": "b", "answer": [1, 2]}', r"row 2: column 'answer' holds a list"),
        ('{"question": "b", "answer": true}', r"row 2: column 'answer' holds a bool"),
        ('{"question": "b", "answer": NaN}', r"row 2: .*NaN"),
        ('{"question": "b", "answer": "no mark here"}', r"row 2: .*lacks the mark"),
        ('{"question": "b", "answer": ', r"p\.jsonl cannot be read: .*p\.jsonl:2"),
        ('{"question": "b\\ud800", "answer": "#### 1"}', r"p\.jsonl:2"),
        ('["b"]', r"p\.jsonl:2"),
    ],
)
def test_a_row_that_is_no_problem_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('{"question": "a", "answer": "It is #### 4"}\n' + line + "\n")
    source = LocalFile(kind="file", path=str(path), columns=Columns(answer_after="####"))
    with pytest.raises(UserError, match=message):
        list(LOADERS["file"](source))
