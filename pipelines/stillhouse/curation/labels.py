"""What steps said of rows without dropping them: columns laid over the input's, by row.

A later label wins; a null label leaves what is beneath.
"""

import polars as pl

from stillhouse.curation.rows import ROW


class Labels:
    """Label columns by name, each a frame of `_row` and the value."""

    def __init__(self) -> None:
        self._columns: dict[str, pl.DataFrame] = {}

    def names(self) -> list[str]:
        return list(self._columns)

    def add(self, labels: pl.DataFrame) -> None:
        """`labels` holds `_row` and one column or more."""
        for name in labels.columns:
            if name == ROW:
                continue
            new = labels.select(ROW, name).drop_nulls(name)
            old = self._columns.get(name)
            if old is not None:
                new = pl.concat([old.join(new, on=ROW, how="anti"), new], how="vertical_relaxed")
            self._columns[name] = new

    def lay_over(self, frame: pl.DataFrame, names: list[str]) -> pl.DataFrame:
        """The frame (with `_row`) with the named labels over its columns."""
        for name in names:
            if name not in self._columns:
                continue
            beside = self._columns[name].rename({name: "_label"})
            frame = frame.join(beside, on=ROW, how="left", maintain_order="left")
            under = [pl.col(name)] if name in frame.columns else []
            frame = frame.with_columns(pl.coalesce(pl.col("_label"), *under).alias(name)).drop("_label")
        return frame
