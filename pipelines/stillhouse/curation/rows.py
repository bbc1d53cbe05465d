"""Where curation reads its rows from: a frame in memory, or a source that is read in batches when it is needed.

Both give columns of chosen rows by position, in the input's order, so that a pass over ids and counts never
touches the texts.
"""

from collections.abc import Iterator
from typing import Protocol

import polars as pl

from stillhouse.errors import UserError

TEXT = ("problem_id", "question", "answer", "reasoning", "response", "format", "finish_reason", "outcome", "domain", "source")
NUMBERS = ("reasoning_tokens", "output_tokens", "prompt_tokens", "score", "difficulty", "mistake_index")
BATCH = 20_000
ROW = "_row"


class Rows(Protocol):
    """A table: its column names, and chosen columns of chosen rows (`positions` ascending)."""

    columns: list[str]

    def take(self, columns: list[str], positions: pl.Series) -> pl.DataFrame: ...
    def batches(self, columns: list[str], positions: pl.Series) -> Iterator[pl.DataFrame]: ...
    def ids(self) -> pl.Series:
        """The rows' ids, in order, each of them unique."""
        ...


class FrameRows:
    """Rows of a frame in memory."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame
        self.columns = frame.columns

    def ids(self) -> pl.Series:
        """Raises UserError for an id that occurs twice."""
        ids = self._frame["id"].cast(pl.String)
        twice = repeated(ids)
        if twice is not None:
            raise UserError(f"The id {twice!r} occurs more than once.", "Give every row its own id.")
        return ids

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


def repeated(ids: pl.Series) -> str | None:
    """An id that occurs twice, or None. Compares 64-bit hashes, and the ids themselves only where two hashes are equal."""
    hashes = ids.hash().sort()
    if not (hashes == hashes.shift()).any():
        return None
    return next(iter(ids.filter(ids.is_duplicated())), None)


def cast(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with every known column in its type. Raises UserError for text where numbers belong, or the reverse."""
    wanted = [c for c in TEXT if c in frame.columns and frame.schema[c] != pl.String]
    for name in wanted:
        if frame.schema[name] not in (pl.Null, pl.Categorical) and not isinstance(frame.schema[name], pl.Enum):
            raise UserError(f"The column {name!r} holds {frame.schema[name]}, not text.", "Convert it, or turn off the steps that read it.")
    for name in NUMBERS:
        if name in frame.columns and not frame.schema[name].is_numeric() and frame.schema[name] != pl.Null:
            raise UserError(
                f"The column {name!r} holds {frame.schema[name]}, not numbers.", "Convert it, or turn off the steps that read it."
            )
    return frame.with_columns(pl.col(wanted).cast(pl.String)) if wanted else frame
