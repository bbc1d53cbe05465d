"""Two questions with different golds are never copies, however near their texts; those with one gold still are."""

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from stillhouse.cli import app
from stillhouse.curation import duplicates
from stillhouse.curation.dedup import dedup
from stillhouse.curation.dedup.distributed import ByBands
from stillhouse.recipe.dedup import Dedup
from stillhouse.recipe.steps import DedupStep

LONG = (
    "A farmer has a long field with many rows of apple trees and he wants to know how many apples he {} in the whole of the harvest season."
)
TEXTS = [LONG.format(word) for word in ("picks", "picks", "drops", "drops", "loses")]
GOLDS = ["18", "#### 18", "7", "$\\boxed{7.0}$", ""]
IDS = ["a", "b", "c", "d", "e"]
LOOSE = Dedup(near={"threshold": 0.5})  # type: ignore[arg-type]


class Here:
    """Runs the tasks of the distributed code in this process."""

    def map(self, function, calls):  # type: ignore[no-untyped-def]
        return [function(*call) for call in calls]


def pairs(found) -> list[tuple[str, str]]:  # type: ignore[no-untyped-def]
    return [(d.id, d.representative) for d in found]


def test_without_golds_near_texts_are_copies() -> None:
    assert len(dedup(IDS, TEXTS, LOOSE)) == 4


def test_with_golds_only_those_with_equal_ones_are() -> None:
    assert pairs(dedup(IDS, TEXTS, LOOSE, golds=GOLDS)) == [("b", "a"), ("d", "c")]
    bands = ByBands(LOOSE, Here())
    bands.add(IDS, TEXTS, golds=GOLDS)
    assert pairs(bands.finish()) == [("b", "a"), ("d", "c")]


def test_not_even_equal_texts_are_copies_then() -> None:
    assert dedup(["a", "b"], ["same text"] * 2, Dedup(), golds=["1", "2"]) == []


def test_meaning_does_not_unite_them_either() -> None:
    settings = Dedup(exact=False, near=None, semantic={"threshold": 0.5}, numbers="ignored")  # type: ignore[arg-type]
    assert pairs(dedup(IDS, TEXTS, settings, golds=GOLDS)) == [("b", "a"), ("d", "c")]


def test_the_curation_step_goes_by_the_answers_of_questions() -> None:
    rows = pl.DataFrame({"id": IDS, "question": TEXTS, "answer": GOLDS}).with_row_index("_row")
    settings = DedupStep(step="dedup", of="question", near={"threshold": 0.5})  # type: ignore[arg-type]
    assert duplicates.run(rows, settings, 0).dropped["_row"].to_list() == [1, 3]


@pytest.mark.parametrize(("options", "kept"), [([], ["a"]), (["--gold", "answer"], ["a", "c", "e"])])
def test_the_command_takes_a_gold_column(tmp_path: Path, options: list[str], kept: list[str]) -> None:
    source = tmp_path / "in.jsonl"
    rows = [{"id": i, "question": t, "answer": g} for i, t, g in zip(IDS, TEXTS, GOLDS, strict=True)]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    out = tmp_path / "out.jsonl"
    arguments = ["dedup", str(source), "--field", "question", "--out", str(out), "--decisions", str(tmp_path / "d.jsonl")]
    done = CliRunner().invoke(app, [*arguments, "--threshold", "0.5", *options])
    assert done.exit_code == 0, done.output
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == kept


def test_a_gold_column_that_no_row_has_is_a_mistake(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps({"question": "x", "answer": "1"}) + "\n")
    arguments = ["dedup", str(source), "--field", "question", "--out", str(tmp_path / "o.jsonl"), "--decisions", str(tmp_path / "d.jsonl")]
    done = CliRunner().invoke(app, [*arguments, "--gold", "anser"])
    assert "has an answer in a column 'anser'" in str(done.exception)
    assert not (tmp_path / "o.jsonl").exists()
