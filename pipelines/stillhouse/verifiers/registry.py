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
    "reward": "stillhouse.verifiers.reward:Reward",
    "process": "stillhouse.verifiers.process:Process",
    "judge": "stillhouse.verifiers.judge:Judge",
    "choice": "stillhouse.verifiers.choice:Choice",
    "code": "stillhouse.verifiers.code:Code",
    "format": "stillhouse.verifiers.format:Format",
    "math": "stillhouse.verifiers.math:Math",
    "math_lenient": "stillhouse.verifiers.math:LenientMath",
    "reasoning_gym": "stillhouse.verifiers.reasoning_gym:ReasoningGym",
    "structure": "stillhouse.verifiers.structure:Structure",
}
NEEDS_HOST = frozenset({"code", "judge", "reward", "process"})


def check(name: str, settings: Verify) -> None:
    """Raises UserError where no verifier and no composition has that name, or a composition's part is unknown."""
    if name in settings.compose and name not in VERIFIERS:
        for part in settings.compose[name].of:
            if part.verifier not in VERIFIERS:
                raise _unknown(part.verifier, list(VERIFIERS))
    elif name not in VERIFIERS:
        raise _unknown(name, [*VERIFIERS, *settings.compose])


def _unknown(name: str, there: list[str]) -> UserError:
    near = difflib.get_close_matches(name, there, n=1)
    return UserError(f"There is no verifier {name!r}.", f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(sorted(there))}.")


def load(name: str, settings: Verify) -> Verifier:
    """The verifier of that name, imported now. Raises UserError where there is none."""
    check(name, settings)
    if name in VERIFIERS:
        module, _, cls = VERIFIERS[name].partition(":")
        verifier: Verifier = getattr(importlib.import_module(module), cls)(settings)
        return verifier
    from stillhouse.verifiers.compose import Composed

    recipe = settings.compose[name]
    return Composed(name, recipe, [load(part.verifier, settings) for part in recipe.of])


def needs_host(name: str, settings: Verify) -> bool:
    """Whether that verifier must be able to start processes or open connections."""
    parts = [part.verifier for part in settings.compose[name].of] if name in settings.compose else [name]
    return bool(NEEDS_HOST.intersection(parts))


def versions(names: list[str]) -> dict[str, str]:
    """The version of each named verifier. Raises UserError for one that does not exist."""
    return {name: _class(name).version for name in names}


def _class(name: str) -> type[Verifier]:
    if name not in VERIFIERS:
        raise _unknown(name, list(VERIFIERS))
    module, _, cls = VERIFIERS[name].partition(":")
    found: type[Verifier] = getattr(importlib.import_module(module), cls)
    return found
