"""What a run has committed: the manifest of every finished step by the step's name, in the plan's order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from stillhouse.storage.artifacts import Artifact
from stillhouse.storage.manifest import Manifest
from stillhouse.storage.run import OpenRun
from stillhouse.storage.store import Store


class Part(Protocol):
    """A finished step, as another step is handed it."""

    @property
    def artifact(self) -> Artifact: ...

    def manifest(self) -> Manifest: ...


Inputs = Mapping[str, Part]
"""A step's inputs, by the names of the steps that made them."""


@dataclass(frozen=True)
class Committed:
    """The finished steps that a reader may see. A step that is not among them has no rows in any table."""

    store: Store
    steps: dict[str, Manifest]

    @classmethod
    def of(cls, inputs: Inputs) -> "Committed":
        """The inputs of a step, whose roles are the steps' names. Raises UserError where one has not finished."""
        store = next(iter(inputs.values())).artifact.store
        return cls(store, {name: part.manifest() for name, part in inputs.items()})

    @classmethod
    def at(cls, run: OpenRun) -> "Committed":
        """The steps that a run points at, as far as they are finished."""
        return cls(run.run.store, run.committed())
