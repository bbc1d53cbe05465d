"""Sources: a table that can be read again and again in batches, each batch knowing the number of its first row."""

import io
import json
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from stillhouse.errors import UserError

MAX_BYTES = 64 * 2**20
BATCH_BYTES = 16 * 2**20
PARQUET_BYTES = 2 * 2**20
BATCH_ROWS = 10_000
JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
WHOLE = "The file is cut off or damaged: copy it again and run the same command."


class Bad(NamedTuple):
    """Why a row cannot be used: a short reason to count by, and a sentence with the file and the row."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a source in order. `numbers` are line or row numbers from 1; either `lines` or `table` is set."""

    source: str
    numbers: Sequence[int]
    lines: list[bytes | Bad] | None = None
    table: pa.Table | None = None

    def rows(self) -> list[dict[str, Any] | Bad]:
        """Every row as a dict, or why it is none."""
        if self.lines is None:
            assert self.table is not None
            return _rows(self.table, self.source, self.numbers)
        return [_parse(line, f"{self.source}:{n}") for line, n in zip(self.lines, self.numbers, strict=True)]

    def sound_rows(self) -> list[dict[str, Any] | Bad]:
        """As `rows`, and a row with a lone surrogate in it, which no table holds, is Bad as well."""
        rows = self.rows()
        for i, line in enumerate(self.lines or []):
            row = rows[i]
            if isinstance(row, dict) and isinstance(line, bytes) and _SURROGATE.search(line):
                rows[i] = _sound(row, f"{self.source}:{self.numbers[i]}")
        return rows


class Source(Protocol):
    """A table on disk or on the Hub."""

    name: str

    def batches(self, columns: list[str] | None = None) -> Iterator[Batch]:
        """All rows in order; `columns` narrows a columnar table to those of them that it has."""
        ...


def open_source(spec: str) -> Source:
    """The source behind a path or `hf:NAME[@REVISION][:SPLIT]`.

    Raises UserError for a missing file, a folder, or a format that is not read.
    """
    if spec.startswith("hf:"):
        from stillhouse.curation.tables.hub import HubDataset

        return HubDataset(spec)
    path = Path(spec)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise UserError(f"{spec} {what}.", "Give JSONL or Parquet files, or a Hub dataset as hf:ORG/NAME@REVISION:SPLIT.")
    if path.stat().st_size == 0:
        raise UserError(f"{spec} is empty (0 bytes).", "Leave it out, or make it again.")
    plain = path.name.lower().removesuffix(".gz").removesuffix(".zst")
    if plain.endswith(".parquet"):
        return Parquet(spec)
    if plain.endswith(JSON_SUFFIXES):
        return JsonLines(spec)
    raise UserError(f"{spec}: the format is not known from the name.", "Name it .jsonl, .jsonl.gz, .jsonl.zst or .parquet.")


class JsonLines:
    """One JSON object per line; blank lines are no rows."""

    def __init__(self, path: str) -> None:
        self.name = path

    def batches(self, columns: list[str] | None = None) -> Iterator[Batch]:
        numbers: list[int] = []
        lines: list[bytes | Bad] = []
        size = 0
        for number, line in self._lines():
            numbers.append(number)
            lines.append(line)
            size += len(line) if isinstance(line, bytes) else 0
            if size >= BATCH_BYTES or len(lines) == BATCH_ROWS:
                yield Batch(self.name, numbers, lines=lines)
                numbers, lines, size = [], [], 0
        if lines:
            yield Batch(self.name, numbers, lines=lines)

    def _lines(self) -> Iterator[tuple[int, bytes | Bad]]:
        number = 0
        try:
            with io.BufferedReader(pa.input_stream(self.name, compression="detect"), 2**20) as file:
                while line := file.readline(MAX_BYTES + 1):
                    number += 1
                    if len(line) > MAX_BYTES:
                        size = len(line) + _skip_line(file)
                        yield number, Bad("too_long", f"{self.name}:{number}: the line has {size:,} bytes, over {MAX_BYTES:,}")
                        continue
                    if number == 1:
                        line = self._first(line)
                    if not line.isspace():
                        yield number, line
        except OSError as error:
            raise UserError(f"{self.name}, after row {number}: {error}.", WHOLE) from error

    def _first(self, line: bytes) -> bytes:
        line = line.removeprefix(b"\xef\xbb\xbf")
        if line.lstrip().startswith(b"["):
            raise UserError(f"{self.name} is one JSON array, not a JSON object per line.", "Convert it: jq -c '.[]' FILE > FILE.jsonl")
        return line


