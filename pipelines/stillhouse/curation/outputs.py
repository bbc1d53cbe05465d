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
from stillhouse.curation.tables.write import CHUNK, DECISIONS, Drop, _compressed, _partial


def write(inputs: Inputs, curated: Curated, kept: str, decisions: str) -> None:
    """Both files, from a second reading of the inputs."""
    table = _decisions(inputs, curated)
    mask = table["kept"].to_list()
    drops = dict.fromkeys((n for n, keep in enumerate(mask) if not keep), Drop("", "", ""))
    labels = [c for c in curated.labels.columns if c != "id"]
    sources: list[Source] = [_Labelled(s, curated.labels) for s in inputs.sources] if labels else inputs.sources
    with _Outputs(kept, decisions) as outputs:
        outputs.decided = table
        outputs.write(Selection(sources, inputs.ids.to_list(), drops))


def _decisions(inputs: Inputs, curated: Curated) -> pl.DataFrame:
    """One row per input row, unreadable ones too, in the order of the inputs."""
    bad = [(i, False, "read", b.reason, b.detail) for i, b in inputs.unread.items()]
    columns = list(DECISIONS.names)
    unread = pl.DataFrame(bad, schema=dict(zip(columns, [pl.String, pl.Boolean, *[pl.String] * 3], strict=True)), orient="row")
    found = curated.decisions.select(columns)
    if not bad:
        return found
    return inputs.ids.to_frame("id").join(pl.concat([found, unread]), on="id", how="left", maintain_order="left")


class _Outputs(Outputs):
    """The tools' outputs with columnar decisions, and Parquet to Parquet without a detour over Python rows."""

    decided: pl.DataFrame

    def _write_decisions(self, selection: Selection) -> None:
        if self.decisions.suffix == ".parquet":
            pq.write_table(self.decided.to_arrow().cast(DECISIONS), _partial(self.decisions), compression="zstd")
            return
        with _compressed(self.decisions) as file:
            for part in self.decided.iter_slices(CHUNK):
                file.write(part.write_ndjson().encode())

    def _write_parquet(self, selection: Selection) -> None:
        if any(isinstance(s, _Labelled) or not s.name.endswith(".parquet") for s in selection.sources):
            super()._write_parquet(selection)
            return
        copy_rows([s.name for s in selection.sources], self.decided, _partial(self.kept))


def copy_rows(paths: list[str], decided: pl.DataFrame, target: Path) -> None:
    """The rows of Parquet files that `decided` keeps, in order, to one Parquet file. Row groups without one are not read."""
    kept = decided["kept"]
    schema = pa.unify_schemas([pq.read_schema(p).remove_metadata() for p in paths], promote_options="permissive")
    start = 0
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for path in paths:
            with pq.ParquetFile(path) as file:
                for group in range(file.num_row_groups):
                    rows = file.metadata.row_group(group).num_rows
                    mask = kept.slice(start, rows)
                    start += rows
                    if mask.any():
                        table = file.read_row_group(group).filter(mask.to_arrow())
                        writer.write_table(pa.concat_tables([schema.empty_table(), table], promote_options="permissive"))


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
