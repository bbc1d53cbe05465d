"""A stranger's query over a run's views: one SELECT, within a time and a memory.

Guarantee: it ends, and it takes no more of the machine than it may; what it needs beyond that is refused in one line.
"""

import re
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from stillhouse.errors import UserError
from stillhouse.query.committed import Committed
from stillhouse.query.views import RECORDS, connect

MEMORY_GB = 4.0
SECONDS = 300.0
FETCHED = 1_000
_EXPLAIN = re.compile(r"\s*EXPLAIN\s+(ANALYZE\s+)?", re.IGNORECASE)
Row = tuple[Any, ...]


@contextmanager
def open_views(committed: Committed, memory_gb: float = MEMORY_GB) -> Iterator[duckdb.DuckDBPyConnection]:
    """The views, for queries that may take `memory_gb` beyond what this process holds: nothing is spilled to a disk."""
    with connect(committed, f"{memory_gb:.3f}GiB", spills=False) as connection, _memory(memory_gb):
        yield connection


@contextmanager
def select(
    connection: duckdb.DuckDBPyConnection, text: str, parameters: list[object] | None = None, seconds: float = SECONDS
) -> Iterator[tuple[list[str], Iterator[Row]]]:
    """Column names and rows, as they are fetched, of one SELECT or the EXPLAIN of one.

    Raises UserError for anything else, for what DuckDB refuses, and where the query takes too long or too much memory.
    """
    stop = threading.Timer(seconds, connection.interrupt)
    stop.start()
    try:
        result = connection.execute(_reading(connection, text), parameters)
        yield [column[0] for column in result.description or []], _fetched(result)
    except duckdb.InterruptException as error:
        raise UserError(f"The query took longer than {seconds:g} seconds and was stopped.", "Narrow it, or give --seconds.") from error
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        raise UserError("The query needs more memory than it may take.", "Narrow it, or give --memory-gb.") from error
    except duckdb.Error as error:
        raise UserError(" ".join(str(error).split()), f"Tables: {', '.join(RECORDS)}.") from error
    finally:
        stop.cancel()


def query(connection: duckdb.DuckDBPyConnection, text: str, parameters: list[object] | None = None) -> tuple[list[str], list[Row]]:
    """As `select`, with all rows at once."""
    with select(connection, text, parameters) as (names, rows):
        return names, list(rows)


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


def _fetched(result: duckdb.DuckDBPyConnection) -> Iterator[Row]:
    while rows := result.fetchmany(FETCHED):
        yield from rows


def _reading(connection: duckdb.DuckDBPyConnection, text: str) -> str:
    """The statement, if it only reads. EXPLAIN ANALYZE runs what it explains, so that is parsed by itself."""
    prefix = _EXPLAIN.match(text)
    explained = text[prefix.end() :] if prefix else text
    kinds = [s.type.name for s in connection.extract_statements(explained)]
    if kinds != ["SELECT"]:
        raise UserError(
            f"Only one SELECT, or EXPLAIN of one, is allowed here, not {', '.join(kinds) or 'nothing'}.",
            "The tables of a run are never changed.",
        )
    return (" ".join(prefix[0].split()) + " " if prefix else "") + explained
