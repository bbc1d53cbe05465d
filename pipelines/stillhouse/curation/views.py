"""A run's tables as read-only SQL views: what `stillhouse sql` and `stillhouse why` ask.

Guarantee: only shards that the manifests list and whose sha256 is right are read; a query can neither change
anything nor reach another file or the network. The limit: a run in an object store is downloaded first.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from stillhouse.errors import UserError
from stillhouse.manifest import Shard
from stillhouse.records import Decision, Example, Problem, Score, Trace, Verdict, arrow_schema
from stillhouse.run import Run
from stillhouse.store import Store

RECORDS = {"problems": Problem, "traces": Trace, "verdicts": Verdict, "decisions": Decision, "examples": Example, "scores": Score}
READING = {"SELECT", "EXPLAIN"}


@contextmanager
def opened(uri: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in which every table of the run is a view, with the `stage` that wrote a row as its last column."""
    run = Run.open(uri)
    found = {table: [(stage, _files(run.store, shards)) for stage, shards in parts] for table, parts in run.tables().items()}
    with duckdb.connect(config={"python_enable_replacements": "false"}) as connection:
        for table, parts in found.items():
            _create(connection, table, parts)
        _confine(connection, [f for parts in found.values() for _, files in parts for f in files])
        yield connection


def query(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: list[object] | None = None
) -> tuple[list[str], list[tuple[object, ...]]]:
    """Column names and rows of one SELECT. Raises UserError for anything else, and for what DuckDB refuses."""
    try:
        statements = connection.extract_statements(sql)
        kinds = [s.type.name for s in statements]
        if len(kinds) != 1 or kinds[0] not in READING:
            raise UserError(
                f"Only one SELECT is allowed here, not {', '.join(kinds) or 'nothing'}.", "The tables of a run are never changed."
            )
        result = connection.execute(statements[0], parameters)
        return [column[0] for column in result.description or []], result.fetchall()
    except duckdb.Error as error:
        raise UserError(" ".join(str(error).split()), f"Tables: {', '.join(tables(connection))}.") from error


def tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The names of the views."""
    return [row[0] for row in connection.execute("SELECT table_name FROM information_schema.tables ORDER BY 1").fetchall()]


def _files(store: Store, shards: list[Shard]) -> list[str]:
    return [str(_checked(store.fetch(shard.path), shard)) for shard in shards]


def _checked(path: Path, shard: Shard) -> Path:
    try:
        with path.open("rb") as file:
            intact = hashlib.file_digest(file, "sha256").hexdigest() == shard.sha256
    except OSError as error:
        raise UserError(f"The shard {path} cannot be read: {error.strerror}.", "Run its stage again.") from error
    if not intact:
        raise UserError(f"The shard {path} is damaged (its sha256 is not the manifest's).", "Run its stage again.")
    return path


def _create(connection: duckdb.DuckDBPyConnection, table: str, parts: list[tuple[str, list[str]]]) -> None:
    selects = [
        f"SELECT *, {_quoted(stage)} AS stage FROM read_parquet([{', '.join(map(_quoted, files))}])" for stage, files in parts if files
    ]
    name = '"' + table.replace('"', '""') + '"'
    if selects:
        connection.execute(f"CREATE VIEW {name} AS " + " UNION ALL BY NAME ".join(selects))
    elif table in RECORDS:
        connection.register("empty", arrow_schema(RECORDS[table]).empty_table())
        connection.execute(f"CREATE TABLE {name} AS SELECT *, '' AS stage FROM empty")
        connection.unregister("empty")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _confine(connection: duckdb.DuckDBPyConnection, files: list[str]) -> None:
    """Only the run's shards can be opened from here on, and no setting can be changed back."""
    connection.execute(f"SET allowed_paths = [{', '.join(map(_quoted, files))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
