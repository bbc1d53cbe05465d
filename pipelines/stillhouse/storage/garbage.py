"""What a store holds that no run of it needs: outputs of settings that were left behind, and what killed writers left.

Guarantee: nothing that a run points at is garbage, nothing younger than the age that is asked for, and no trace or verdict that a
ledger has committed unless `ledgers` asks for it, since those were paid for. A run.json or an entry that cannot be read stops it all.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from stillhouse.errors import UserError
from stillhouse.storage.artifacts import Artifact
from stillhouse.storage.manifest import Manifest
from stillhouse.storage.runs import runs
from stillhouse.storage.shards import Shard
from stillhouse.storage.store import Store, Stored

Why = Literal["no run has this step", "left by a killed writer", "work of a step that is done", "no run uses this ledger"]
SHARED = ("traces", "verdicts")


@dataclass(frozen=True)
class Garbage:
    """A file that no run needs, and why."""

    path: str
    bytes: int
    why: Why


def delete(store: Store, found: list[Garbage]) -> None:
    """Deletes it, manifests first: a step is then gone before its files are."""
    for one in sorted(found, key=lambda one: not one.path.endswith("/manifest.json")):
        store.remove(one.path)


def garbage(store: Store, hours: float, ledgers: bool = False) -> Iterator[Garbage]:
    """Every file that no run needs and that was not written in the last `hours`, as it is found. Raises UserError where a run cannot be read, or there is none."""
    wanted = _wanted(store)
    before = time.time() - 3600 * hours
    for folder in ("artifacts", *SHARED):
        for file in store.files(folder):
            why = wanted.fault(file, ledgers)
            if why and file.modified < before:
                yield Garbage(file.path, file.bytes, why)


@dataclass
class _Wanted:
    """What the runs of a store point at: steps, done and begun, and the ledgers and files that they list."""

    store: Store
    steps: dict[str, bool]
    ledgers: set[str]
    files: set[str]

    def fault(self, file: Stored, ledgers: bool) -> Why | None:
        folder = "/".join(file.path.split("/")[:3])
        if file.path.startswith("artifacts/"):
            return self._of_step(file.path, folder)
        ledger = "/".join(file.path.split("/")[:2])
        if ledger not in self.ledgers:
            return "no run uses this ledger" if ledgers else None
        return None if _is_kept(file.path, ledger) or file.path in self.files else "left by a killed writer"

    def _of_step(self, path: str, folder: str) -> Why | None:
        if folder not in self.steps:
            return "no run has this step"
        if path.startswith(f"{folder}/work/"):
            return "work of a step that is done" if self.steps[folder] else None
        return None if path.count("/") == 3 or path in self.files or not self.steps[folder] else "left by a killed writer"


def _is_kept(path: str, ledger: str) -> bool:
    """Entries, locks and leases of a ledger."""
    return path.startswith(f"{ledger}/entries/") or (path.count("/") == 2 and not path.endswith(".parquet"))


def _wanted(store: Store) -> _Wanted:
    found = _Wanted(store, {}, set(), set())
    there = list(runs(store))
    if not there:
        raise UserError(f"{store.uri} has no run, so what could be deleted is not known.", "Name the folder that has `runs/` in it.")
    for run in there:
        if run.opened is None:
            raise UserError(f"The run {run.uri} cannot be read, so what it needs is not known.", run.fault)
        for artifact in run.opened.steps.values():
            _add(found, artifact)
    for ledger in found.ledgers:
        found.files |= {shard.path for shard in _shards(store, ledger)}
    return found


def _shards(store: Store, ledger: str) -> Iterator[Shard]:
    """What a ledger's entries list. Raises UserError for one that cannot be read: its shard may be whole, and was paid for."""
    for name in store.list(f"{ledger}/entries"):
        path = f"{ledger}/entries/{name}"
        try:
            yield Shard.model_validate_json(store.read(path))
        except ValueError as error:
            raise UserError(
                f"The entry {store.uri}/{path} is damaged, so what it lists is not known.", "`stillhouse fsck RUN` says more."
            ) from error


def _add(found: _Wanted, artifact: Artifact) -> None:
    done = artifact.manifest()
    found.steps[artifact.path] = done is not None
    for manifest in filter(None, (done, artifact.begun())):
        found.files |= set(_listed(manifest))
        found.ledgers |= set(manifest.ledgers.values())


def _listed(manifest: Manifest) -> Iterator[str]:
    for table in manifest.tables.values():
        yield from (shard.path for shard in table.shards)
    yield from (file.path for file in manifest.files)
