"""Whole inputs as one Polars frame, for steps that need every column at once. The limit: it must fit in memory."""

from typing import Any

import polars as pl

from stillhouse.errors import UserError
from stillhouse.tables.columns import Cell, Ids
from stillhouse.tables.read import Bad, Batch, Source, check_text

WHERE = "__where__"


def read_frame(sources: list[Source]) -> tuple[pl.DataFrame, list[Cell]]:
    """The readable rows of all inputs, with a text `id` first and `__where__` (file:row) last, and the unreadable ones.

    Columns that a source lacks are null. Raises UserError for an unreadable source, for a duplicate id, and for a
    column whose values have no common type.
    """
    ids = Ids()
    frames: list[pl.DataFrame] = []
    bad: list[Cell] = []
    for source in sources:
        for batch in source.batches():
            frame, unread = _frame(source, batch)
            for cell in unread:
                ids.add(cell)
            for name, where in zip(frame["id"], frame[WHERE], strict=True):
                ids.add(Cell(name, "", where))
            frames.append(frame)
            bad += unread
    if not len(ids):
        raise UserError(f"{_names(sources)}: no rows.", "Give at least one row.")
    return _concat(frames, sources), bad


def _frame(source: Source, batch: Batch) -> tuple[pl.DataFrame, list[Cell]]:
    where = [f"{batch.source}:{n}" for n in batch.numbers]
    if batch.table is not None:
        check_text(batch)
        return _identified(pl.DataFrame(batch.table), where), []
    rows: list[dict[str, Any]] = []
    kept: list[str] = []
    bad: list[Cell] = []
    for row, place in zip(batch.sound_rows(), where, strict=True):
        if isinstance(row, Bad):
            bad.append(Cell(place, "", place, row))
        else:
            rows.append(row)
            kept.append(place)
    try:
        frame = pl.DataFrame(rows, infer_schema_length=None)
    except (pl.exceptions.PolarsError, TypeError, OverflowError) as error:
        raise UserError(
            f"{source.name}: the rows from {where[0]} have no common column types: {error}.", "Use one type per column."
        ) from error
    return _identified(frame, kept), bad


def _identified(frame: pl.DataFrame, where: list[str]) -> pl.DataFrame:
    places = pl.Series(WHERE, where, dtype=pl.String)
    given = frame["id"].cast(pl.String) if "id" in frame.columns else pl.Series("id", [None] * len(where), dtype=pl.String)
    others = [name for name in frame.columns if name != "id"]
    ids = pl.DataFrame({"id": given, WHERE: places}).select(pl.coalesce("id", WHERE).alias("id"))
    return ids.hstack(frame.select(others)).hstack([places]) if others else ids.hstack([places])


def _concat(frames: list[pl.DataFrame], sources: list[Source]) -> pl.DataFrame:
    try:
        return pl.concat(frames, how="diagonal_relaxed")
    except pl.exceptions.PolarsError as error:
        raise UserError(f"{_names(sources)}: the columns have no common types: {error}.", "Use one type per column.") from error


def _names(sources: list[Source]) -> str:
    return ", ".join(source.name for source in sources)
