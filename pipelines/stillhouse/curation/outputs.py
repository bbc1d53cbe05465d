"""What `stillhouse curate` writes: the kept rows with the steps' labels over them, and one decision per input row.

As with the other tools both files appear whole or not at all (see `tables.write`).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from stillhouse.curation.pipeline import Curated
from stillhouse.curation.sources import Inputs
from stillhouse.curation.tables import Bad, Batch, Outputs, Selection, Source
from stillhouse.curation.tables.read import Parquet
from stillhouse.curation.tables.write import CHUNK, DECISIONS, Drop, _compressed, _partial

MEMORY = "200MB"


def write(inputs: Inputs, curated: Curated, kept: str, decisions: str) -> None:
    """Both files, from a second reading of the inputs."""
    table = _decisions(inputs, curated)
    labelled = len(curated.labels.columns) > 1
    with _Outputs(kept, decisions) as outputs:
        outputs.decided = table
        if kept.endswith(".parquet") and not labelled and all(isinstance(s, Parquet) for s in inputs.sources):
            outputs.copy([s.name for s in inputs.sources])
            return
        drops = dict.fromkeys(table.with_row_index("row").filter(~pl.col("kept"))["row"].to_list(), Drop("", "", ""))
        sources: list[Source] = [_Labelled(s, curated.labels) for s in inputs.sources] if labelled else inputs.sources
        outputs.write(Selection(sources, inputs.ids.to_list(), drops))


def _decisions(inputs: Inputs, curated: Curated) -> pl.DataFrame:
    """One row per input row, unreadable ones too, in the order of the inputs."""
    found = curated.decisions.select(DECISIONS.names)
    if not inputs.unread:
        return found
    bad = [(i, False, "read", b.reason, b.detail) for i, b in inputs.unread.items()]
    unread = pl.DataFrame(bad, schema=found.schema, orient="row")
    return inputs.ids.to_frame("id").join(pl.concat([found, unread]), on="id", how="left", maintain_order="left")


class _Outputs(Outputs):
    """The tools' outputs with columnar decisions, and Parquet to Parquet without a detour over Python rows."""

    decided: pl.DataFrame

    def copy(self, paths: list[str]) -> None:
        """Parquet to Parquet."""
        self._put_decisions()
        pa.default_memory_pool().release_unused()
        copy_rows(paths, self.decided, _partial(self.kept))

    def _write_decisions(self, selection: Selection) -> None:
        self._put_decisions()

    def _put_decisions(self) -> None:
        if self.decisions.suffix == ".parquet":
            with pq.ParquetWriter(_partial(self.decisions), DECISIONS, compression="zstd") as writer:
                for part in self.decided.iter_slices(CHUNK * 5):
                    writer.write_table(part.to_arrow().cast(DECISIONS))
            return
        with _compressed(self.decisions) as file:
            for part in self.decided.iter_slices(CHUNK):
                file.write(part.write_ndjson().encode())


def copy_rows(paths: list[str], decided: pl.DataFrame, target: Path) -> None:
    """The rows of Parquet files that `decided` keeps, in order, to one Parquet file; DuckDB decodes little but what stays.

    Columns that a file lacks are null; a row without an id gets its own. With several threads a join gives the rows in
    another order each time, so a few rows are sorted, and many are read by one thread.
    """
    import duckdb

    kept = _places(paths, decided)
    few = kept.height <= CHUNK
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY,
        "temp_directory": f"{target}.spill",
        **({} if few else {"threads": "1"}),
    }
    order = "ORDER BY list_position($paths, _file), file_row_number" if few else ""
    with duckdb.connect(config=config) as connection:
        connection.register("kept", kept.to_arrow())
        source = "read_parquet($paths, union_by_name = true, filename = '_file', file_row_number = true)"
        names = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}", {"paths": paths}).fetchall()]
        made = "_file || ':' || (file_row_number + 1)"
        identity = f"REPLACE (coalesce(CAST(id AS VARCHAR), {made}) AS id)" if "id" in names else f", {made} AS id"
        query = f"SELECT * EXCLUDE (_file, file_row_number) {identity} FROM {source}"
        where = "WHERE (_file, file_row_number) IN (SELECT (_path, _row) FROM kept)"
        if len(paths) == 1:
            where = "WHERE file_row_number IN (SELECT _row FROM kept)"
        into = f"'{str(target).replace(chr(39), chr(39) * 2)}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {CHUNK})"
        connection.execute(f"COPY ({query} {where} {order}) TO {into}", {"paths": paths})


def _places(paths: list[str], decided: pl.DataFrame) -> pl.DataFrame:
    """Path and row (from 0) of every kept row."""
    counts = [pq.read_metadata(path).num_rows for path in paths]
    start, parts = 0, []
    for path, count in zip(paths, counts, strict=True):
        kept = decided["kept"].slice(start, count).arg_true().cast(pl.Int64)
        parts.append(pl.DataFrame({"_row": kept}).with_columns(pl.lit(path).alias("_path")))
        start += count
    return pl.concat(parts)


class _Labelled:
    """A source with labels laid over its rows."""

    def __init__(self, source: Source, labels: pl.DataFrame) -> None:
        self.name, self.source, self.labels = source.name, source, labels

    def batches(self, columns: list[str] | None = None) -> Iterator[Batch]:
        told = {row.pop("id"): row for row in self.labels.to_dicts()}
        for batch in self.source.batches(columns):
            lines: list[bytes | Bad] = [self._line(batch, n, row, told) for n, row in zip(batch.numbers, batch.rows(), strict=True)]
            yield Batch(batch.source, batch.numbers, lines=lines)

    def _line(self, batch: Batch, number: int, row: dict[str, Any] | Bad, told: dict[str, dict[str, Any]]) -> bytes | Bad:
        if isinstance(row, Bad):
            return row
        name = f"{batch.source}:{number}" if row.get("id") is None else str(row["id"])
        labels = {k: v for k, v in told.get(name, {}).items() if v is not None}
        return json.dumps(row | labels, ensure_ascii=False, default=str).encode()