def _skip_line(file: io.BufferedReader) -> int:
    """Reads to the end of the line in pieces; gives the bytes passed over."""
    size = 0
    while piece := file.readline(2**20):
        size += len(piece)
        if piece.endswith(b"\n"):
            break
    return size


def _parse(line: bytes | Bad, where: str) -> dict[str, Any] | Bad:
    if isinstance(line, Bad):
        return line
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Bad("invalid_utf8", f"{where}: byte {error.start + 1} is not UTF-8")
    except (ValueError, RecursionError) as error:
        return Bad("invalid_json", f"{where}: {' '.join(str(error).split())}")
    if not isinstance(row, dict):
        return Bad("not_an_object", f"{where}: a JSON {type(row).__name__}, not an object")
    return row


def _sound(row: dict[str, Any], where: str) -> dict[str, Any] | Bad:
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        return Bad("invalid_utf8", f"{where}: the lone surrogate U+{ord(error.object[error.start]):04X} is not text")
    return row


def _rows(table: pa.Table, source: str, numbers: Sequence[int]) -> list[dict[str, Any] | Bad]:
    try:
        return list(table.to_pylist())
    except UnicodeDecodeError as error:
        if table.num_rows == 1:
            return [Bad("invalid_utf8", f"{source}:{numbers[0]}: byte {error.start + 1} of a text is not UTF-8")]
    return [row for i, n in enumerate(numbers) for row in _rows(table.slice(i, 1), source, [n])]


def check_text(batch: Batch) -> None:
    """Raises UserError where a text of a columnar batch is not UTF-8: what takes columns whole cannot leave one row out."""
    assert batch.table is not None
    try:
        batch.table.validate(full=True)
    except pa.ArrowInvalid as error:
        bad = next((row.detail for row in batch.rows() if isinstance(row, Bad)), f"{batch.source}: {_short(error)}")
        raise UserError(
            f"{bad}.", "Repair or remove the row, or give the rows as JSON lines: there it is left out with its reason."
        ) from error


class Parquet:
    """A Parquet file, read batch by batch."""

    def __init__(self, path: str) -> None:
        self.name = path

    def batches(self, columns: list[str] | None = None) -> Iterator[Batch]:
        done = 0
        try:
            with pq.ParquetFile(self.name, pre_buffer=False, buffer_size=2**20) as file:
                names = None if columns is None else [c for c in columns if c in file.schema_arrow.names]
                for batch in _ahead(file.iter_batches(batch_size=_batch_rows(file.metadata, names), columns=names)):
                    yield Batch(self.name, range(done + 1, done + batch.num_rows + 1), table=pa.Table.from_batches([batch]))
                    done += batch.num_rows
                if done == 0:
                    yield Batch(self.name, [], table=file.schema_arrow.empty_table())
        except (pa.ArrowException, OSError) as error:
            where = f"after row {done:,}" if done else "at its start or end"
            raise UserError(f"{self.name} is not a whole Parquet file ({where}: {_short(error)}).", WHOLE) from error


def _ahead(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches, the next one being read while one is worked on."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch


def _batch_rows(metadata: pq.FileMetaData, names: list[str] | None) -> int:
    """How many rows of the columns make about PARQUET_BYTES, BATCH_ROWS at the most."""
    groups = [metadata.row_group(g) for g in range(metadata.num_row_groups)]
    columns = [group.column(c) for group in groups for c in range(group.num_columns)]
    size = sum(int(c.total_uncompressed_size) for c in columns if names is None or c.path_in_schema.split(".")[0] in names)
    return max(1, min(BATCH_ROWS, PARQUET_BYTES * int(metadata.num_rows) // max(size, 1)))


def _short(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")[:200]
