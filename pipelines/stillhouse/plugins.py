"""What installed packages add: a verifier, a source, a curation step, a teacher or a method, each by one entry point.

    [project.entry-points."stillhouse.verifiers"]
    palindrome = "my_package.palindrome:Palindrome"

Entry points are read when a name is not one of ours, and no sooner; a name of ours cannot be taken by a package.
"""

import difflib
from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from stillhouse.errors import UserError

VERIFIERS, SOURCES, CURATION_STEPS, ENGINES, METHODS = GROUPS = (
    "stillhouse.verifiers",
    "stillhouse.sources",
    "stillhouse.curation_steps",
    "stillhouse.engines",
    "stillhouse.methods",
)


def there_are(group: str) -> list[EntryPoint]:
    """What installed packages add to a group, by name."""
    points = {(point.name, package(point)): point for point in entry_points(group=group)}
    return [points[key] for key in sorted(points)]


def find(group: str, name: str) -> EntryPoint | None:
    """The entry point of that name, if a package has one. Raises UserError where two have."""
    found = [point for point in there_are(group) if point.name == name]
    if len(found) > 1:
        both = " and ".join(package(point) for point in found)
        raise UserError(f"{both} both add {name!r} to {group}.", "Uninstall one of them.")
    return found[0] if found else None


def load(point: EntryPoint) -> object:
    """What an entry point names, imported. Raises UserError where that fails: the package is at fault, and is named."""
    try:
        return point.load()
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        raise UserError(f"{point.name!r} of the package {package(point)} cannot be loaded ({point.value}): {why}.") from error


def load_class(point: EntryPoint) -> type:
    """A class that an entry point names. Raises UserError for anything else."""
    found = load(point)
    if not isinstance(found, type):
        raise UserError(f"{point.name!r} of the package {package(point)} is no class: {point.value}.")
    return found


def unknown(what: str, name: str, ours: Iterable[str], group: str) -> UserError:
    """The error for a name that nobody knows: the nearest that there is, or all, and how a package adds one."""
    plugged = {point.name: f"{point.name} ({package(point)})" for point in there_are(group)}
    names = [*ours, *plugged]
    near = difflib.get_close_matches(name, names, n=1)
    listed = ", ".join([*sorted(ours), *plugged.values()])
    ways = f"Did you mean {near[0]!r}?" if near else f"There are: {listed}; an installed package adds one by an entry point in {group}."
    return UserError(f"There is no {what} {name!r}.", ways)


def package(point: EntryPoint) -> str:
    """Name and version of the package that an entry point comes from."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else "a package without metadata"


def folder(point: EntryPoint) -> str:
    """The folder of `sys.path` that the package was found in."""
    return str(Path(str(point.dist.locate_file(""))).resolve()) if point.dist else ""
