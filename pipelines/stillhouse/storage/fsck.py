"""Whether every file that a run's manifests and ledgers list is there with its sha256: what no other reader computes."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from stillhouse.errors import UserError
from stillhouse.storage.artifacts import Artifact
from stillhouse.storage.manifest import File, Manifest
from stillhouse.storage.run import OpenRun
from stillhouse.storage.shards import Shard
from stillhouse.storage.store import Store

What = Literal["gone", "cut", "damaged", "unreadable"]


@dataclass(frozen=True)
class Fault:
    """A file that is not as it was committed. "unreadable" is a manifest or a ledger's entry."""

    step: str
    path: str
    what: What


@dataclass(frozen=True)
class Listed:
    """A file as a manifest or a ledger lists it, with the first step that does."""

    step: str
    path: str
    bytes: int
    sha256: str


def listed(run: OpenRun) -> tuple[list[Listed], list[Fault]]:
    """Every file that the run's steps list, once each, and the lists that cannot be read. A shared ledger's other rows are among them."""
    found: dict[str, Listed] = {}
    faults: list[Fault] = []
    ledgers: set[str] = set()
    for step, artifact in run.steps.items():
        for manifest in _manifests(step, artifact, faults):
            shards = [shard for table in manifest.tables.values() for shard in table.shards]
            for ledger in sorted(set(manifest.ledgers.values()) - ledgers):
                shards += _entries(run.run.store, step, ledger, faults)
            ledgers |= set(manifest.ledgers.values())
            for file in [*map(_listed, shards), *map(_listed, manifest.files)]:
                found.setdefault(file.path, replace(file, step=step))
    return list(found.values()), faults


def check(store: Store, files: list[Listed]) -> Iterator[Fault]:
    """The files that are not as they are listed."""
    for file in files:
        what = _fault(store, file)
        if what:
            yield Fault(file.step, file.path, what)


def _manifests(step: str, artifact: Artifact, faults: list[Fault]) -> Iterator[Manifest]:
    for read, name in ((artifact.manifest, "manifest.json"), (artifact.begun, "opened.json")):
        try:
            if (found := read()) is not None:
                yield found
        except UserError:
            faults.append(Fault(step, f"{artifact.path}/{name}", "unreadable"))


def _entries(store: Store, step: str, ledger: str, faults: list[Fault]) -> Iterator[Shard]:
    for name in store.list(f"{ledger}/entries"):
        path = f"{ledger}/entries/{name}"
        try:
            yield Shard.model_validate_json(store.read(path))
        except ValueError:
            faults.append(Fault(step, path, "unreadable"))


def _listed(file: Shard | File) -> Listed:
    return Listed("", file.path, file.bytes, file.sha256)


def _fault(store: Store, file: Listed) -> What | None:
    size = store.size(file.path)
    if size is None:
        return "gone"
    if size != file.bytes:
        return "cut"
    digest = hashlib.sha256()
    for piece in store.chunks(file.path):
        digest.update(piece)
    return None if digest.hexdigest() == file.sha256 else "damaged"
