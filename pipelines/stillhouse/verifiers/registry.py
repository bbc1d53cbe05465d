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
    "reward": "stillhouse.verifiers.models.reward:Reward",
    "process": "stillhouse.verifiers.models.process:Process",
    "judge": "stillhouse.verifiers.models.judge:Judge",
    "choice": "stillhouse.verifiers.text.choice:Choice",
    "choice_lenient": "stillhouse.verifiers.text.choice:LenientChoice",
    "code": "stillhouse.verifiers.code.verifier:Code",
    "format": "stillhouse.verifiers.text.format:Format",
    "math": "stillhouse.verifiers.math.verifier:Math",
    "math_answer": "stillhouse.verifiers.math.extracted:AnswerMath",
    "math_lenient": "stillhouse.verifiers.math.verifier:LenientMath",
    "reasoning_gym": "stillhouse.verifiers.gym.verifier:ReasoningGym",
    "structure": "stillhouse.verifiers.text.structure:Structure",
}
NEEDS_HOST = frozenset({"code", "judge", "reward", "process"})
# These only compare: no text becomes code in their workers, whoever's library they use.
RUN_NO_TEXT = frozenset({"choice", "format", "math", "math_answer", "math_lenient", "reasoning_gym", "structure"})
# Without its section in the settings such a verifier judges nothing.
_CONFIGURED = ("judge", "reward", "process")


def check(name: str, settings: Verify) -> None:
    """Raises UserError where no verifier and no composition has that name, or a part of it is unknown or not configured."""
    composed = name in settings.compose and name not in VERIFIERS
    if not composed and name not in VERIFIERS:
        raise _unknown(name, [*VERIFIERS, *settings.compose])
    for part in parts(name, settings):
        if part not in VERIFIERS:
            raise _unknown(part, list(VERIFIERS))
        if part in _CONFIGURED and getattr(settings, part) is None:
            raise UserError(f"The verifier `{part}` needs verify.{part}.", "Give it in the recipe.")


def parts(name: str, settings: Verify) -> list[str]:
    """The verifiers that a name stands for: itself, or the parts of a composition."""
    return [name] if name in VERIFIERS else [part.verifier for part in settings.compose[name].of]


def _unknown(name: str, there: list[str]) -> UserError:
    near = difflib.get_close_matches(name, there, n=1)
    return UserError(f"There is no verifier {name!r}.", f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(sorted(there))}.")


def load(name: str, settings: Verify, unsafe: bool = False) -> Verifier:
    """The verifier of that name, imported now; `unsafe` lets `code` run programs without walls. Raises UserError where there is none."""
    check(name, settings)
    if name in VERIFIERS:
        module, _, cls = VERIFIERS[name].partition(":")
        make = getattr(importlib.import_module(module), cls)
        verifier: Verifier = make(settings, unsafe) if name == "code" else make(settings)
        return verifier
    from stillhouse.verifiers.compose import Composed

    recipe = settings.compose[name]
    return Composed(name, recipe, [load(part.verifier, settings, unsafe) for part in recipe.of])


def needs_host(name: str, settings: Verify) -> bool:
    """Whether that verifier must be able to start processes or open connections."""
    return bool(NEEDS_HOST.intersection(parts(name, settings)))


def runs_no_text(name: str, settings: Verify) -> bool:
    """Whether nothing in that verifier's worker needs to run a text as code."""
    return RUN_NO_TEXT.issuperset(parts(name, settings))


def versions(names: list[str]) -> dict[str, str]:
    """The version of each named verifier. Raises UserError for one that does not exist."""
    return {name: _class(name).version for name in names}


def _class(name: str) -> type[Verifier]:
    if name not in VERIFIERS:
        raise _unknown(name, list(VERIFIERS))
    module, _, cls = VERIFIERS[name].partition(":")
    found: type[Verifier] = getattr(importlib.import_module(module), cls)
    return found
