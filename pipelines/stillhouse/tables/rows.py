"""Kept rows in the format of the output: JSON lines byte for byte where they came as such, Arrow tables where not."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from stillhouse.errors import UserError
from stillhouse.tables.read import Bad, Batch

SWITCH = "Name the output .jsonl, which takes any type."
GROUP_ROWS, GROUP_BYTES = 20_000, 16 * 2**20


class Part(NamedTuple):
    """A batch, which of its rows are kept (ascending), and the ids of all its rows: those without one got file:row."""

    batch: Batch
    keep: npt.NDArray[np.intp]
    ids: pl.Series


def as_lines(part: Part) -> list[bytes]:
    """The kept rows as JSON lines."""
    batch, made = part.batch, _made(part)
    if batch.lines is not None:
        return [_with_id(_line(batch, i), made.get(i)) for i in part.keep]
    assert batch.table is not None
    rows = batch.table.take(_places(part.keep)).to_pylist()
    return [_with_id(_dumps(row, batch.source), made.get(i)) for i, row in zip(part.keep, rows, strict=True)]


def as_table(part: Part, schema: pa.Schema) -> pa.Table:
    """The kept rows as a table with all columns of `schema`; a column that the batch lacks is null, ids are text."""
    table = part.batch.table
    if table is None:
        table = pa.Table.from_pylist([row for _, row in _at(part)], schema=schema)
    elif len(part.keep) < table.num_rows:
        table = table.take(_places(part.keep))
    held = {name: table[name] for name in table.column_names} | {"id": part.ids.gather(part.keep).to_arrow()}
    columns = [held[f.name].cast(f.type) if f.name in held else pa.nulls(len(part.keep), f.type) for f in schema]
    return pa.table(columns, schema=schema)


def _places(keep: npt.NDArray[np.intp]) -> pa.Array:
    """As an Arrow array: pyarrow asks pandas about any other, and importing pandas takes longer than a small table."""
    return pl.Series(keep, dtype=pl.Int64).to_arrow()


def grouped(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The rows of all tables in larger ones, of GROUP_ROWS rows or GROUP_BYTES or a little more."""
    held: list[pa.Table] = []
    rows = size = 0
    for table in tables:
        held.append(table)
        rows, size = rows + table.num_rows, size + table.nbytes
        if rows >= GROUP_ROWS or size >= GROUP_BYTES:
            yield pa.concat_tables(held)
            held, rows, size = [], 0, 0
    if held:
        yield pa.concat_tables(held)


def schema_of(part: Part) -> pa.Schema:
    """The schema of a batch's kept rows, with an `id` that is text."""
    if part.batch.table is not None:
        found = part.batch.table.schema.remove_metadata()
    else:
        rows = [row for _, row in _at(part)]
        names = dict.fromkeys(name for row in rows for name in row)
        types = {name: _type(part.batch, name, [row.get(name) for row in rows]) for name in names if name != "id"}
        found = pa.schema([pa.field(name, types.get(name, pa.string())) for name in names])
    identity = pa.field("id", pa.string())
    return found.set(found.get_field_index("id"), identity) if "id" in found.names else found.insert(0, identity)


def common_schema(schemas: Iterable[pa.Schema]) -> pa.Schema:
    """One schema for all. Raises UserError where a column has no common type."""
    try:
        return pa.unify_schemas(list(dict.fromkeys(schemas)), promote_options="permissive")
    except pa.ArrowException as error:
        raise UserError(f"The inputs' columns have no common types: {error}.", SWITCH) from error


def _made(part: Part) -> dict[int, str]:
    """The ids of kept rows that came without one."""
    found = zip(part.keep.tolist(), part.ids.gather(part.keep), strict=True)
    return {i: name for i, name in found if name == f"{part.batch.source}:{part.batch.numbers[i]}"}


def _type(batch: Batch, name: str, values: list[Any]) -> pa.DataType:
    try:
        return pa.array(values).type
    except (pa.ArrowException, OverflowError, UnicodeEncodeError) as error:
        where = f"{batch.source}:{batch.numbers[0]}-{batch.numbers[-1]}"
        raise UserError(f"{where}: the column {name!r} does not hold values of one type ({error}).", SWITCH) from error


def _at(part: Part) -> list[tuple[int, dict[str, Any]]]:
    rows = part.batch.sound_rows()
    return [(i, row) for i in part.keep.tolist() if isinstance(row := rows[i], dict)]


def _line(batch: Batch, index: int) -> bytes:
    assert batch.lines is not None
    line = batch.lines[index]
    assert not isinstance(line, Bad)
    return line.strip()


def _with_id(line: bytes, made: str | None) -> bytes:
    if made is None:
        return line + b"\n"
    rest = line[1:].lstrip()
    return b'{"id": ' + json.dumps(made).encode() + (b"" if rest == b"}" else b", ") + rest + b"\n"


def _dumps(row: dict[str, Any], source: str) -> bytes:
    try:
        return json.dumps(row, ensure_ascii=False, default=_plain).encode()
    except (TypeError, UnicodeEncodeError) as error:
        raise UserError(f"{source}: {error}.", "Name the output .parquet, which takes any type.") from error


def _plain(value: Any) -> str:
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    raise TypeError(f"a {type(value).__name__} cannot be written as JSON")
