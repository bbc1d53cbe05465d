"""Kept rows in the format of the output: JSON lines byte for byte where they came as such, Arrow tables where not."""

import json
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from stillhouse.curation.tables.read import Bad, Batch
from stillhouse.errors import UserError

SWITCH = "Name the output .jsonl, which takes any type."
Part = tuple[Batch, list[int], dict[int, str]]
"""A batch, which of its rows are kept, and the ids that those without one got."""


def as_lines(batch: Batch, keep: list[int], made: dict[int, str]) -> list[bytes]:
    """The rows at `keep` as JSON lines; `made` holds the ids of those that came without one."""
    if batch.lines is not None:
        return [_with_id(_line(batch, i), made.get(i)) for i in keep]
    assert batch.table is not None
    rows = batch.table.take(keep).to_pylist()
    return [_with_id(_dumps(row, batch.source), made.get(i)) for i, row in zip(keep, rows, strict=True)]


def as_table(batch: Batch, keep: list[int], made: dict[int, str], schema: pa.Schema) -> pa.Table:
    """The rows at `keep` as a table with all columns of `schema`; a column that the batch lacks is null."""
    rows = [_object(row, made.get(i)) for i, row in _at(batch, keep)]
    return pa.Table.from_pylist(rows, schema=schema)


def common_schema(parts: Iterable[Part]) -> pa.Schema:
    """One schema for all kept rows, with `id` in it. Raises UserError where a column has no common type."""
    schemas: list[pa.Schema] = []
    for batch, keep, _ in parts:
        schema = _schema(batch, keep)
        if schema not in schemas:
            schemas.append(schema)
    try:
        found = pa.unify_schemas(schemas, promote_options="permissive")
    except pa.ArrowException as error:
        raise UserError(f"The inputs' columns have no common types: {error}.", SWITCH) from error
    return found if "id" in found.names else found.insert(0, pa.field("id", pa.string()))


def _schema(batch: Batch, keep: list[int]) -> pa.Schema:
    if batch.table is not None:
        return batch.table.schema.remove_metadata()
    rows = [row for _, row in _at(batch, keep)]
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.schema([pa.field(name, _type(batch, name, [row.get(name) for row in rows])) for name in names])


def _type(batch: Batch, name: str, values: list[Any]) -> pa.DataType:
    try:
        return pa.array(values).type
    except (pa.ArrowException, OverflowError, UnicodeEncodeError) as error:
        where = f"{batch.source}:{batch.numbers[0]}-{batch.numbers[-1]}"
        raise UserError(f"{where}: the column {name!r} does not hold values of one type ({error}).", SWITCH) from error


def _at(batch: Batch, keep: list[int]) -> list[tuple[int, Any]]:
    if batch.table is not None:
        return list(zip(keep, batch.table.take(keep).to_pylist(), strict=True))
    rows = batch.rows()
    return [(i, rows[i]) for i in keep]


def _object(row: Any, made: str | None) -> dict[str, Any]:
    assert isinstance(row, dict)
    return row if made is None else {"id": made, **row}


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
