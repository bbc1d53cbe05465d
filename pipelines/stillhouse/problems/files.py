"""Problems from a local file with a column mapping: JSON lines (also .gz, .zst) and Parquet as the tools read them, or CSV."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stillhouse.errors import UserError
from stillhouse.problems.rows import Placed, to_problems
from stillhouse.recipe.section import identity as decisions
from stillhouse.recipe.sections import LocalFile
from stillhouse.records import Problem
from stillhouse.storage.contents import Contents
from stillhouse.tables.read import Bad
from stillhouse.tables.source import open_source


def identity(source: LocalFile, contents: Contents) -> dict[str, Any]:
    """The settings with the file's sha256 in place of its path."""
    told: dict[str, Any] = {name: value for name, value in decisions(source).items() if name != "path"}
    return {**told, "sha256": contents.sha256(source.path)}


def load(source: LocalFile) -> Iterator[Problem]:
    """The file's rows as problems. Raises UserError for a missing file or column, and for a row that cannot be read, with its place."""
    path = _existing(source.path)
    rows = itertools.islice(_csv(path) if path.suffix.lower() == ".csv" else _rows(path), source.limit)
    return to_problems(rows, source, f"file/{path.name}", str(path))


def _existing(name: str) -> Path:
    path = Path(name)
    if not path.is_file():
        raise UserError(f"The file {path} does not exist.", "Paths in a recipe are relative to where you start the run.")
    return path


def _rows(path: Path) -> Iterator[Placed]:
    for batch in open_source(str(path)).batches():
        for number, row in zip(batch.numbers, batch.sound_rows(), strict=True):
            if isinstance(row, Bad):
                raise UserError(f"{path} cannot be read: {row.detail}.", "Mend the row and run again.")
            yield Placed(f"{path} row {number}", row)


def _csv(path: Path) -> Iterator[Placed]:
    """Every value as the text that stands in the file: 007 stays 007."""
    import polars as pl

    try:
        frame = pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UserError(f"{path} cannot be read: {' '.join(str(error).split())[:300]}.", "Mend the file and run again.") from error
    yield from (Placed(f"{path} row {number}", row) for number, row in enumerate(frame.iter_rows(named=True), start=1))
