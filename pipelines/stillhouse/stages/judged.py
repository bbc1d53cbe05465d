"""What the steps that judge have in common."""

import os

from stillhouse.recipe import Recipe
from stillhouse.recipe.sections import ReasoningGym
from stillhouse.verifiers.registry import versions


def verifiers_used(recipe: Recipe) -> list[str]:
    """The verifiers that the recipe's problems can name, parts of compositions and the judge beside the rules included."""
    names = {"reasoning_gym" if isinstance(s, ReasoningGym) else s.verifier for s in recipe.problems.sources}
    parts = {part.verifier for name in names if name in recipe.verify.compose for part in recipe.verify.compose[name].of}
    beside = {"judge"} if recipe.verify.judge is not None and recipe.verify.judge.check else set()
    return sorted((names | parts | beside) - set(recipe.verify.compose))


def verifier_versions(recipe: Recipe) -> dict[str, str]:
    """The version of each verifier in use: another version gives other verdicts."""
    return versions(verifiers_used(recipe))


def workers(recipe: Recipe) -> int:
    """Judgements at once."""
    return recipe.cluster.verifier_workers or max(1, os.cpu_count() or 1)
