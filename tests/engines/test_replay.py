"""Recorded traces: what is in the file and nothing else, found by question whatever its order and its size."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from stillhouse.cluster.actors import Actors
from stillhouse.engines.prompts import Messages
from stillhouse.engines.replay import Recorded
from stillhouse.errors import UserError
from stillhouse.recipe.sections import Sampling
from stillhouse.recipe.teacher import ReplayTeacher
from stillhouse.records import Request
from stillhouse.rollouts.draw import Drawing, draw

ROWS = [
    {"question": "What is 1 + 1?", "text": "<think>one and one</think>two"},
    {"question": "What is 2 + 2?", "text": "four"},
    {"question": "what  IS 1 + 1?", "text": "2"},
    {"question": "What is 9 + 9?", "text": "eighteen"},
    {"question": "What is 1 + 1?", "text": "zwei 😀"},
]


def teacher(path: Path) -> ReplayTeacher:
    return ReplayTeacher(kind="replay", path=str(path))


def lines(rows: list[dict[str, object]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture(params=["t.jsonl", "t.jsonl.gz", "t.jsonl.zst", "t.parquet"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    target = tmp_path / request.param
    if target.suffix == ".gz":
        target.write_bytes(gzip.compress(lines(ROWS).encode()))
    elif target.suffix == ".zst":
        import pyarrow as pa

        with pa.output_stream(str(target), compression="zstd") as out:
            out.write(lines(ROWS).encode())
    elif target.suffix == ".parquet":
        pl.DataFrame(ROWS).write_parquet(target)
    else:
        target.write_text(lines(ROWS))
    return target


def drawn(path: Path, questions: list[str], n: int) -> list[tuple[str, int, str, str]]:
    asked: Iterator[tuple[Request, Messages] | None] = (
        (Request(f"{q}:{i}", q, "m", "plain", 16, i, 0), [{"role": "user", "content": q}]) for q in questions for i in range(n)
    )
    traces = [t for some in draw(Drawing(Recorded(teacher(path)), Sampling()), asked, Actors(), None) for t in some]
    return [(t.problem_id, t.index, t.reasoning, t.response) for t in traces]


def test_sample_i_is_the_i_th_recorded_text_and_nothing_is_made_up(path: Path) -> None:
    assert drawn(path, ["What is 2 + 2?", "What is 1 + 1?", "What is 5 + 5?"], n=4) == [
        ("What is 2 + 2?", 0, "", "four"),
        ("What is 1 + 1?", 0, "one and one", "two"),
        ("What is 1 + 1?", 1, "", "2"),
        ("What is 1 + 1?", 2, "", "zwei 😀"),
    ]


def test_what_does_not_match_is_told(path: Path) -> None:
    matching = Recorded(teacher(path)).match(["What is 1 + 1?", "What is 2 + 2?", "What is 5 + 5?"], n=2)
    assert (matching.rows, matching.unmatched, matching.surplus, matching.missing) == (5, 1, 1, 3)
    assert "3 of them used; 1 match no problem, 1 are more" in matching.line()


def test_a_file_that_matches_nothing_is_refused(path: Path) -> None:
    with pytest.raises(UserError, match="None of the 5 rows"):
        Recorded(teacher(path)).match(["What is 5 + 5?"], n=2)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is empty"),
        ("\n", "has no rows"),
        ('{"question": "q", "text": "t"}\n{"question": "q"', r":2: "),
        ('{"question": "q", "text": "t"}\n{"question": null, "text": "t"}\n', "row 2 has no text in 'question', but null"),
        ('{"question": "q", "answer": "t"}\n', "row 1 has no column 'text'; its columns: question, answer"),
        ('{"question": "q", "text": 3}\n', "no text in 'text', but int"),
        ('{"question": "q", "text": "\\ud800"}\n', "lone surrogate"),
    ],
)
def test_a_bad_file_is_one_line(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(content)
    with pytest.raises(UserError, match=told) as error:
        Recorded(teacher(path))
    assert "\n" not in str(error.value)


def test_a_byte_order_mark_and_a_missing_file(tmp_path: Path) -> None:
    (tmp_path / "bom.jsonl").write_bytes(b"\xef\xbb\xbf" + lines(ROWS).encode())
    assert len(Recorded(teacher(tmp_path / "bom.jsonl"))) == 5
    with pytest.raises(UserError, match="does not exist"):
        Recorded(teacher(tmp_path / "none.jsonl"))


def test_a_cut_parquet_file_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "cut.parquet"
    pl.DataFrame(ROWS).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UserError, match="not a whole Parquet file"):
        Recorded(teacher(path))
