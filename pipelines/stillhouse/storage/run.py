"""A run: a small file that says which recipe it is and where each of its steps' output is.

The outputs themselves are artifacts and ledgers of the store, shared by every run in it. `<store>/runs/<name>` is a run of
that store; a run at any other place is the only one of a store of its own.
"""

import json
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from stillhouse.errors import UserError
from stillhouse.recipe import Recipe, parse
from stillhouse.records import Record
from stillhouse.storage import reading
from stillhouse.storage.artifacts import Artifact
from stillhouse.storage.manifest import Manifest
from stillhouse.storage.store import Store, open_store

RUNS = "data/runs"
FORMAT = 2


class Pointer(BaseModel):
    """Where one step's output is."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: str
    fingerprint: str


class State(BaseModel):
    """What `run.json` holds. `contents` remembers the sha256 of every source file, so that a finished run outlives them; `labels` is
    where the table of its labels is."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: int = FORMAT
    recipe: dict[str, Any]
    steps: dict[str, Pointer]
    contents: dict[str, str] = {}
    labels: str = ""


def within(step: str, name: str) -> bool:
    """Whether a step has that name, or lies below it: `sample/big` and `sample/small` are the `sample` of several teachers."""
    return step == name or step.startswith(f"{name}/")


def default_uri(recipe: Recipe) -> str:
    """data/runs/<name>-s<seed>: one recipe and seed is one run."""
    return f"{RUNS}/{recipe.name}-s{recipe.seed}"


@dataclass(frozen=True)
class Run:
    """The place of a run: its store, and its own folder in it ("" where the run is all that the store holds)."""

    store: Store
    folder: str

    @classmethod
    def at(cls, uri: str) -> "Run":
        """The run at a path or URI, which need not exist yet."""
        if not uri.strip():
            raise UserError("--run names no folder.", "Leave it out for the default: data/runs/<name>-s<seed>.")
        parent, _, name = uri.rstrip("/").rpartition("/")
        above, _, last = parent.rpartition("/")
        if last == "runs" and name:
            return cls(open_store(above or ("/" if parent.startswith("/") else ".")), f"runs/{name}")
        return cls(open_store(uri), "")

    @property
    def uri(self) -> str:
        return f"{self.store.uri}/{self.folder}" if self.folder else self.store.uri

    def path(self, name: str) -> str:
        """The place of one of the run's own files in its store."""
        return f"{self.folder}/{name}" if self.folder else name

    def state(self) -> State | None:
        """What run.json says, or None before the first start. Raises UserError where it is damaged or of the first edition."""
        path = self.path("run.json")
        if not self.store.exists(path):
            return None
        try:
            tree = json.loads(self.store.read(path))
            if isinstance(tree, dict) and "stages" in tree:
                raise UserError(
                    f"{self.uri} is a run of the first edition, which this one does not read.", "Start the recipe in another --run."
                )
            if isinstance(tree, dict) and tree.get("format", 0) > FORMAT:
                raise UserError(f"{self.uri} was made by a later version of Stillhouse.", "Use that version to read it.")
            return State.model_validate(tree)
        except (ValueError, ValidationError, RecursionError, IsADirectoryError) as error:
            raise UserError(
                f"{self.uri}/run.json is damaged.", "Delete it and run the recipe again: what is committed is found."
            ) from error

    def set_pointers(self, recipe: Recipe, steps: dict[str, Pointer], contents: dict[str, str], labels: str = "") -> None:
        """Makes these steps the run's; writes only when something changed."""
        state = State(recipe=recipe.model_dump(mode="json"), steps=steps, contents=contents, labels=labels)
        if self.state() != state:
            self.store.write(self.path("run.json"), state.model_dump_json(indent=1).encode())


@dataclass(frozen=True)
class OpenRun:
    """An existing run, for readers: its recipe, and the artifacts of its steps by name, in the plan's order."""

    run: Run
    recipe: Recipe
    steps: dict[str, Artifact]
    contents: dict[str, str]
    labels: str = ""

    @classmethod
    def at(cls, uri: str) -> "OpenRun":
        """Raises UserError when there is no run."""
        run = Run.at(uri)
        state = run.state()
        if state is None:
            raise UserError(
                f"There is no run in {run.uri}.",
                "`stillhouse run-all RECIPE` makes one; runs are in data/runs/ unless --run says otherwise.",
            )
        steps = {name: Artifact(run.store, pointer.kind, pointer.fingerprint) for name, pointer in state.steps.items()}
        return cls(run, parse(state.recipe, f"{run.uri}/run.json"), steps, state.contents, state.labels)

    def committed(self) -> dict[str, Manifest]:
        """The manifest of every step that is done."""
        return {name: found for name, artifact in self.steps.items() if (found := artifact.manifest()) is not None}

    def manifest(self, step: str) -> Manifest:
        """The manifest of one step. Raises UserError when it has not finished."""
        found = self.steps[step].manifest() if step in self.steps else None
        if found is None:
            raise UserError(f"The step {step!r} of {self.run.uri} has not finished.", "`stillhouse status RUN` lists the steps.")
        return found

    def rows(self, step: str, table: str, record: type[Record]) -> list[Record]:
        """All rows of a small table of a step."""
        return reading.rows(self.run.store, self.manifest(step), table, record)
