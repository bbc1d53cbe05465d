"""Recipes: what is refused, and how it is said."""

from pathlib import Path

import pytest

from stillhouse.errors import UserError
from stillhouse.recipe import Recipe, json_schema, load

CONFIGS = Path(__file__).parents[1] / "configs"
QUICKSTART = CONFIGS / "quickstart.yaml"


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda p: p.name)
def test_every_shipped_recipe_loads(path: Path) -> None:
    assert isinstance(load(path), Recipe)


def test_overrides_reach_into_mappings_and_lists() -> None:
    recipe = load(QUICKSTART, ["train.epochs=2", "problems.sources.0.size=5", "cluster.address=http://head:8265"])
    assert (recipe.train.epochs, recipe.problems.sources[0].size) == (2, 5)  # type: ignore[union-attr]
    assert recipe.cluster.address == "http://head:8265"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("train.epoch=2", "unknown key train.epoch (did you mean 'epochs'?)"),
        ("teacher.sampling.temprature=1", "did you mean 'temperature'?"),
        ("train.epochs=none", "train.epochs"),
        ("problems.sources.9.size=1", "not a position"),
        ("nonsense", "is not key=value"),
        ("train.epochs.more=1", "below a plain value"),
        ("teacher.kind=magic", "magic"),
    ],
)
def test_a_wrong_key_or_value_is_named(override: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        load(QUICKSTART, [override])
    assert message in str(caught.value)


@pytest.mark.parametrize("text", ["a: [1", "- 1", "\x00", "!!python/object/apply:os.system ['true']"])
def test_what_is_no_recipe_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=r"r\.yaml"):
        load(path)


def test_a_missing_recipe_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Cannot read the recipe"):
        load(tmp_path / "none.yaml")


def test_the_schema_describes_every_section() -> None:
    assert all(f'"{name}"' in json_schema() for name in Recipe.model_fields)
