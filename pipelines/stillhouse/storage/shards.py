"""A shard: one Parquet file of a table, named after what it holds.

Its sha256 is computed when it is written and checked by `stillhouse fsck` and when it is downloaded; every other reader
checks that the file is there with its size, which costs nothing. A shard of an object store is downloaded once: it stays in
the cache of this machine under its sha256.
"""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field

from stillhouse.errors import UserError
from stillhouse.storage import atomic
from stillhouse.storage.cache import cache_root
from stillhouse.storage.store import LocalStore, Store, sha256

GROUP_ROWS = 50_000
GROUP_BYTES = 64 * 2**20
READ_ROWS = 8_192


class Shard(BaseModel):
    """Where a shard is (relative to its store), and what it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    path: str
    rows: int
    bytes: int
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


def write_shard(store: Store, folder: str, table: pa.Table) -> Shard:
    """Writes a table as one Parquet file below `folder`, in row groups of at most about 64 MiB."""
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", row_group_size=_group_rows(table))
    data = sink.getvalue()
    found = sha256(data)
    shard = Shard(path=f"{folder}/{found[:20]}.parquet", rows=table.num_rows, bytes=len(data), sha256=found)
    store.write(shard.path, data)
    return shard


def _group_rows(table: pa.Table) -> int:
    bytes_per_row = max(1, int(table.nbytes) // max(int(table.num_rows), 1))
    return max(1, min(GROUP_ROWS, GROUP_BYTES // bytes_per_row))


def is_whole(store: Store, path: str, size: int) -> bool:
    """Whether a file of the store is there with its size."""
    return store.size(path) == size


def local_files(store: Store, shards: list[Shard]) -> list[str]:
    """The shards as local files, for readers that want paths. Raises UserError for one that is gone or cut."""
    return [_local(store, shard) for shard in shards]


def _local(store: Store, shard: Shard) -> str:
    if not is_whole(store, shard.path, shard.bytes):
        raise UserError(
            f"The shard {store.uri}/{shard.path} is gone or damaged.", "Run its recipe again: only what is missing is made anew."
        )
    return str(store.fetch(shard.path) if isinstance(store, LocalStore) else _cached(store, shard))


def _cached(store: Store, shard: Shard) -> Path:
    """A shard of an object store on this machine: downloaded once, checked, and kept in the cache under its sha256."""
    target = cache_root() / "shards" / f"{shard.sha256}.parquet"
    if target.exists() and target.stat().st_size == shard.bytes:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    found = hashlib.sha256()
    with atomic.whole_file(target) as file:
        for piece in store.chunks(shard.path):
            found.update(piece)
            file.write(piece)
        if found.hexdigest() != shard.sha256:
            raise UserError(f"The shard {store.uri}/{shard.path} is damaged.", "Delete it and run its recipe again: only it is made anew.")
    return target


def scan(store: Store, shards: list[Shard], columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The rows of the shards in order, batch by batch. Raises UserError for a shard that is gone or damaged."""
    for shard in shards:
        path = _local(store, shard)
        try:
            with pq.ParquetFile(path) as file:
                yield from file.iter_batches(batch_size=READ_ROWS, columns=columns)
        except (pa.ArrowException, OSError) as error:
            raise UserError(f"The shard {store.uri}/{shard.path} is damaged: {error}.", "`stillhouse fsck RUN` lists what is.") from error
