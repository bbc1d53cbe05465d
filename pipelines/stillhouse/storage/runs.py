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
    """The runs in `<store>/runs`, and the store's own where it is a run's alone, by name."""
    own = [file for file in (store.files("") if store.exists("run.json") else ()) if file.path == "run.json"]
    named = [file for file in store.files("runs") if PurePosixPath(file.path).match("runs/*/run.json")]
    for file in [*own, *sorted(named, key=lambda one: one.path)]:
        folder = file.path.removesuffix("run.json").rstrip("/")
        yield _found(folder.removeprefix("runs/"), f"{store.uri}/{folder}".rstrip("/"), file.modified)


def _found(name: str, uri: str, changed: float) -> Found:
    try:
        return Found(name, uri, changed, OpenRun.at(uri))
    except UserError as error:
        return Found(name, uri, changed, None, str(error))
