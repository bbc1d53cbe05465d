"""Problems from files and generators: mapped columns, pinned content, and errors that name the place."""

import json
from pathlib import Path

import polars as pl
import pytest

from stillhouse.errors import UserError
from stillhouse.problems import IDENTITIES, LOADERS
from stillhouse.recipe.sections import Columns, LocalFile, ReasoningGym

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
    assert IDENTITIES["file"](source(a)) == IDENTITIES["file"](source(b))
    b.write_text(json.dumps(ROWS[1]) + "\n")
    assert IDENTITIES["file"](source(a)) != IDENTITIES["file"](source(b))


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
