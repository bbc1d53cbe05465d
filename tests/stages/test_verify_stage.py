"""The step `verify` says at its end where no answer was found in too many responses; the threshold changes no verdict."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))
import toy

from stillhouse.execute import job, make_all
from stillhouse.recipe import load
from stillhouse.stages.plan import plan


def test_missing_answers_are_told_in_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = load(toy.write(tmp_path, problems=4))
    traces = tmp_path / "traces.jsonl"
    rows = [json.loads(line) for line in traces.read_text().splitlines()]
    traces.write_text("".join(json.dumps({**row, "text": f"{row['text'][-3:-1]} it might be, who knows?"}) + "\n" for row in rows))
    with job(recipe, str(tmp_path / "run")) as found:
        make_all(found, found.plan.until("verify"))
    said = capsys.readouterr()
    assert "WARNING: no answer found in 100.0% of the responses (more than 2.0%)" in said.out + said.err


def test_the_threshold_is_no_decision(tmp_path: Path) -> None:
    path = toy.write(tmp_path)
    one, other = (plan(load(path, [f"verify.extraction_warning={share}"])) for share in (0.02, 0.5))
    assert {name: step.fingerprint for name, step in one.steps.items()} == {name: step.fingerprint for name, step in other.steps.items()}
