"""A table that everything under one store shares and that only ever grows: traces by how they are drawn, verdicts by how they are given.

A shard counts once its entry is written, after the shard itself, so a killed writer leaves nothing half-committed. An entry
that cannot be read, or whose shard is gone or cut, does not count: its rows are owed again. One process writes at a time
(`hold`); any number read.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from stillhouse.records import arrow_schema
from stillhouse.storage.lock import hold
from stillhouse.storage.shards import Shard, is_whole, write_shard
from stillhouse.storage.store import Store


class Ledger:
    """The shared table `name` for one identity, in `<store>/<name>/<identity>/`."""

    def __init__(self, store: Store, name: str, identity: str, record: type[Any]) -> None:
        self.store, self._schema = store, arrow_schema(record)
        self.path = f"{name}/{identity}"
        self._known: dict[str, Shard | None] = {}

    @classmethod
    def at(cls, store: Store, path: str, record: type[Any]) -> "Ledger":
        """The ledger that lies at a path of the store."""
        name, _, identity = path.partition("/")
        return cls(store, name, identity, record)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keeps every other writer out; waits for one that is there, because what it commits need not be made again."""
        with hold(self.store, self.path, wait=True):
            yield

    def shards(self) -> list[Shard]:
        """The committed shards in the order in which they were committed. Entries that were read before are not read again."""
        names = self.store.list(f"{self.path}/entries")
        for name in names:
            if name not in self._known:
                self._known[name] = self._entry(name)
        return [shard for name in names if (shard := self._known[name]) is not None]

    def append(self, table: pa.Table) -> Shard:
        """Commits rows. The caller holds the ledger and appends no row that it has already."""
        shard = write_shard(self.store, self.path, table.cast(self._schema))
        entry = f"{len(self.store.list(f'{self.path}/entries')):08d}-{shard.sha256[:12]}.json"
        self.store.write(f"{self.path}/entries/{entry}", shard.model_dump_json().encode())
        self._known[entry] = shard
        return shard

    def _entry(self, name: str) -> Shard | None:
        try:
            shard = Shard.model_validate_json(self.store.read(f"{self.path}/entries/{name}"))
        except (ValueError, OSError):
            return None
        return shard if is_whole(self.store, shard.path, shard.bytes) else None
