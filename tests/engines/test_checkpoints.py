"""A model's folder is looked at before anything is sampled."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from stillhouse.engines.checkpoints import revision
from stillhouse.errors import UserError
from stillhouse.recipe.sections import Model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "model"
    made.mkdir()
    (made / "config.json").write_text(json.dumps({"model_type": "llama"}))
    (made / "tokenizer.json").write_text("{}")
    (made / "chat_template.jinja").write_text("{{ messages }}")
    save_file({"a": torch.zeros(4, 4)}, made / "model.safetensors")
    return made


def test_a_whole_folder_has_a_revision(folder: Path) -> None:
    assert len(revision(Model(path=str(folder)))) == 64


def test_a_template_may_stand_in_the_tokenizers_configuration(folder: Path) -> None:
    (folder / "chat_template.jinja").unlink()
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": "{{ messages }}"}))
    assert revision(Model(path=str(folder)))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("config.json", "no config.json"),
        ("tokenizer.json", "no tokenizer"),
        ("chat_template.jinja", "no chat template"),
        ("model.safetensors", "no weights"),
    ],
)
def test_a_folder_that_lacks_a_part_is_refused(folder: Path, name: str, message: str) -> None:
    (folder / name).unlink()
    with pytest.raises(UserError, match=message):
        revision(Model(path=str(folder)))


def test_a_shard_that_the_index_lists_must_be_there(folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": "model.safetensors", "b": "more.safetensors"}}))
    with pytest.raises(UserError, match="no weights"):
        revision(Model(path=str(folder)))


@pytest.mark.parametrize("cut", [0, 4, 40, -1])
def test_cut_weights_are_refused(folder: Path, cut: int) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:cut])
    with pytest.raises(UserError, match="cut off"):
        revision(Model(path=str(folder)))


@pytest.mark.parametrize("name", ["this.x", "../../etc", "", "a/b"])
def test_a_packages_name_imports_nothing(name: str) -> None:
    with pytest.raises(UserError, match="not the name of a package"):
        revision(Model(path=f"package:{name}"))
