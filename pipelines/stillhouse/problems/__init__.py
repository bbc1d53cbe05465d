"""Sources of problems, by their kind in a recipe: how they load, and what identifies them. A package's source says both itself."""

from collections.abc import Callable, Iterator
from typing import Any

from stillhouse.errors import UserError
from stillhouse.problems import files, generators, hub
from stillhouse.recipe.sections import PluggedSource, Source
from stillhouse.records import Problem
from stillhouse.storage.contents import Contents

LOADERS: dict[str, Callable[[Any], Iterator[Problem]]] = {
    "reasoning_gym": generators.load,
    "file": files.load,
    "huggingface": hub.load,
}

IDENTITIES: dict[str, Callable[[Any, Contents], dict[str, Any]]] = {
    "reasoning_gym": generators.identity,
    "file": files.identity,
    "huggingface": hub.identity,
}


def load(source: Source) -> Iterator[Problem]:
    """A source's problems. Raises UserError for a source that cannot be read."""
    return _plugged(source) if isinstance(source, PluggedSource) else LOADERS[source.kind](source)


def identity(source: Source, contents: Contents) -> dict[str, Any]:
    """What identifies a source's problems. Raises UserError for a file that is not there."""
    if isinstance(source, PluggedSource):
        return {**source.identity(contents), "version": source.version}
    return IDENTITIES[source.kind](source, contents)


def _plugged(source: PluggedSource) -> Iterator[Problem]:
    """Its verifier is known before anything is loaded, and its version is part of what identifies the verdicts."""
    for problem in source.load():
        if problem.verifier != source.verifier:
            raise UserError(
                f"The source {source.kind!r} gives a problem of {problem.verifier!r}.", f"Its `verifier` is {source.verifier!r}."
            )
        yield problem
