"""Whether problems can be judged at all, found out before anything is sampled for them."""

import json

from stillhouse.errors import UserError
from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem
from stillhouse.verifiers import registry
from stillhouse.verifiers.code import tests as code_tests


def unready(problem: Problem, settings: Verify) -> str | None:
    """What a problem's own data lacks for its verifier, or None. Raises UserError for a verifier that is unknown or not configured."""
    registry.check(problem.verifier, settings)
    for part in registry.parts(problem.verifier, settings):
        lacking = NEEDS[part](problem.payload) if part in NEEDS else None
        if lacking:
            return lacking
    return None


def _tests(payload: str) -> str | None:
    try:
        code_tests.parse(payload)
    except (UserError, RecursionError) as error:
        return f"no tests: {error}"
    return None


def _rules(payload: str) -> str | None:
    try:
        held = json.loads(payload)
    except (ValueError, RecursionError):
        return "the payload is not JSON"
    return None if isinstance(held, dict) and held.get("rules") else "no rules"


NEEDS = {"code": _tests, "structure": _rules}
