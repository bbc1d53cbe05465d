"""The two outputs of a curation tool: the kept rows as they were, and one decision per input row.

Both are written under temporary names beside their places and renamed at the end, the decisions first; an
error before that leaves neither. The limit: two renames are not one, so a crash between them leaves whole
decisions without kept rows.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import pyarrow as pa
import pyarrow.parquet as pq

from stillhouse.curation.tables.read import Source
from stillhouse.curation.tables.rows import Part, as_lines, as_table, common_schema
from stillhouse.errors import UserError

DECISIONS = pa.schema([("id", pa.string()), ("kept", pa.bool_()), ("step", pa.string()), ("reason", pa.string()), ("detail", pa.string())])
FORMATS = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet")
CHUNK = 20_000


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


class Outputs:
    """Writes kept rows and decisions; as a context manager it puts both in place, or neither."""

    def __init__(self, kept: str, decisions: str) -> None:
        self.kept, self.decisions = Path(kept), Path(decisions)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None:
                for target in (self.decisions, self.kept):
                    _put(_partial(target), target)
        finally:
            for target in (self.decisions, self.kept):
                _partial(target).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise UserError(
                f"Cannot write {self.kept} and {self.decisions}: {error.strerror}.", "Free some space or choose another folder."
            ) from error

    def write(self, selection: Selection) -> None:
        """Both files, from a second reading of the inputs. Raises UserError where they changed since the first."""
        self._write_decisions(selection)
        if self.kept.suffix == ".parquet":
            self._write_parquet(selection)
        else:
            self._write_lines(selection)

    def _write_parquet(self, selection: Selection) -> None:
        schema = common_schema(_parts(selection))
        with pq.ParquetWriter(_partial(self.kept), schema, compression="zstd") as writer:
            for part in _parts(selection):
                writer.write_table(as_table(*part, schema))

    def _write_lines(self, selection: Selection) -> None:
        with _compressed(self.kept) as file:
            for part in _parts(selection):
                file.write(b"".join(as_lines(*part)))

    def _write_decisions(self, selection: Selection) -> None:
        tables = (_decisions(selection, start) for start in range(0, len(selection.ids), CHUNK))
        if self.decisions.suffix == ".parquet":
            with pq.ParquetWriter(_partial(self.decisions), DECISIONS, compression="zstd") as writer:
                for table in tables:
                    writer.write_table(table)
            return
        with _compressed(self.decisions) as file:
            for table in tables:
                file.write(b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in table.to_pylist()))


def _decisions(selection: Selection, start: int) -> pa.Table:
    ids = selection.ids[start : start + CHUNK]
    drops = [selection.drops.get(start + i, KEPT) for i in range(len(ids))]
    columns = [ids, [d is KEPT for d in drops], *([getattr(d, name) for d in drops] for name in Drop._fields)]
    return pa.table(columns, schema=DECISIONS)


def _parts(selection: Selection) -> Iterator[Part]:
    """Every batch of the inputs with its kept rows."""
    start = 0
    for batch in chain.from_iterable(source.batches() for source in selection.sources):
        ids = selection.ids[start : start + len(batch.numbers)]
        keep = [i for i in range(len(ids)) if start + i not in selection.drops]
        yield batch, keep, {i: ids[i] for i in keep if ids[i] == f"{batch.source}:{batch.numbers[i]}"}
        start += len(batch.numbers)
    if start != len(selection.ids):
        raise UserError(
            f"The inputs changed while they were read ({len(selection.ids):,} rows, then {start:,}).",
            "Run again when nothing writes to them.",
        )


def _partial(target: Path) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}.partial")


@contextmanager
def _compressed(target: Path) -> Iterator[pa.NativeFile]:
    """An output stream under the target's temporary name, compressed as the target's name asks."""
    how = {".gz": "gzip", ".zst": "zstd"}.get(target.suffix)
    with pa.output_stream(_partial(target), compression=how) as file:
        yield file


def _put(partial: Path, target: Path) -> None:
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(partial, target)
    folder = os.open(target.absolute().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
