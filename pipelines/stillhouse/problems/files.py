"""Problems from a local JSONL, Parquet or CSV file with a column mapping."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stillhouse.errors import UserError
from stillhouse.problems.rows import check_columns, to_problem
from stillhouse.recipe.sections import LocalFile
from stillhouse.records import Problem
from stillhouse.storage.contents import Contents


def identity(source: LocalFile, contents: Contents) -> dict[str, Any]:
    """The settings with the file's sha256 in place of its path."""
    return {**source.model_dump(mode="json", exclude={"path"}), "sha256": contents.sha256(source.path)}


def load(source: LocalFile) -> Iterator[Problem]:
    """The file's rows as problems. Raises UserError for a missing file or column, or an unreadable file."""
    path = _existing(source.path)
    frame = _read(path)
    check_columns(source.columns, frame.columns, str(path))
    for number, row in enumerate(frame.head(source.limit or frame.height).iter_rows(named=True), start=1):
        yield to_problem(row, source, f"file/{path.name}", f"{path} row {number}")


def _existing(name: str) -> Path:
    path = Path(name)
    if not path.is_file():
        raise UserError(f"The file {path} does not exist.", "Paths in a recipe are relative to where you start the run.")
    return path


def _read(path: Path) -> Any:
    import polars as pl

    readers = {".jsonl": pl.read_ndjson, ".ndjson": pl.read_ndjson, ".parquet": pl.read_parquet, ".csv": pl.read_csv}
    if path.suffix not in readers:
        raise UserError(f"{path} is neither .jsonl, .parquet nor .csv.")
    try:
        return readers[path.suffix](path)  # type: ignore[operator]
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UserError(f"{path} cannot be read: {' '.join(str(error).split())[:300]}.", "Mend the file and run again.") from error
