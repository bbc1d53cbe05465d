"""Where curation reads its rows from: a frame in memory, or a source that is read in batches when it is needed.

Both give columns of chosen rows by position, in the input's order, so that a pass over ids and counts never
touches the texts.
"""

from collections.abc import Iterator
from typing import Protocol

import polars as pl

BATCH = 20_000
ROW = "_row"


class Rows(Protocol):
    """A table: its column names, and chosen columns of chosen rows (`positions` ascending)."""

    columns: list[str]

    def take(self, columns: list[str], positions: pl.Series) -> pl.DataFrame: ...
    def batches(self, columns: list[str], positions: pl.Series) -> Iterator[pl.DataFrame]: ...
    def ids(self) -> pl.Series: ...


class FrameRows:
    """Rows of a frame in memory."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame
        self.columns = frame.columns

    def ids(self) -> pl.Series:
        return self._frame["id"].cast(pl.String)

    def take(self, columns: list[str], positions: pl.Series) -> pl.DataFrame:
        if not columns:
            return positions.to_frame(ROW)
        chosen = self._frame.select(columns)
        if len(positions) < self._frame.height:
            chosen = chosen[positions]
        return chosen.with_columns(positions.alias(ROW))

    def batches(self, columns: list[str], positions: pl.Series) -> Iterator[pl.DataFrame]:
        for start in range(0, len(positions), BATCH):
            yield self.take(columns, positions.slice(start, BATCH))
