"""A run's tables as read-only SQL views: what the report, `stillhouse sql` and `stillhouse why` ask.

Guarantee: only rows of the run's own finished steps are seen, whatever else its store holds; a query can neither change
anything nor reach another file or the network. Limits: shards are checked by size (`stillhouse fsck` computes their
sha256), and a run in an object store is downloaded first.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from stillhouse.query.committed import Committed
from stillhouse.records import (
    Allocated,
    Decision,
    Example,
    Funnel,
    Gate,
    Label,
    Problem,
    Queued,
    Request,
    Review,
    Trace,
    Verdict,
    arrow_schema,
)
from stillhouse.storage import reading
from stillhouse.storage.manifest import Manifest
from stillhouse.storage.shards import local_files
from stillhouse.tables import sql

MADE_BY = "made_by"
RECORDS: dict[str, type[Any]] = {
    "problems": Problem,
    "held_out": Problem,
    "requests": Request,
    "traces": Trace,
    "reviews": Review,
    "verdicts": Verdict,
    "allocated": Allocated,
    "queue": Queued,
    "labels": Label,
    "decisions": Decision,
    "examples": Example,
    "funnel": Funnel,
    "gates": Gate,
}


@contextmanager
def connect(committed: Committed, memory: str = sql.MEMORY, spills: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in which every table is a view, with the name of the step that made a row as its last column, `made_by`.

    A table without rows is there too. Raises UserError for a shard that is gone or cut.
    """
    with sql.connection(memory, spills) as connection:
        for table, record in RECORDS.items():
            connection.execute(f'CREATE VIEW "{table}" AS {_rows(committed, table, record)}')
        _confine(connection, _files(committed))
        yield connection


def rows(connection: duckdb.DuckDBPyConnection, text: str, *parameters: object) -> list[tuple[Any, ...]]:
    """The rows of one of our own queries."""
    return connection.execute(text, list(parameters)).fetchall()


def value(connection: duckdb.DuckDBPyConnection, text: str, *parameters: object) -> Any:
    """The one value that a query of ours comes to."""
    return rows(connection, text, *parameters)[0][0]


def made_in(step: str) -> str:
    """A condition: the row was made by the step of that name or below it, as the traces of each of several teachers are."""
    return f"(made_by = {sql.quoted(step)} OR starts_with(made_by, {sql.quoted(step + '/')}))"


def _rows(committed: Committed, table: str, record: type[Any]) -> str:
    parts = [
        f"SELECT *, {sql.quoted(name)} AS {MADE_BY} FROM ({reading.selection(committed.store, manifest, table, record)})"
        for name, manifest in committed.steps.items()
        if table in manifest.tables
    ]
    return " UNION ALL BY NAME ".join(parts or [f"SELECT *, '' AS {MADE_BY} FROM ({sql.parquet([], arrow_schema(record))})"])


def _files(committed: Committed) -> list[str]:
    return [file for manifest in committed.steps.values() for file in _files_of(committed, manifest)]


def _files_of(committed: Committed, manifest: Manifest) -> list[str]:
    return [file for table in manifest.tables.values() for file in local_files(committed.store, table.shards)]


def _confine(connection: duckdb.DuckDBPyConnection, files: list[str]) -> None:
    """Only the run's shards can be opened from here on, and no setting can be changed back."""
    connection.execute(f"SET allowed_paths = [{', '.join(map(sql.quoted, files))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
