"""Every run of a store, found by its `run.json`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from stillhouse.errors import UserError
from stillhouse.storage.run import OpenRun
from stillhouse.storage.store import Store


@dataclass(frozen=True)
class Found:
    """A run of a store. `opened` is None where its run.json cannot be read, for the reason in `fault`."""

    name: str
    uri: str
    changed: float
    opened: OpenRun | None
    fault: str = ""


def runs(store: Store) -> Iterator[Found]:
    """Everything in `<store>/runs`, and the store's own run where it is a run's alone, by name. What is no run is among them, with its fault."""
    changed = {file.path: file.modified for file in store.files("runs")}
    if store.exists("run.json"):
        yield _found(PurePosixPath(store.uri).name, store.uri, 0.0)
    for name in store.folders("runs"):
        yield _found(name, f"{store.uri}/runs/{name}", changed.get(f"runs/{name}/run.json", 0.0))


def _found(name: str, uri: str, changed: float) -> Found:
    try:
        return Found(name, uri, changed, OpenRun.at(uri))
    except UserError as error:
        return Found(name, uri, changed, None, str(error))
