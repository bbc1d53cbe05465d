"""What a step made, in `<store>/artifacts/<kind>/<fingerprint>/`, shared by every run whose plan has that very step."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from stillhouse.errors import UserError
from stillhouse.storage.lock import hold
from stillhouse.storage.manifest import Manifest
from stillhouse.storage.shards import is_whole
from stillhouse.storage.store import Store


@dataclass(frozen=True)
class Artifact:
    """The place of one step's output."""

    store: Store
    kind: str
    fingerprint: str

    @property
    def path(self) -> str:
        return f"artifacts/{self.kind}/{self.fingerprint}"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keeps every other process from making it. Raises UserError when one is."""
        with hold(self.store, self.path):
            yield

    def manifest(self) -> Manifest | None:
        """The committed manifest, or None. Raises UserError where it is damaged or another step's."""
        return self._read("manifest.json")

    def begun(self) -> Manifest | None:
        """What a step that shares its tables with a follower noted before it began to fill them, or None."""
        return self._read("opened.json")

    def _read(self, name: str) -> Manifest | None:
        path = f"{self.path}/{name}"
        if not self.store.exists(path):
            return None
        try:
            found = Manifest.model_validate_json(self.store.read(path))
        except ValueError as error:
            raise UserError(
                f"The manifest {self.store.uri}/{path} is damaged ({str(error).splitlines()[0]}).",
                "Delete that file and run again: what is whole is kept.",
            ) from error
        if found.fingerprint != self.fingerprint:
            raise UserError(
                f"{self.store.uri}/{path} has the fingerprint {found.fingerprint}, not {self.fingerprint}.",
                "It was moved or edited; delete it and run again.",
            )
        return found

    def commit(self, manifest: Manifest) -> None:
        self.store.write(f"{self.path}/manifest.json", manifest.model_dump_json(indent=1).encode())

    def open(self, manifest: Manifest) -> None:
        self.store.write(f"{self.path}/opened.json", manifest.model_dump_json(indent=1).encode())

    def reopen(self) -> None:
        """Takes back a manifest whose files are not all there, so that nobody reads it while they are made again."""
        for name in ("manifest.json", "opened.json"):
            self.store.remove(f"{self.path}/{name}")

    def missing(self, manifest: Manifest) -> list[str]:
        """The files of a manifest that are gone or have another size."""
        shards = [(s.path, s.bytes) for table in manifest.tables.values() for s in table.shards]
        files = [(f.path, f.bytes) for f in manifest.files]
        return [path for path, size in shards + files if not is_whole(self.store, path, size)]
