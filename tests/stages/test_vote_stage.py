"""The step `vote`: traces label problems without a gold, and quarantine those whose gold they speak against."""

import json
import sys
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))
import toy

from stillhouse.execute import job, make_all
from stillhouse.recipe import load
from stillhouse.records import Decision, Problem, problem_id
from stillhouse.stages.plan import plan
from stillhouse.storage.run import OpenRun


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """Eight problems: the first has no gold, the last a wrong one; three traces of four give the right answer."""
    path = toy.write(tmp_path, problems=8)
    rows = [json.loads(line) for line in (tmp_path / "problems.jsonl").read_text().splitlines()]
    rows[0]["answer"], rows[-1]["answer"] = "", "77"
    (tmp_path / "problems.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    tree = yaml.safe_load(path.read_text())
    tree["problems"]["held_out"] = 0
    tree["verify"] = {"vote": {"labels": True, "min_votes": 4, "min_share": 0.6, "suspect_share": 0.7}}
    del tree["train"]
    path.write_text(yaml.safe_dump(tree))
    return path


def test_votes_label_and_quarantine(recipe: Path) -> None:
    with job(load(recipe), str(recipe.parent / "run")) as found:
        make_all(found, found.plan.until("vote"))
    run = OpenRun.at(str(recipe.parent / "run"))
    golds = {p.id: p.answer for p in run.rows("vote", "problems", Problem)}
    first, last = problem_id("What is 0 + 1?"), problem_id("What is 7 + 8?")
    assert golds[first] == "1"
    assert last not in golds
    assert len(golds) == 7
    dropped = [d for d in run.rows("vote", "decisions", Decision) if not d.kept]
    assert [(d.id, d.reason) for d in dropped] == [(last, "suspect_gold")]
    assert json.loads(dropped[0].detail)["majority"] == "15"


def test_what_comes_after_judges_by_the_labels(recipe: Path) -> None:
    made = plan(load(recipe)).steps
    assert list(made)[:4] == ["problems", "sample", "vote", "verify"]
    assert made["verify"].inputs["problems"] == made["curate"].inputs["problems"] == "vote"
    assert made["verify"].follows is None
    without = plan(load(recipe, ["verify.vote.labels=false"])).steps
    assert "vote" not in without
