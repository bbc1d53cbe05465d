"""Plain tables as curation's rows: Parquet read column by column when it is needed, other formats held in memory.

Guarantee: every row of every input has a place and an id; rows that cannot be read are listed with their reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from stillhouse.curation.rows import ROW, FrameRows, Rows, repeated
from stillhouse.errors import UserError
from stillhouse.tables import Bad, Batch, Source, open_source, read_frame
from stillhouse.tables.frames import WHERE
from stillhouse.tables.read import Parquet, check_text


@dataclass(frozen=True)
class Inputs:
    """The inputs of a tool: `rows` to curate, `ids` of all rows in order, and those that could not be read, by id."""

    sources: list[Source]
    rows: Rows
    ids: pl.Series
    unread: dict[str, Bad]


def open_inputs(specs: list[str]) -> Inputs:
    """Raises UserError for what cannot be read at all, for no rows, and for an id that occurs twice."""
    sources = [open_source(spec) for spec in specs]
    if all(isinstance(source, Parquet) for source in sources):
        rows = ParquetRows(sources)
        return Inputs(sources, rows, rows.ids(), {})
    frame, bad = read_frame(sources)
    unread = {cell.id: cell.bad for cell in bad if cell.bad is not None}
    places = pl.concat(
        [
            frame.select("id", where=WHERE),
            pl.DataFrame({"id": list(unread), "where": list(unread)}, schema_overrides={"id": pl.String, "where": pl.String}),
        ]
    )
    order = {source.name: n for n, source in enumerate(sources)}
    split = places["where"].str.extract_groups(r"^(?s)(?<file>.*):(?<row>\d+)$").struct.unnest()
    keyed = places.with_columns(split["file"].replace_strict(order, return_dtype=pl.Int64), split["row"].cast(pl.Int64)).sort("file", "row")
    return Inputs(sources, FrameRows(frame.drop(WHERE)), keyed["id"], unread)


class ParquetRows:
    """Rows of Parquet files in order, read batch by batch; nothing but what is asked for is kept."""

    def __init__(self, sources: list[Source]) -> None:
        self._sources = sources
        self._ids, self.columns = self._scan()

    def ids(self) -> pl.Series:
        return self._ids

    def _scan(self) -> tuple[pl.Series, list[str]]:
        """All ids (file:row where there is none) and the union of the columns."""
        parts, columns = [], dict.fromkeys(["id"])
        for source in self._sources:
            for batch in source.batches(["id"]):
                check_text(batch)
                parts.append(_named(source.name, batch))
            columns |= dict.fromkeys(_schema(source))
        ids = pl.concat(parts, rechunk=True).alias("id")
        if not len(ids):
            raise UserError(f"{', '.join(s.name for s in self._sources)}: no rows.", "Give at least one row.")
        twice = repeated(ids)
        if twice is not None:
            self._refuse(ids, twice)
        return ids, list(columns)

    def _refuse(self, ids: pl.Series, twice: str) -> None:
        first, second = np.flatnonzero((ids == twice).to_numpy())[:2]
        names = f"rows {first + 1:,} and {second + 1:,} (counted over all inputs)"
        raise UserError(f"The id {twice!r} occurs in {names}.", "Give every row its own id.")

    def take(self, columns: list[str], positions: pl.Series) -> pl.DataFrame:
        if not columns:
            return positions.to_frame(ROW)
        return pl.concat(list(self.batches(columns, positions)), how="diagonal_relaxed")

    def batches(self, columns: list[str], positions: pl.Series) -> Iterator[pl.DataFrame]:
        """Frames with all of `columns` (null where a file lacks one) and `_row`; at least one."""
        wanted = positions.to_numpy()
        place = wanted.dtype.type  # a plain int would have numpy convert all of `wanted` at each search
        start, sent = 0, False
        names = [c for c in columns if c != "id"]
        for source in self._sources:
            for batch in source.batches(names):
                assert batch.table is not None
                check_text(batch)
                end = start + len(batch.numbers)
                here = wanted[np.searchsorted(wanted, place(start)) : np.searchsorted(wanted, place(end))]
                if len(here) or not sent:
                    frame = pl.DataFrame(batch.table) if names else pl.DataFrame()
                    frame = frame[here - place(start)] if names and len(here) < len(batch.numbers) else frame
                    frame = frame.with_columns(pl.Series(ROW, here, dtype=pl.UInt32))
                    if "id" in columns:
                        frame = frame.with_columns(self._ids[here].alias("id"))
                    lacking = [pl.lit(None).alias(c) for c in names if c not in frame.columns]
                    yield frame.with_columns(lacking).select(*columns, ROW)
                    sent = True
                start = end


def _named(name: str, batch: Batch) -> pl.Series:
    """The ids of a batch; file:row for a row without one."""
    assert batch.table is not None
    given = pl.Series(batch.table["id"]).cast(pl.String) if "id" in batch.table.column_names else None
    if given is not None and not given.null_count():
        return given
    places = pl.Series([f"{name}:{n}" for n in batch.numbers], dtype=pl.String)
    return places if given is None else given.zip_with(given.is_not_null(), places)


def _schema(source: Source) -> list[str]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(source.name) as file:
        return list(file.schema_arrow.names)
