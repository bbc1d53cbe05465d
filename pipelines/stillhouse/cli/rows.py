"""What the commands on plain rows share: their files are checked, rows come in with their numbers, and results go out whole."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from pydantic import ValidationError

from stillhouse.errors import UserError
from stillhouse.storage.atomic import sweep, whole_file

if TYPE_CHECKING:
    from stillhouse.recipe.verification import Verify
    from stillhouse.tables.read import Source
    from stillhouse.verifiers.grading import Line

BATCH = 1_000
Write = Callable[[dict[str, Any]], object]


def check_files(source: str, out: Path, *others: Path | None) -> None:
    """Raises UserError, before any work, for an `out` that cannot be written, for a file whose folder is not there, and for
    two of the files that are one: an output would replace the input, the recipe, or another output."""
    if out.suffix not in (".jsonl", ".parquet"):
        raise UserError(f"--out {out} is neither .jsonl nor .parquet.", "Give the file one of these endings.")
    for path in (out, *filter(None, others)):
        if not path.parent.is_dir():
            raise UserError(f"The folder {path.parent} does not exist.", "Make it first.")
    files = [Path(source), out, *filter(None, others)]
    for one, other in combinations(files, 2):
        if one.resolve() == other.resolve() or (one.exists() and other.exists() and one.samefile(other)):
            raise UserError(f"{one} and {other} are the same file.", "Write to another file.")


def settings_of(recipe: Path | None, given: dict[str, Any]) -> "Verify":
    """The recipe's settings, overridden by the command line's options."""
    from stillhouse.recipe.part import load_verify
    from stillhouse.recipe.verification import Verify

    base = load_verify(recipe) if recipe else Verify()
    try:
        return Verify.model_validate(
            base.model_dump(exclude_unset=True) | {key: value for key, value in given.items() if value is not None}
        )
    except ValidationError as error:
        raise UserError(f"{error.errors()[0]['loc'][0]}: {error.errors()[0]['msg']}.") from error


def check_default(verifier: str | None, settings: "Verify") -> None:
    """Raises UserError for a verifier that nobody knows, before a row is read."""
    if verifier is not None:
        from stillhouse.verifiers import registry

        registry.check(verifier, settings)


def numbered(table: "Source") -> "Iterator[Line]":
    """Every row in order. Blank lines are no rows, so a row's line number comes with it."""
    from stillhouse.verifiers.grading import Line, UnreadableRow

    for batch in table.batches():
        for number, row in zip(batch.numbers, batch.rows(), strict=True):
            yield Line(number, row if isinstance(row, dict) else UnreadableRow(row.detail))


def size(source: str) -> int:
    """Rows of a local file, for the bar; 0 where that is not known beforehand."""
    if source.endswith(".parquet"):
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return int(pq.ParquetFile(source).metadata.num_rows)
        except (pa.ArrowException, OSError):
            return 0  # the reader says what is wrong with the file
    if not source.endswith(".jsonl"):
        return 0
    with open(source, "rb") as file:
        return sum(1 for line in file if line.strip())


@contextmanager
def writer(out: Path, types: Mapping[str, Any]) -> Iterator[Write]:
    """A function that writes one result with these columns (str, int, float, or an Arrow type); the file appears under its name when all is written, or never."""
    sweep(out)
    with whole_file(out) as file:
        if out.suffix == ".parquet":
            yield from _parquet(file, types)
        else:
            yield lambda result: file.write(json.dumps(result, ensure_ascii=True).encode() + b"\n")


def _parquet(file: BinaryIO, types: Mapping[str, Any]) -> Iterator[Write]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrow = {str: pa.string(), int: pa.int64(), float: pa.float64()}
    schema = pa.schema([(name, arrow.get(kind, kind)) for name, kind in types.items()])
    waiting: list[dict[str, Any]] = []

    def flush(writer: pq.ParquetWriter) -> None:
        writer.write_table(pa.Table.from_pylist([_clean(row) for row in waiting], schema=schema))
        waiting.clear()

    with pq.ParquetWriter(file, schema, compression="zstd") as writer:

        def write(result: dict[str, Any]) -> None:
            waiting.append(result)
            if len(waiting) >= BATCH:
                flush(writer)

        yield write
        flush(writer)


def _clean(value: Any) -> Any:
    """Parquet holds valid UTF-8 only; a lone surrogate becomes a question mark."""
    if isinstance(value, dict):
        return {key: _clean(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_clean(part) for part in value]
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
