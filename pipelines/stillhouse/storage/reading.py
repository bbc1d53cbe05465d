"""The tables of committed steps, as SQL and as batches: only the rows that belong to the step."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from stillhouse.records import Record, arrow_schema, from_table
from stillhouse.storage.manifest import Manifest, Table
from stillhouse.storage.shards import local_files, scan
from stillhouse.storage.store import Store
from stillhouse.tables import sql


def selection(store: Store, manifest: Manifest, name: str, record: type[Any]) -> str:
    """A SELECT of a step's table; a table that the step does not have is empty."""
    table = manifest.tables.get(name, Table(shards=[]))
    rows = sql.parquet(local_files(store, table.shards), arrow_schema(record))
    if table.keys is None:
        return rows
    keys = sql.parquet(local_files(store, manifest.tables[table.keys].shards), pa.schema([("id", pa.string())]))
    return f"SELECT * FROM ({rows}) WHERE id IN (SELECT id FROM ({keys}))"


def batches(store: Store, manifest: Manifest, name: str, record: type[Any], columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The rows of a step's table, batch by batch."""
    table = manifest.tables.get(name, Table(shards=[]))
    if table.keys is None:
        yield from scan(store, table.shards, columns)
        return
    wanted = ", ".join(f'"{column}"' for column in columns or arrow_schema(record).names)
    with sql.connection() as opened:
        yield from sql.stream(opened, f"SELECT {wanted} FROM ({selection(store, manifest, name, record)})")


def rows(store: Store, manifest: Manifest, name: str, record: type[Record]) -> list[Record]:
    """All rows of a table as records: for small tables and tests."""
    schema = arrow_schema(record)
    table = pa.Table.from_batches((b.select(schema.names) for b in batches(store, manifest, name, record)), schema=schema)
    return from_table(table, record)
