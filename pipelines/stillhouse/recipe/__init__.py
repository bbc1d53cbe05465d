"""A recipe: everything that decides what a run makes, read from one YAML file.

Imports nothing heavy, so that a mistake in a recipe is reported before torch is loaded.
"""

import difflib
import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError, model_validator

from stillhouse.errors import UserError
from stillhouse.recipe.curation import Curation
from stillhouse.recipe.dedup import Decontaminate, Dedup
from stillhouse.recipe.reading import read_file, read_yaml
from stillhouse.recipe.review import Review
from stillhouse.recipe.section import Section
from stillhouse.recipe.sections import Cluster, Problems, Prompt, Publish, Scoring
from stillhouse.recipe.teacher import Teacher
from stillhouse.recipe.teachers import NAME, Mixed, Taught, divide
from stillhouse.recipe.training import Train
from stillhouse.recipe.verification import Verify


class Recipe(Section):
    """A Stillhouse recipe."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")
    description: str = ""
    seed: int = 0
    problems: Problems
    prompt: Prompt = Prompt()
    teacher: Teacher | None = Field(None, description="Who answers the training problems; or `teachers`.")
    teachers: dict[Annotated[str, StringConstraints(pattern=NAME)], Mixed] = Field({}, description="Several teachers by name.")
    verify: Verify = Verify()
    review: Review | None = Field(None, description="Which traces people are asked about; None: nobody is.")
    decontaminate: Decontaminate = Decontaminate()
    dedup: Dedup = Dedup()
    curation: Curation = Curation()
    publish: Publish = Publish()
    train: Train | None = Field(None, description="None: the run ends with the dataset.")
    score: Scoring = Scoring()
    cluster: Cluster = Cluster()

    @model_validator(mode="after")
    def _is_taught(self) -> "Recipe":
        if (self.teacher is None) == (not self.teachers):
            raise ValueError("a recipe names its `teacher`, or several `teachers` by name: one of the two")
        return self

    def list_teachers(self) -> list[Taught]:
        """The teachers, each with the problems that it answers. The only one of a recipe with `teacher` has no name."""
        return [Taught("", self.teacher, self.prompt)] if self.teacher else divide(self.teachers, self.prompt, self.seed)


def load(path: str | Path, overrides: list[str] | None = None) -> Recipe:
    """Reads a recipe and applies `key.path=value` overrides (values are YAML).

    Raises UserError for a missing file, bad YAML, an unknown key (with the nearest right one) or a bad value.
    """
    tree = read_yaml(read_file(Path(path)), str(path))
    if not isinstance(tree, dict):
        raise UserError(f"{path} does not hold a recipe (a mapping with name, problems, teacher, train).")
    for override in overrides or []:
        _override(tree, override)
    return parse(tree, str(path))


def parse(tree: dict[str, Any], origin: str) -> Recipe:
    """A recipe from plain data; `origin` names it in errors."""
    try:
        return Recipe.model_validate(tree)
    except ValidationError as error:
        raise UserError(f"{origin}: " + "; ".join(_explain(e) for e in error.errors()[:5]) + ".") from error


def overridden(recipe: Recipe, overrides: list[str], origin: str) -> Recipe:
    """The recipe with `key.path=value` overrides over it. Raises UserError as `load` does."""
    tree = recipe.model_dump(mode="json")
    for override in overrides:
        _override(tree, override)
    return parse(tree, origin)


def _override(tree: dict[str, Any], text: str) -> None:
    key, sep, value = text.partition("=")
    if not sep or not key:
        raise UserError(f"--set {text!r} is not key=value.", "Example: --set train.epochs=2")
    parsed = read_yaml(value, f"--set {key}: {value!r}")
    *parents, last = key.split(".")
    node: Any = tree
    for part in parents:
        node = _child(node, part, key)
    if isinstance(node, list):
        node[_position(node, last, key)] = parsed
    elif isinstance(node, dict):
        node[last] = parsed
    else:
        raise UserError(f"--set {key}: {last!r} is below a plain value.")


def _child(node: Any, part: str, key: str) -> Any:
    if isinstance(node, list):
        return node[_position(node, part, key)]
    if not isinstance(node, dict):
        raise UserError(f"--set {key}: {part!r} is below a plain value.")
    if node.get(part) is None:
        node[part] = {}
    return node[part]


def _position(node: list[Any], part: str, key: str) -> int:
    if not part.isdecimal() or int(part) >= len(node):
        raise UserError(f"--set {key}: {part!r} is not a position of a list of {len(node)}.")
    return int(part)


def _explain(error: Any) -> str:
    loc = tuple(error["loc"])
    where = ".".join(str(part) for part in loc)
    if error["type"] != "extra_forbidden":
        return f"{where}: {error['msg']}"
    near = difflib.get_close_matches(str(loc[-1]), _known_keys(), n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return f"unknown key {where}{hint}"


def _known_keys() -> list[str]:
    schema = Recipe.model_json_schema()
    keys = set(schema["properties"])
    for definition in schema.get("$defs", {}).values():
        keys |= set(definition.get("properties", {}))
    return sorted(keys)


def json_schema() -> str:
    """The JSON schema of a recipe, for editors."""
    return json.dumps(Recipe.model_json_schema(), indent=1)
