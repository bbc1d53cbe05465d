"""What a step is: a kind of work, one frozen config, and the steps whose output it reads.

A step's `run` gets its config, its inputs and a place for its output, and nothing else of the recipe: what it can read is
what its fingerprint holds.
"""

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from stillhouse.cluster.actors import Actors
from stillhouse.errors import UserError
from stillhouse.recipe.section import Section
from stillhouse.records import Record, arrow_schema, to_table
from stillhouse.storage import reading
from stillhouse.storage.artifacts import Artifact
from stillhouse.storage.fingerprint import told
from stillhouse.storage.manifest import File, Manifest, Table
from stillhouse.storage.place import work_folder
from stillhouse.storage.shards import Shard, write_shard
from stillhouse.storage.store import Store, sha256

BEGIN_SECONDS = 0.2
SHARD_ROWS = 50_000
SHARD_BYTES = 96 * 2**20


@dataclass(frozen=True)
class Stage:
    """A kind of work. `tables` are the record classes of what it writes; a heavy one runs as a Ray job where the recipe names a cluster.

    Raise `version` whenever the same config and inputs come to another output.
    """

    kind: str
    version: str
    run: Callable[[Any, "Inputs", "Output"], None]
    tables: Mapping[str, type[Any]] = field(default_factory=dict)
    heavy: bool = False


@dataclass(frozen=True)
class Step:
    """One step of a plan. `inputs` maps a role to a step's name; `follows` is the role that it reads while that step still runs."""

    name: str
    stage: Stage
    config: Section
    inputs: dict[str, str]
    fingerprint: str
    follows: str | None = None


@dataclass(frozen=True)
class Input:
    """The output of a step that another one reads."""

    name: str
    artifact: Artifact
    tables: Mapping[str, type[Any]]
    running: Callable[[], bool] = lambda: False
    """Whether the step is still at work, for one that follows it."""

    @property
    def fingerprint(self) -> str:
        return self.artifact.fingerprint

    def manifest(self) -> Manifest:
        """Raises UserError when the step has not finished."""
        found = self.artifact.manifest()
        if found is None:
            raise UserError(f"The step {self.name!r} has not finished with this recipe.", f"Run it first: stillhouse stage {self.name}.")
        return found

    def begun(self) -> Manifest:
        """What the step has noted so far: waits for it to begin while it runs. Raises UserError when it does not run and has not finished."""
        while self.artifact.manifest() is None and self.running():
            if (found := self.artifact.begun()) is not None:
                return found
            time.sleep(BEGIN_SECONDS)
        return self.manifest()

    def selection(self, table: str) -> str:
        """A SELECT of the rows of a table."""
        return reading.selection(self.artifact.store, self.manifest(), table, self.tables[table])

    def batches(self, table: str, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
        """The rows of a table, batch by batch."""
        return reading.batches(self.artifact.store, self.manifest(), table, self.tables[table], columns)

    def rows(self, table: str, record: type[Record]) -> list[Record]:
        """All rows of a small table."""
        return reading.rows(self.artifact.store, self.manifest(), table, record)


Inputs = Mapping[str, Input]


class Appender:
    """Writes one table of a step in shards of bounded size."""

    def __init__(self, store: Store, folder: str, record: type[Any]) -> None:
        self._store, self._folder, self._record, self._schema = store, folder, record, arrow_schema(record)
        self._held: list[pa.Table] = []
        self._rows = self._bytes = 0
        self.shards: list[Shard] = []

    def write(self, rows: list[Any]) -> None:
        """Adds records."""
        self.write_table(to_table(rows, self._record))

    def write_table(self, table: pa.Table) -> None:
        """Adds rows that have the table's columns."""
        self._held.append(table.select(self._schema.names).cast(self._schema))
        self._rows, self._bytes = self._rows + table.num_rows, self._bytes + table.nbytes
        if self._rows >= SHARD_ROWS or self._bytes >= SHARD_BYTES:
            self.flush()

    def flush(self) -> None:
        """Writes what is held as a shard."""
        if self._rows:
            self.shards.append(write_shard(self._store, self._folder, pa.concat_tables(self._held)))
        self._held, self._rows, self._bytes = [], 0, 0


class Output:
    """Where a step puts what it makes: tables, files and counts. Nothing counts before the executor commits the manifest."""

    def __init__(self, step: Step, artifact: Artifact, inputs: dict[str, str], actors: Actors) -> None:
        self.actors, self.artifact, self.store = actors, artifact, artifact.store
        self.name = step.name
        self.counts: dict[str, float] = {}
        self._step, self._inputs = step, inputs
        self._appenders: dict[str, Appender] = {}
        self._tables: dict[str, Table] = {}
        self._ledgers: dict[str, str] = {}
        self._files: list[File] = []

    def table(self, name: str) -> Appender:
        """The writer of one of the step's own tables."""
        if name not in self._appenders:
            record = self._step.stage.tables[name]
            self._appenders[name] = Appender(self.store, f"{self.artifact.path}/{name}", record)
        return self._appenders[name]

    def share(self, name: str, ledger: str, shards: list[Shard], keys: str) -> None:
        """A table that lies in a shared ledger: its rows are those whose id is in the step's table `keys`."""
        self._tables[name], self._ledgers[name] = Table(shards=shards, keys=keys), ledger

    def open(self) -> None:
        """Notes what is there so far, for a step that follows this one."""
        self.artifact.open(self.manifest(0.0, {}))

    def add_file(self, source: Path, name: str) -> None:
        """Puts a finished file into the step's folder."""
        path = f"{self.artifact.path}/{name}"
        self.store.put_file(source, path)
        with source.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        self._files.append(File(path=path, bytes=source.stat().st_size, sha256=found))

    def add_bytes(self, data: bytes, name: str) -> None:
        """Writes a small file into the step's folder."""
        path = f"{self.artifact.path}/{name}"
        self.store.write(path, data)
        self._files.append(File(path=path, bytes=len(data), sha256=sha256(data)))

    def work_folder(self) -> Path:
        """A local folder for files in the making; it survives a killed run, so that training can resume."""
        folder = work_folder(self.artifact)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def clear_work(self) -> None:
        """Removes the work folder: what it held was put into the step's folder, and a student may be large."""
        shutil.rmtree(work_folder(self.artifact), ignore_errors=True)

    def manifest(self, seconds: float, provenance: dict[str, str]) -> Manifest:
        """Everything that was put here."""
        for appender in self._appenders.values():
            appender.flush()
        own = {name: Table(shards=appender.shards) for name, appender in self._appenders.items()}
        return Manifest(
            kind=self._step.stage.kind,
            version=self._step.stage.version,
            fingerprint=self.artifact.fingerprint,
            config=told(self._step.config),
            inputs=self._inputs,
            tables={**own, **self._tables},
            ledgers=self._ledgers,
            files=self._files,
            counts=self.counts,
            provenance=provenance,
            seconds=round(seconds, 3),
        )
