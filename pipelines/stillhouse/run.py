"""A run: one folder (or bucket prefix) with a stage folder per fingerprint, and `run.json` that says which is current.

Changing a recipe does not touch what was made before: a stage with other settings has another fingerprint and
so another folder, and the stages before it are found committed.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from stillhouse.errors import UserError
from stillhouse.manifest import Folder, Manifest, Shard, read_table
from stillhouse.recipe import Recipe, parse
from stillhouse.records import Record, from_table
from stillhouse.store import Store, open_store

RUNS = Path("data") / "runs"


def default_uri(recipe: Recipe) -> str:
    """data/runs/<name>-s<seed>: one recipe and seed is one run."""
    return str(RUNS / f"{recipe.name}-s{recipe.seed}")


@dataclass
class Run:
    """An open run: its store, its recipe, and the fingerprint of each stage that is current.

    `unsafe` is the command line's leave to judge where no walls can be built. It is written nowhere, so nothing that is read can give it.
    """

    store: Store
    recipe: Recipe
    stages: dict[str, str] = field(default_factory=dict)
    unsafe: bool = False

    @classmethod
    def create(cls, uri: str, recipe: Recipe) -> "Run":
        """Opens or makes the run at `uri` with this recipe as the current one."""
        store = open_store(uri)
        stages = _state(store)["stages"] if store.exists("run.json") else {}
        return cls(store, recipe, dict(stages))

    @classmethod
    def open(cls, uri: str) -> "Run":
        """Opens an existing run. Raises UserError when there is none."""
        store = open_store(uri)
        if not store.exists("run.json"):
            raise UserError(
                f"There is no run in {store.uri}.",
                "`stillhouse run-all RECIPE` makes one; runs are in data/runs/ unless --run says otherwise.",
            )
        state = _state(store)
        return cls(store, parse(state["recipe"], f"{store.uri}/run.json"), dict(state["stages"]))

    def point(self, stage: str, fingerprint: str) -> None:
        """Makes `fingerprint` the current one of `stage`; writes only when something changed."""
        recipe = self.recipe.model_dump(mode="json")
        if self.stages.get(stage) == fingerprint and self.store.exists("run.json") and _state(self.store)["recipe"] == recipe:
            return
        self.stages[stage] = fingerprint
        self.store.write("run.json", json.dumps({"recipe": recipe, "stages": self.stages}, indent=1).encode())

    def manifest(self, stage: str) -> Manifest:
        """The committed manifest of a stage. Raises UserError when the stage has not run."""
        fingerprint = self.stages.get(stage)
        found = Folder(self.store, stage, fingerprint).manifest() if fingerprint else None
        if found is None:
            raise UserError(
                f"The stage {stage!r} of {self.store.uri} has not finished.", "Run it first (`stillhouse status RUN` lists the stages)."
            )
        return found

    def committed(self) -> dict[str, Manifest]:
        """Every committed stage's manifest, in the order they were first run."""
        found = {s: Folder(self.store, s, f).manifest() for s, f in self.stages.items()}
        return {s: m for s, m in found.items() if m is not None}

    def tables(self) -> dict[str, list[tuple[str, list[Shard]]]]:
        """Table name → (stage, shards) of every committed stage that wrote it."""
        out: dict[str, list[tuple[str, list[Shard]]]] = {}
        for stage, manifest in self.committed().items():
            for table, shards in manifest.tables.items():
                out.setdefault(table, []).append((stage, shards))
        return out

    def arrow(self, stage: str, table: str, record: type[Any]) -> pa.Table:
        """A committed table, every shard checked against its sha256."""
        return read_table(self.store, self.manifest(stage).tables.get(table, []), record)

    def rows(self, stage: str, table: str, record: type[Record]) -> list[Record]:
        return from_table(self.arrow(stage, table, record), record)


def _state(store: Store) -> dict[str, Any]:
    try:
        state = json.loads(store.read("run.json"))
        return {"recipe": state["recipe"], "stages": state["stages"]}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UserError(
            f"{store.uri}/run.json is damaged.", "Delete it and run the recipe again: committed stages are found by their fingerprints."
        ) from error
