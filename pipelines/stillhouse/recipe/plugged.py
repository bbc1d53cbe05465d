"""Sections that installed packages add to a recipe: a source, a curation step, a teacher, each known by its `kind` or `step`.

The class behind the entry point is a section of the recipe, and it does the work too: its fields are the settings, its
methods read them. So a package brings both in one file, and no file of ours has to know of it.
"""

import re
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError, WrapValidator

from stillhouse import plugins
from stillhouse.recipe.section import Section


class Plugged(Section):
    """What such a class is derived from. Raise `version` with every change that makes something else of the same settings."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": True})

    version: ClassVar[str] = "1"


P = TypeVar("P", bound=Plugged)


def or_plugged(ours: Any, base: type[P], what: str, group: str) -> WrapValidator:
    """Reads one of `ours`, a discriminated union, or the class that has the tag's name among the entry points of `group`.

    Raises ValueError, with all names that there are, for a tag that nobody knows.
    """
    adapter: TypeAdapter[Section] = TypeAdapter(ours)

    def read(given: Any, _: Callable[[Any], Any]) -> Section:
        if isinstance(given, base):
            return given
        try:
            return adapter.validate_python(given)
        except ValidationError as error:
            first = error.errors()[0]
            if first["type"] != "union_tag_invalid" or first["loc"]:
                raise
            known = re.findall(r"'([^']+)'", first["ctx"]["expected_tags"])
        return _plugged(first["ctx"]["tag"], known, base, what, group).model_validate(given)

    return WrapValidator(read)


def _plugged(name: str, ours: list[str], base: type[P], what: str, group: str) -> type[P]:
    point = plugins.find(group, name)
    if point is None:
        raise ValueError(str(plugins.unknown(what, name, ours, group)))
    found = plugins.load_class(point)
    if not issubclass(found, base):
        raise ValueError(f"the {what} {name!r} of {plugins.package(point)} is not derived from {base.__name__}")
    return found
