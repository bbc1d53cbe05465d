"""Adapters by name: what identifies them, and what is no adapter is told before an engine starts."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from stillhouse.engines.adapters import adapter_path, adapter_rank, adapter_revision
from stillhouse.errors import UserError
from stillhouse.recipe.sections import Engine, Model, Scoring
from stillhouse.stages.sample import local

MODEL = Model(path="org/model", revision="a" * 40)


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    folder = tmp_path / "style"
    folder.mkdir()
    save_file({"base_model.model.x.lora_A.weight": torch.ones(4, 2)}, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(json.dumps({"r": 4, "lora_alpha": 8, "target_modules": ["x"]}))
    return folder


def test_an_adapter_is_part_of_who_the_model_is_by_its_content(adapter: Path) -> None:
    bare = local(MODEL, Engine())
    with_it = local(MODEL, Engine(lora=str(adapter)))
    assert bare.weights == MODEL.revision
    assert with_it.weights != bare.weights
    assert with_it.name == "org/model+style"
    moved = adapter.rename(adapter.parent / "elsewhere")
    assert local(MODEL, Engine(lora=str(moved))).weights == with_it.weights
    save_file({"base_model.model.x.lora_A.weight": torch.zeros(4, 2)}, moved / "adapter_model.safetensors")
    assert local(MODEL, Engine(lora=str(moved))).weights != with_it.weights
    assert adapter_revision(f"org/adapter@{'b' * 40}") == "b" * 40


@pytest.mark.parametrize(("rank", "room"), [(1, 8), (8, 8), (9, 16), (512, 512)])
def test_the_room_for_an_adapter_is_the_least_that_holds_its_rank(adapter: Path, rank: int, room: int) -> None:
    (adapter / "adapter_config.json").write_text(json.dumps({"r": 1, "rank_pattern": {"x": rank}}))
    assert adapter_rank(adapter_path(str(adapter))) == room


@pytest.mark.parametrize(
    ("config", "told"),
    [('{"r": 513}', "rank 513"), ("{}", "no rank"), ("[]", "no rank"), ("nothing", "no rank"), ('{"r": null}', "no rank")],
)
def test_what_is_no_adapter_is_one_line(adapter: Path, config: str, told: str) -> None:
    (adapter / "adapter_config.json").write_text(config)
    with pytest.raises(UserError, match=told):
        adapter_revision(str(adapter))


def test_a_name_that_is_nowhere_or_half_there_is_one_line(adapter: Path) -> None:
    with pytest.raises(UserError, match="no folder here"):
        adapter_revision("org/adapter")
    weights = adapter / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-3])
    with pytest.raises(UserError, match="cut off"):
        adapter_revision(str(adapter))
    weights.unlink()
    with pytest.raises(UserError, match="no adapter_model"):
        adapter_revision(str(adapter))


def test_base_and_student_are_scored_whole() -> None:
    with pytest.raises(ValueError, match="whole models"):
        Scoring(engine=Engine(lora="x"))
