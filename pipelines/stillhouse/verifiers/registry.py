"""Which verifiers there are: a plain dict from name to `module:Class`, imported only in a worker.

A verifier class is made with the recipe's `Verify` section: `Class(settings)`; see verifiers.base for what it
must have. Those named in NEEDS_HOST start processes or open connections themselves (they bring their own
isolation), so their worker is not confined.
"""

import difflib
import importlib

from stillhouse.errors import UserError
from stillhouse.recipe.verification import Verify
from stillhouse.verifiers.base import Verifier

VERIFIERS = {
    "code": "stillhouse.verifiers.code:Code",
    "math": "stillhouse.verifiers.math:Math",
    "math_lenient": "stillhouse.verifiers.math:LenientMath",
    "reasoning_gym": "stillhouse.verifiers.reasoning_gym:ReasoningGym",
}
NEEDS_HOST = frozenset({"code", "judge", "reward", "process"})


def check(name: str, settings: Verify) -> None:
    """Raises UserError where no verifier has that name."""
    if name not in VERIFIERS:
        near = difflib.get_close_matches(name, VERIFIERS, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(sorted(VERIFIERS))}."
        raise UserError(f"There is no verifier {name!r}.", hint)


def load(name: str, settings: Verify) -> Verifier:
    """The verifier of that name, imported now. Raises UserError where there is none."""
    check(name, settings)
    module, _, cls = VERIFIERS[name].partition(":")
    verifier: Verifier = getattr(importlib.import_module(module), cls)(settings)
    return verifier


def needs_host(name: str, settings: Verify) -> bool:
    """Whether that verifier must be able to start processes or open connections."""
    return name in NEEDS_HOST
