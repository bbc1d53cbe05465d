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
from stillhouse.storage.atomic import spill
from stillhouse.tables import Bad, Batch, Outputs, Source
from stillhouse.tables.read import Parquet
from stillhouse.tables.write import CHUNK, DECISIONS, write_decisions, write_kept

FEW = 2_000  # rows that may be sorted with their texts in memory


def write(inputs: Inputs, curated: Curated, kept: str, decisions: str) -> None:
    """Both files, from a second reading of the inputs."""
    table = _decisions(inputs, curated)
    labelled = len(curated.labels.columns) > 1
    with Outputs(kept, decisions) as outputs:
        write_decisions(outputs.decisions, (part.to_arrow().cast(DECISIONS) for part in table.iter_slices(CHUNK * 5)))
        pa.default_memory_pool().release_unused()
        if (
            not labelled
            and table["kept"].sum() <= FEW
            and kept.endswith(".parquet")
            and all(isinstance(s, Parquet) for s in inputs.sources)
        ):
            copy_few([s.name for s in inputs.sources], table["kept"], outputs.kept.temporary)
            return
        sources: list[Source] = [_Labelled(s, curated.labels) for s in inputs.sources] if labelled else inputs.sources
        write_kept(outputs.kept, sources, inputs.ids, table["kept"].to_numpy())


def _decisions(inputs: Inputs, curated: Curated) -> pl.DataFrame:
    """One row per input row, unreadable ones too, in the order of the inputs."""
    found = curated.decisions.select(DECISIONS.names)
    if not inputs.unread:
        return found
    bad = [(i, False, "read", b.reason, b.detail) for i, b in inputs.unread.items()]
    unread = pl.DataFrame(bad, schema=found.schema, orient="row")
    return inputs.ids.to_frame("id").join(pl.concat([found, unread]), on="id", how="left", maintain_order="left")


def copy_few(paths: list[str], kept: pl.Series, target: Path) -> None:
    """The few kept rows of Parquet files, in order, to one Parquet file: DuckDB decodes little but what stays.

    Columns that a file lacks are null; a row without an id gets its own. Two threads, as each holds a part of a row group.
    """
    import duckdb

    with duckdb.connect(config={"threads": "2", "temp_directory": str(spill(target))}) as connection:
        connection.register("kept", _places(paths, kept).to_arrow())
        source = "read_parquet($paths, union_by_name = true, filename = '_file', file_row_number = true)"
        names = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}", {"paths": paths}).fetchall()]
        given = "CAST(id AS VARCHAR)" if "id" in names else "NULL"
        identity = f"coalesce({given}, _file || ':' || (file_row_number + 1)) AS id"
        if "id" in pq.read_schema(paths[0]).names:
            columns = f"* EXCLUDE (_file, file_row_number) REPLACE ({identity})"
        else:
            columns = f"{identity}, * EXCLUDE (_file, file_row_number{', id' if 'id' in names else ''})"
        where = "WHERE (_file, file_row_number) IN (SELECT (_path, _row) FROM kept)"
        if len(paths) == 1:
            where = "WHERE file_row_number IN (SELECT _row FROM kept)"
        into = f"'{str(target).replace(chr(39), chr(39) * 2)}' (FORMAT parquet, COMPRESSION zstd)"
        order = "ORDER BY list_position($paths, _file), file_row_number"
        connection.execute(f"COPY (SELECT {columns} FROM {source} {where} {order}) TO {into}", {"paths": paths})


def _places(paths: list[str], kept: pl.Series) -> pl.DataFrame:
    """Path and row (from 0) of every kept row."""
    start, parts = 0, []
    for path in paths:
        count = pq.read_metadata(path).num_rows
        rows = kept.slice(start, count).arg_true().cast(pl.Int64)
        parts.append(pl.DataFrame({"_row": rows}).with_columns(pl.lit(path).alias("_path")))
        start += count
    return pl.concat(parts)


class _Labelled:
    """A source with labels laid over its rows."""

    def __init__(self, source: Source, labels: pl.DataFrame) -> None:
        self.name, self.source, self.labels = source.name, source, labels

    def batches(self, columns: list[str] | None = None) -> Iterator[Batch]:
        told = {row.pop("id"): row for row in self.labels.to_dicts()}
        for batch in self.source.batches(columns):
            lines: list[bytes | Bad] = [self._line(batch, n, row, told) for n, row in zip(batch.numbers, batch.sound_rows(), strict=True)]
            yield Batch(batch.source, batch.numbers, lines=lines)

    def _line(self, batch: Batch, number: int, row: dict[str, Any] | Bad, told: dict[str, dict[str, Any]]) -> bytes | Bad:
        if isinstance(row, Bad):
            return row
        name = f"{batch.source}:{number}" if row.get("id") is None else str(row["id"])
        labels = {k: v for k, v in told.get(name, {}).items() if v is not None}
        return json.dumps(row | labels, ensure_ascii=False, default=str).encode()
