"""Reads the part of a recipe that a tool of its own needs: a whole recipe, or a file with only that section."""

from pathlib import Path

import yaml
from pydantic import ValidationError

from stillhouse.errors import UserError
from stillhouse.recipe import load
from stillhouse.recipe.base import Section
from stillhouse.recipe.curation import Curation


class CurationFile(Section):
    """A file that holds a `curation` section and, if wanted, a seed."""

    seed: int = 0
    curation: Curation


def load_curation(path: Path) -> CurationFile:
    """The curation settings and the seed of a recipe, or of a file with `curation:` (and `seed:`) alone."""
    try:
        tree = yaml.safe_load(path.read_bytes())
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        raise UserError(f"Cannot read the recipe {path}: {reason}.", "Recipes are in configs/.") from error
    if not isinstance(tree, dict) or set(tree) - set(CurationFile.model_fields):
        recipe = load(path)
        return CurationFile(seed=recipe.seed, curation=recipe.curation)
    try:
        return CurationFile.model_validate(tree)
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5]]
        raise UserError(f"{path}: {'; '.join(lines)}.", "The steps and their settings: stillhouse schema.") from error
