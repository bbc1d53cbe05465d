"""The two outputs of a curation tool: the kept rows as they were, and one decision per input row.

Both are written beside their places (`storage.atomic`) and renamed at the end, the decisions first; an
error before that leaves neither. The limit: two renames are not one, so a crash between them leaves whole
decisions without kept rows.
"""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from stillhouse.errors import UserError
from stillhouse.storage.atomic import sweep, whole
from stillhouse.tables.read import Batch, Source
from stillhouse.tables.rows import Part, as_lines, as_table, common_schema, grouped, schema_of

DECISIONS = pa.schema([("id", pa.string()), ("kept", pa.bool_()), ("step", pa.string()), ("reason", pa.string()), ("detail", pa.string())])
FORMATS = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet")
CHUNK = 20_000
Mask = npt.NDArray[np.bool_]


class Drop(NamedTuple):
    """Why a row is not kept."""

    step: str
    reason: str
    detail: str


KEPT = Drop("", "kept", "")
Verdicts = dict[int, Drop]
"""Dropped rows by their position in the input (from 0, over all inputs); every other row is kept."""


class Selection(NamedTuple):
    """What to write: the inputs, the ids of all rows in order, and the drops."""

    sources: list[Source]
    ids: list[str]
    drops: Verdicts


def check_targets(targets: list[str], inputs: list[str]) -> None:
    """Raises UserError, before any work, for an output that cannot or must not be written."""
    taken = {Path(spec).resolve() for spec in inputs if not spec.startswith("hf:")}
    for target in map(Path, targets):
        if not target.name.endswith(FORMATS):
            raise UserError(f"{target}: an output is named {', '.join(FORMATS)}.", "Change its name.")
        if target.resolve() in taken:
            raise UserError(f"{target} is an input or another output.", "Write to another file.")
        if not target.absolute().parent.is_dir():
            raise UserError(f"The folder of {target} does not exist.", f"Make it: mkdir -p {target.parent}")
        if not os.access(target.absolute().parent, os.W_OK):
            raise UserError(f"The folder of {target} cannot be written.", "Check its owner and permissions.")
        taken.add(target.resolve())


class Making(NamedTuple):
    """An output in the making: its name, which says the format, and the temporary file that is written."""

    target: Path
    temporary: Path


class Outputs:
    """Writes kept rows and decisions; as a context manager it puts both in place, or neither."""

    def __init__(self, kept: str, decisions: str) -> None:
        self._targets = Path(kept), Path(decisions)
        self._open = ExitStack()

    def __enter__(self) -> Self:
        for target in self._targets:
            sweep(target)
        with self._told():
            # What is entered last is put in place first: the decisions.
            self.kept, self.decisions = (Making(target, self._open.enter_context(whole(target))) for target in self._targets)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._told():
            self._open.__exit__(kind, error, trace)
            if isinstance(error, OSError):
                raise error

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UserError(
                f"Cannot write {' and '.join(map(str, self._targets))}: {error.strerror}.", "Free some space or choose another folder."
            ) from error

    def write(self, selection: Selection) -> None:
        """Both files, from a second reading of the inputs. Raises UserError where they changed since the first."""
        count = len(selection.ids)
        kept = np.ones(count, dtype=np.bool_)
        kept[list(selection.drops)] = False
        write_decisions(self.decisions, (_decisions(selection, start) for start in range(0, count, CHUNK)))
        write_kept(self.kept, selection.sources, pl.Series(selection.ids, dtype=pl.String), kept)


def write_decisions(out: Making, tables: Iterable[pa.Table]) -> None:
    """Tables with the schema DECISIONS, in the format that the output's name asks for."""
    if out.target.suffix == ".parquet":
        # Ids are all different: a dictionary of them would be built for nothing.
        with pq.ParquetWriter(out.temporary, DECISIONS, compression="zstd", use_dictionary=["step", "reason", "detail"]) as writer:
            for table in tables:
                writer.write_table(table)
        return
    with compressed(out) as file:
        for table in tables:
            file.write(b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in table.to_pylist()))


def write_kept(out: Making, sources: list[Source], ids: pl.Series, kept: Mask) -> None:
    """The kept rows of all sources in order, in the format that the output's name asks for. `ids` and `kept` tell of every row.

    Raises UserError where the inputs do not have as many rows.
    """
    if out.target.suffix == ".parquet":
        schema = common_schema(_schemas(sources, ids, kept))
        with pq.ParquetWriter(out.temporary, schema, compression="zstd") as writer:
            for table in grouped(as_table(part, schema) for part in _parts(sources, ids, kept)):
                writer.write_table(table)
        return
    with compressed(out) as file:
        for part in _parts(sources, ids, kept):
            file.write(b"".join(as_lines(part)))


@contextmanager
def compressed(out: Making) -> Iterator[pa.NativeFile]:
    """An output stream to the temporary file, compressed as the output's name asks."""
    how = {".gz": "gzip", ".zst": "zstd"}.get(out.target.suffix)
    with pa.output_stream(out.temporary, compression=how) as file:
        yield file


def _decisions(selection: Selection, start: int) -> pa.Table:
    ids = selection.ids[start : start + CHUNK]
    drops = [selection.drops.get(start + i, KEPT) for i in range(len(ids))]
    columns = [ids, [d is KEPT for d in drops], *([getattr(d, name) for d in drops] for name in Drop._fields)]
    return pl.DataFrame(dict(zip(DECISIONS.names, columns, strict=True))).to_arrow().cast(DECISIONS)


def _parts(sources: list[Source], ids: pl.Series, kept: Mask) -> Iterator[Part]:
    """Every batch of the inputs that has kept rows."""
    start = 0
    for batch in chain.from_iterable(source.batches() for source in sources):
        part = _part(batch, start, ids, kept)
        if len(part.keep):
            yield part
        start += len(batch.numbers)
    if start != len(kept):
        raise UserError(
            f"The inputs changed while they were read ({len(kept):,} rows, then {start:,}).",
            "Run again when nothing writes to them.",
        )


def _schemas(sources: list[Source], ids: pl.Series, kept: Mask) -> Iterator[pa.Schema]:
    """The schemas of the kept rows: Parquet declares its schema, JSON lines must be scanned."""
    start = 0
    for number, source in enumerate(sources):
        for batch in source.batches():
            yield schema_of(_part(batch, start, ids, kept))
            if batch.table is not None:
                rest = sources[number + 1 :]  # its rows are counted only where others come after them
                start += sum(len(b.numbers) for b in source.batches(batch.table.column_names[:1])) if rest else 0
                break
            start += len(batch.numbers)


def _part(batch: Batch, start: int, ids: pl.Series, kept: Mask) -> Part:
    size = len(batch.numbers)
    return Part(batch, np.flatnonzero(kept[start : start + size]), ids.slice(start, size))
