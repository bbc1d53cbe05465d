"""Whether problems can be judged at all, found out before anything is sampled for them."""

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem
from stillhouse.verifiers import registry


def unready(problem: Problem, settings: Verify) -> str | None:
    """What a problem's own data lacks for its verifier, or None. Raises UserError for a verifier that is unknown or not configured."""
    registry.check(problem.verifier, settings)
    for part in registry.parts(problem.verifier, settings):
        lacking = registry.traits(part).lacking(problem.payload)
        if lacking:
            return lacking
    return None
