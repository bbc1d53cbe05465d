"""One text column of a table, row by row, with ids that are unique over all inputs."""

import difflib
from collections.abc import Iterator
from typing import Any, NamedTuple

from stillhouse.errors import UserError
from stillhouse.tables.read import MAX_BYTES, Bad, Batch, Source

LOOK_AHEAD = 1000


class Cell(NamedTuple):
    """A row's id and text, and its gold where that was asked for; `bad` says why there is no text. `where` is file:row."""

    id: str
    text: str
    where: str
    bad: Bad | None = None
    gold: str = ""


class Ids:
    """Takes every id once; a second one is an error that names both rows. Their positions follow the order of coming."""

    def __init__(self) -> None:
        self._seen: dict[str, str | None] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def __iter__(self) -> Iterator[str]:
        return iter(self._seen)

    def add(self, cell: Cell) -> None:
        """Raises UserError for an id that another row has."""
        if cell.id in self._seen:
            first = self._seen[cell.id] or "an earlier row"
            raise UserError(f"The id {cell.id!r} of {cell.where} is that of {first} too.", "Make the ids unique, or drop the column.")
        self._seen[cell.id] = None if cell.where == cell.id else cell.where


def cells(source: Source, field: str, gold: str | None = None) -> Iterator[list[Cell]]:
    """The cells of a source, in batches. A row without an `id` gets `file:row`; one without a `gold` has an empty one.

    Raises UserError when none of the first rows has the field, or when the source has no row.
    """
    seen = missing = 0
    names: set[str] = set()
    for batch in source.batches(["id", field, *([gold] if gold else [])]):
        found = _cells(batch, field, gold)
        names = names or _names(source, batch)
        seen += len(found)
        missing += sum(cell.bad is not None and cell.bad.reason == "missing_field" for cell in found)
        if missing == seen and (seen >= LOOK_AHEAD or batch.table is not None):
            break
        yield found
    if seen == 0:
        raise UserError(f"{source.name} has no rows.", "Leave it out, or make it again.")
    if missing == seen:
        raise UserError(f"{source.name} has no column {field!r}{_nearest(field, names)}.", f"It has: {', '.join(sorted(names)) or 'none'}.")


def _names(source: Source, batch: Batch) -> set[str]:
    if batch.table is not None:
        first = next(iter(source.batches()))
        assert first.table is not None
        return set(first.table.column_names)
    return {name for row in batch.sound_rows()[:LOOK_AHEAD] if isinstance(row, dict) for name in row}


def _nearest(field: str, names: set[str]) -> str:
    near = difflib.get_close_matches(field, sorted(names), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _cells(batch: Batch, field: str, gold: str | None) -> list[Cell]:
    return [_cell(row, f"{batch.source}:{n}", field, gold) for row, n in zip(batch.sound_rows(), batch.numbers, strict=True)]


def _cell(row: dict[str, Any] | Bad, where: str, field: str, gold: str | None) -> Cell:
    if isinstance(row, Bad):
        return Cell(where, "", where, row)
    given = row.get("id", where)
    name = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else where
    if name is where and given is not where:
        return Cell(where, "", where, Bad("bad_id", f"{where}: the id is {_kind(given)}, not text or a whole number"))
    if field not in row:
        return Cell(name, "", where, Bad("missing_field", f"{where}: no field {field!r}"))
    text = row[field]
    if not isinstance(text, str):
        return Cell(name, "", where, Bad("wrong_type", f"{where}: {field!r} is {_kind(text)}, not text"))
    problem = _unusable(text)
    if problem:
        return Cell(name, "", where, Bad(problem, f"{where}: {field!r} is {problem}"))
    return Cell(name, text, where, gold=_gold(row, gold) if gold else "")


def _gold(row: dict[str, Any], column: str) -> str:
    value = row.get(column)
    return "" if value is None else str(value)


def _unusable(text: str) -> str:
    if len(text) > MAX_BYTES:
        return "too_long"
    if text.isascii():
        return ""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "invalid_utf8"
    return ""


def _kind(value: Any) -> str:
    names: dict[type, str] = {bool: "a truth value", int: "a number", float: "a number", list: "a list", dict: "an object", bytes: "bytes"}
    return "null" if value is None else names.get(type(value), type(value).__name__)
