"""DuckDB over Parquet files: what joins tables without holding one.

Every connection has a memory limit; beyond it a query spills to disk, or fails where that is not wanted.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa

MEMORY = "1GB"
BATCH_ROWS = 8_192


Settings = dict[str, str | bool | int | float | list[str]]
SETTINGS: Settings = {
    "python_enable_replacements": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


@contextmanager
def connection(memory: str = MEMORY, spills: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own, in memory; it installs and loads nothing, and spills into a temporary folder if it may."""
    with tempfile.TemporaryDirectory(prefix="stillhouse-sql-") as folder:
        settings: Settings = {**SETTINGS, "memory_limit": memory, "temp_directory": folder if spills else ""}
        with duckdb.connect(config=settings) as opened:
            yield opened


def parquet(files: list[str], schema: pa.Schema) -> str:
    """A SELECT of the rows of Parquet files, with the columns of `schema`: one that a file is too old to have is null. No files are no rows."""
    columns = ", ".join(f'CAST(NULL AS {_sql_type(field.type)}) AS "{field.name}"' for field in schema)
    nothing = f"SELECT {columns} WHERE false"
    if not files:
        return nothing
    return f"{nothing} UNION ALL BY NAME SELECT * FROM read_parquet([{', '.join(map(quoted, files))}], union_by_name = true)"


def stream(opened: duckdb.DuckDBPyConnection, query: str, *parameters: object) -> Iterator[pa.RecordBatch]:
    """The rows of a query as they are made: DuckDB holds a few batches and not the result.

    The query runs on a cursor of its own, so that the connection may be asked something else meanwhile.
    """
    with opened.cursor() as cursor:  # `sql` streams; `execute` would make the whole result first
        reader: pa.RecordBatchReader = cursor.sql(query, params=list(parameters)).to_arrow_reader(BATCH_ROWS)
        yield from reader


def quoted(text: str) -> str:
    """A text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _sql_type(found: pa.DataType) -> str:
    if pa.types.is_list(found):
        return f"{_sql_type(found.value_type)}[]"
    if pa.types.is_struct(found):
        return f"STRUCT({', '.join(f'{field.name} {_sql_type(field.type)}' for field in found)})"
    return {pa.string(): "VARCHAR", pa.int64(): "BIGINT", pa.float64(): "DOUBLE", pa.bool_(): "BOOLEAN"}[found]
