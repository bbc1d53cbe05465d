"""Which verifiers there are: a plain dict from name to `module:Class`, and what installed packages add to it (stillhouse.plugins).

A verifier class is made with the recipe's `Verify` section: `Class(settings)`; see verifiers.base for what it must have
and what it may say of itself.
"""

import importlib
import sys
from functools import cache

from stillhouse import plugins
from stillhouse.errors import UserError
from stillhouse.recipe.verification import Verify
from stillhouse.verifiers.base import Traits, Verifier

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


@cache
def found(name: str, beside: tuple[str, ...] = ()) -> type[Verifier]:
    """The class of that name, imported now. Raises UserError where there is none; `beside` are other names that it could have been."""
    if name in VERIFIERS:
        module, _, attribute = VERIFIERS[name].partition(":")
        ours: type[Verifier] = getattr(importlib.import_module(module), attribute)
        return ours
    point = plugins.find(plugins.VERIFIERS, name)
    if point is None:
        raise plugins.unknown("verifier", name, [*VERIFIERS, *beside], plugins.VERIFIERS)
    theirs = plugins.load_class(point)
    if not isinstance(getattr(theirs, "version", None), str) or not callable(getattr(theirs, "judge", None)):
        raise UserError(f"The verifier {name!r} of {plugins.package(point)} has no `version` or no `judge`.")
    return theirs


@cache
def traits(name: str, beside: tuple[str, ...] = ()) -> Traits:
    """What the verifier of that name says of itself. Raises UserError where there is none."""
    return Traits.of(found(name, beside))


def check(name: str, settings: Verify) -> None:
    """Raises UserError where no verifier and no composition has that name, or a part of it is unknown or not configured."""
    if name in settings.compose and name in VERIFIERS:
        raise UserError(f"verify.compose.{name} has the name of a verifier.", "Give the composition another name.")
    for part in parts(name, settings):
        section = traits(part, tuple(settings.compose) if part == name else ()).section
        if section and getattr(settings, section) is None:
            raise UserError(f"The verifier `{part}` needs verify.{section}.", "Give it in the recipe.")


def parts(name: str, settings: Verify) -> list[str]:
    """The verifiers that a name stands for: itself, or the parts of a composition."""
    return [part.verifier for part in settings.compose[name].of] if name in settings.compose else [name]


def load(name: str, settings: Verify, unsafe: bool = False) -> Verifier:
    """The verifier of that name, imported now; `unsafe` lets `code` run programs without walls. Raises UserError where there is none."""
    check(name, settings)
    if parts(name, settings) == [name]:
        make = found(name)
        return make(settings, unsafe) if name == "code" else make(settings)  # type: ignore[call-arg]
    from stillhouse.verifiers.compose import Composed

    recipe = settings.compose[name]
    return Composed(name, recipe, [load(part.verifier, settings, unsafe) for part in recipe.of])


def needs_host(name: str, settings: Verify) -> bool:
    """Whether that verifier must be able to start processes or open connections."""
    return any(traits(part).needs_host for part in parts(name, settings))


def runs_no_text(name: str, settings: Verify) -> bool:
    """Whether nothing in that verifier's worker needs to run a text as code."""
    return all(traits(part).runs_no_text for part in parts(name, settings))


def versions(names: list[str]) -> dict[str, str]:
    """The version of each named verifier. Raises UserError for one that does not exist."""
    return {name: found(name).version for name in names}


def folders(name: str, settings: Verify) -> list[str]:
    """The folders of installed packages that a worker of that verifier must find."""
    points = [plugins.find(plugins.VERIFIERS, part) for part in parts(name, settings) if part not in VERIFIERS]
    return [plugins.folder(point) for point in points if point]


def files_of(name: str) -> list[str]:
    """The files of another package's verifier: the folders of its package, or its one module. None for ours."""
    if name in VERIFIERS:
        return []
    module = sys.modules[found(name).__module__.partition(".")[0]]
    return [*getattr(module, "__path__", [])] or [str(module.__file__)]


def own_settings(name: str, settings: Verify) -> Verify:
    """The settings without those of other packages' verifiers: their code is no business of this one's worker."""
    mine = parts(name, settings)
    return settings.model_copy(update={"plugins": {n: s for n, s in settings.plugins.items() if n in mine}})
