"""Reads the part of a recipe that a tool of its own needs: a whole recipe, or a file with only that section."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from stillhouse.errors import UserError
from stillhouse.recipe import Recipe, load
from stillhouse.recipe.curation import Curation
from stillhouse.recipe.reading import read_file, read_yaml
from stillhouse.recipe.section import Section
from stillhouse.recipe.sections import Engine, Prompt
from stillhouse.recipe.verification import Verify

Part = TypeVar("Part", bound=Section)


class CurationFile(Section):
    """A file that holds a `curation` section and, if wanted, a seed."""

    seed: int = 0
    curation: Curation


class VerifyFile(Section):
    """A file that holds a `verify` section."""

    verify: Verify


class StepsFile(Section):
    """A file with what labelling steps needs: the verifiers, the prompt, the engine."""

    verify: Verify = Verify()
    prompt: Prompt = Prompt()
    engine: Engine = Engine()


def load_curation(path: Path) -> CurationFile:
    """The curation settings and the seed of a recipe, or of a file with `curation:` (and `seed:`) alone."""
    return _load(path, CurationFile, lambda recipe: CurationFile(seed=recipe.seed, curation=recipe.curation))


def load_verify(path: Path) -> Verify:
    """The verifiers' settings of a recipe, or of a file with `verify:` alone."""
    return _load(path, VerifyFile, lambda recipe: VerifyFile(verify=recipe.verify)).verify


def load_steps(path: Path) -> StepsFile:
    """The verifiers' settings, the prompt and the engine that scores, of a recipe; or those of a file with `verify:`, `prompt:`, `engine:` alone."""
    return _load(path, StepsFile, lambda recipe: StepsFile(verify=recipe.verify, prompt=recipe.prompt, engine=recipe.score.engine))


def _load(path: Path, part: type[Part], of: Callable[[Recipe], Part]) -> Part:
    """The file as a part, or the part of the recipe that it holds. Raises UserError."""
    tree = read_yaml(read_file(path), str(path))
    if not isinstance(tree, dict) or set(tree) - set(part.model_fields):
        return of(load(path))
    try:
        return part.model_validate(tree)
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5]]
        raise UserError(f"{path}: {'; '.join(lines)}.", "The sections and their settings: stillhouse schema.") from error
