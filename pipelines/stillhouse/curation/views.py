"""A run's tables as read-only SQL views: what `stillhouse sql` and `stillhouse why` ask.

Guarantee: only shards that the manifests list and whose sha256 is right are read; a query can neither change
anything nor reach another file or the network, and it ends when it takes too long or too much memory. The limit: a run in an
object store is downloaded first.
"""

import hashlib
import re
import resource
import threading
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
MEMORY_GB = 4.0
SECONDS = 300.0
FETCHED = 1_000
_EXPLAIN = re.compile(r"\s*EXPLAIN\s+(ANALYZE\s+)?", re.IGNORECASE)
Row = tuple[object, ...]


@contextmanager
def opened(uri: str, memory_gb: float = MEMORY_GB) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in which every table of the run is a view, with the `stage` that wrote a row as its last column.

    Queries may take `memory_gb` beyond what this process holds: nothing is spilled to a disk.
    """
    run = Run.open(uri)
    found = {table: [(stage, _files(run.store, shards)) for stage, shards in parts] for table, parts in run.tables().items()}
    settings: dict[str, str | bool | int | float | list[str]] = {
        "python_enable_replacements": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "temp_directory": "",
        "memory_limit": f"{memory_gb:.3f}GiB",
    }
    with duckdb.connect(config=settings) as connection:
        for table, parts in found.items():
            _create(connection, table, parts)
        _confine(connection, [f for parts in found.values() for _, files in parts for f in files])
        with _memory(memory_gb):
            yield connection


@contextmanager
def _memory(gib: float) -> Iterator[None]:
    """Bounds the address space to what this process has now and twice `gib`: DuckDB's own limit does not count long texts."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    most = held + int(2 * gib * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (most if before[0] == resource.RLIM_INFINITY else min(most, before[0]), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@contextmanager
def asked(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: list[object] | None = None, seconds: float = SECONDS
) -> Iterator[tuple[list[str], Iterator[Row]]]:
    """Column names and rows, as they are fetched, of one SELECT or the EXPLAIN of one.

    Raises UserError for anything else, for what DuckDB refuses, and where the query takes too long or too much memory.
    """
    stop = threading.Timer(seconds, connection.interrupt)
    stop.start()
    try:
        result = connection.execute(_reading(connection, sql), parameters)
        yield [column[0] for column in result.description or []], _fetched(result)
    except duckdb.InterruptException as error:
        raise UserError(f"The query took longer than {seconds:g} seconds and was stopped.", "Narrow it, or give --seconds.") from error
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        raise UserError("The query needs more memory than it may take.", "Narrow it, or give --memory-gb.") from error
    except duckdb.Error as error:
        raise UserError(" ".join(str(error).split()), f"Tables: {', '.join(tables(connection))}.") from error
    finally:
        stop.cancel()


def query(connection: duckdb.DuckDBPyConnection, sql: str, parameters: list[object] | None = None) -> tuple[list[str], list[Row]]:
    """As `asked`, with all rows at once."""
    with asked(connection, sql, parameters) as (names, rows):
        return names, list(rows)


def _fetched(result: duckdb.DuckDBPyConnection) -> Iterator[Row]:
    while rows := result.fetchmany(FETCHED):
        yield from rows


def _reading(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    """The statement, if it only reads. EXPLAIN ANALYZE runs what it explains, so that is parsed by itself."""
    prefix = _EXPLAIN.match(sql)
    explained = sql[prefix.end() :] if prefix else sql
    kinds = [s.type.name for s in connection.extract_statements(explained)]
    if kinds != ["SELECT"]:
        raise UserError(
            f"Only one SELECT, or EXPLAIN of one, is allowed here, not {', '.join(kinds) or 'nothing'}.",
            "The tables of a run are never changed.",
        )
    return (" ".join(prefix[0].split()) + " " if prefix else "") + explained


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
