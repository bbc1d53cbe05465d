"""The manifest is the commit: it lists a stage's shards and files, and it is written last.

While a stage runs, every finished shard gets a small ledger entry after the shard itself; a restarted
stage keeps what the ledger lists and redoes the rest. Readers follow the manifest, never a listing, and
check each shard's sha256 as they read.
"""

import io
import json
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from stillhouse.errors import UserError
from stillhouse.records import arrow_schema, digest, to_table
from stillhouse.store import Store, sha256


class Shard(BaseModel):
    """One Parquet file of a table; `first` and `last` are the smallest and largest id in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    path: str
    index: int
    rows: int
    sha256: str
    first: str
    last: str


class File(BaseModel):
    """A file that is no table: a checkpoint, a report."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    path: str
    bytes: int
    sha256: str


class Manifest(BaseModel):
    """What one run of one stage made. Paths are relative to the run's folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    stage: str
    version: str
    fingerprint: str
    settings: dict[str, Any]
    inputs: dict[str, str]
    tables: dict[str, list[Shard]]
    files: list[File] = []
    counts: dict[str, float] = {}
    provenance: dict[str, str] = {}
    seconds: float = 0.0


def fingerprint(stage: str, version: str, settings: dict[str, Any], inputs: dict[str, str]) -> str:
    """Identity of a stage's output: its decisions and its inputs' identities, never its circumstances."""
    return digest(stage, version, settings, inputs, length=16)


@dataclass(frozen=True)
class Folder:
    """The folder of one stage with one fingerprint, inside a run's store."""

    store: Store
    stage: str
    fingerprint: str

    @property
    def path(self) -> str:
        return f"{self.stage}/{self.fingerprint}"

    def manifest(self) -> Manifest | None:
        """The committed manifest, or None. Raises UserError where it is damaged or another stage's."""
        path = f"{self.path}/manifest.json"
        if not self.store.exists(path):
            return None
        try:
            found = Manifest.model_validate_json(self.store.read(path))
        except ValueError as error:
            raise UserError(
                f"The manifest {self.store.uri}/{path} is damaged ({str(error).splitlines()[0]}).",
                "Delete that file and run again: shards that are whole are kept.",
            ) from error
        if found.fingerprint != self.fingerprint:
            raise UserError(
                f"{self.store.uri}/{path} has the fingerprint {found.fingerprint}, not {self.fingerprint}.",
                "It was moved or edited; use another run folder.",
            )
        return found

    def commit(self, manifest: Manifest) -> None:
        self.store.write(f"{self.path}/manifest.json", manifest.model_dump_json(indent=1).encode())


class TableWriter:
    """Commits the shards of one table, each exactly once: `done` tells what is committed already."""

    def __init__(self, folder: Folder, table: str, record: type[Any]) -> None:
        self._folder, self._table, self._record = folder, table, record
        self.shards: dict[int, Shard] = {}
        for name in folder.store.list(f"{folder.path}/{table}/ledger"):
            shard = self._ledger_entry(name)
            if shard is not None:
                self.shards[shard.index] = shard

    def _ledger_entry(self, name: str) -> Shard | None:
        """The entry if it and its shard are whole; otherwise None, and the shard is made again."""
        try:
            shard = Shard.model_validate_json(self._folder.store.read(f"{self._folder.path}/{self._table}/ledger/{name}"))
            intact = sha256(self._folder.store.read(shard.path)) == shard.sha256
        except (ValueError, OSError):
            return None
        return shard if intact else None

    def done(self, index: int) -> bool:
        return index in self.shards

    def write(self, index: int, rows: list[Any]) -> Shard:
        """Commits shard `index`: the Parquet file first, then its ledger entry."""
        return self.write_table(index, to_table(rows, self._record))

    def write_table(self, index: int, table: pa.Table) -> Shard:
        table = table.cast(arrow_schema(self._record))
        sink = io.BytesIO()
        pq.write_table(table, sink, compression="zstd")
        data = sink.getvalue()
        ids = table.column(0).to_pylist()
        name = f"{index:05d}-{sha256(data)[:12]}"
        shard = Shard(
            path=f"{self._folder.path}/{self._table}/{name}.parquet",
            index=index,
            rows=table.num_rows,
            sha256=sha256(data),
            first=min(ids, default=""),
            last=max(ids, default=""),
        )
        self._folder.store.write(shard.path, data)
        self._folder.store.write(f"{self._folder.path}/{self._table}/ledger/{index:05d}.json", shard.model_dump_json().encode())
        self.shards[index] = shard
        return shard

    def listed(self) -> list[Shard]:
        return [self.shards[i] for i in sorted(self.shards)]


def read_shard(store: Store, shard: Shard) -> pa.Table:
    """A shard's rows, after its sha256 was checked. Raises UserError when the file was changed or cut."""
    try:
        data = store.read(shard.path)
    except OSError as error:
        raise UserError(f"The shard {store.uri}/{shard.path} cannot be read: {error}.", _REDO) from error
    if sha256(data) != shard.sha256:
        raise UserError(f"The shard {store.uri}/{shard.path} is damaged (its sha256 is not the manifest's).", _REDO)
    return pq.read_table(io.BytesIO(data))


_REDO = "Delete its stage's manifest.json and run again: only that shard is made anew."


def read_table(store: Store, shards: list[Shard], record: type[Any]) -> pa.Table:
    """A table's rows in shard order."""
    if not shards:
        return arrow_schema(record).empty_table()
    return pa.concat_tables(read_shard(store, shard) for shard in shards)


def loads(text: str) -> Any:
    """JSON, with a UserError for what is not."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise UserError(f"Not JSON: {error}.") from error
