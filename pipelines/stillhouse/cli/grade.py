"""`stillhouse grade`: verdicts for answers that somebody already has."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer
from pydantic import ValidationError

from stillhouse.cli.run import UnsafeOption
from stillhouse.errors import UserError
from stillhouse.progress import say, track
from stillhouse.storage.atomic import sweep, whole_file

if TYPE_CHECKING:
    from stillhouse.recipe.verification import Verify
    from stillhouse.verifiers.extraction_audit import Extraction

BATCH = 1_000


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(short_help="Judge answers of plain files.")(grade)


def grade(
    source: Annotated[str, typer.Argument(metavar="IN", help="JSONL (.gz, .zst) or Parquet, one answer per row.")],
    out: Annotated[Path, typer.Option(help="Where the verdicts go: .jsonl or .parquet. Written whole or not at all.")],
    jobs: Annotated[int, typer.Option("--jobs", "-j", help="Judgements at once.", min=1)] = os.cpu_count() or 1,
    verifier: Annotated[str | None, typer.Option(help="The verifier of rows that name none, e.g. math.")] = None,
    recipe: Annotated[
        Path | None,
        typer.Option(help="A recipe, or a file with its section `verify` alone: the judge, reward models, compositions, limits."),
    ] = None,
    cpu_seconds: Annotated[
        float | None, typer.Option(help="CPU time one judgement may take before it is a timeout; 5 where no recipe says.")
    ] = None,
    memory_mb: Annotated[int | None, typer.Option(help="Memory one judgement may take, in MiB; 2048 where no recipe says.")] = None,
    audit: Annotated[
        Path | None, typer.Option(help="Where the extraction audit goes (JSON): answers not found, and how those responses end.")
    ] = None,
    unsafe: UnsafeOption = False,
) -> None:
    """Grade answers: each row gets correct, wrong, unverifiable, timeout or error, with a score and a reason.

    A row has id, response, verifier and answer, and where its verifier needs them: question, tests (code), choices (choice),
    rules (structure), task and entry (reasoning_gym). Rows keep their order; one that cannot be graded becomes an error row
    with its line number. Nothing that a model wrote is parsed or run in this process.

    Example: stillhouse grade answers.jsonl --out verdicts.jsonl -j 8
    """
    from stillhouse.tables.read import open_source
    from stillhouse.verifiers import grade as judged
    from stillhouse.verifiers.extraction_audit import ExtractionAudit

    check_files(source, out, audit)
    settings = _settings(recipe, {"cpu_seconds": cpu_seconds, "memory_mb": memory_mb})
    _check_default(verifier, settings)
    table = open_source(source)
    counts: dict[str, int] = {}
    extraction = ExtractionAudit()
    with _writer(out) as write, track("grade", _size(source), "rows") as bar:
        for result in judged(_rows(table), workers=jobs, settings=settings, verifier=verifier, audit=extraction, unsafe=unsafe):
            write(result)
            counts[result["outcome"]] = counts.get(result["outcome"], 0) + 1
            bar.advance(1)
    say(f"  {sum(counts.values())} rows: " + (", ".join(f"{n} {name}" for name, n in sorted(counts.items())) or "none") + f" → {out}")
    _tell(extraction.result(), settings.extraction_warning, audit)


def check_files(source: str, out: Path, *others: Path | None) -> None:
    """Raises UserError, before any work, for an `out` that cannot be written, and for other outputs whose folder is not there."""
    if out.suffix not in (".jsonl", ".parquet"):
        raise UserError(f"--out {out} is neither .jsonl nor .parquet.", "Give the file one of these endings.")
    for path in (out, *filter(None, others)):
        if not path.parent.is_dir():
            raise UserError(f"The folder {path.parent} does not exist.", "Make it first.")
    if Path(source).exists() and out.exists() and Path(source).samefile(out):
        raise UserError("IN and --out are the same file.", "Write to another file.")


def _tell(found: "Extraction", threshold: float, audit: Path | None) -> None:
    """The extraction audit: what it counted, a warning above the threshold, and the whole of it in a file where one is named."""
    if found.read:
        say(f"  answers not found: {found.line()}")
    warning = found.warning(threshold)
    if warning:
        say(f"  WARNING: {warning}")
    if audit is not None:
        with whole_file(audit) as file:
            file.write(json.dumps(found.as_json(), indent=1, ensure_ascii=True).encode() + b"\n")


def _settings(recipe: Path | None, given: dict[str, Any]) -> "Verify":
    """The recipe's settings, with what the command line gives over them."""
    from stillhouse.recipe.part import load_verify
    from stillhouse.recipe.verification import Verify

    base = load_verify(recipe) if recipe else Verify()
    try:
        return Verify.model_validate(
            base.model_dump(exclude_unset=True) | {key: value for key, value in given.items() if value is not None}
        )
    except ValidationError as error:
        raise UserError(f"{error.errors()[0]['loc'][0]}: {error.errors()[0]['msg']}.") from error


def _check_default(verifier: str | None, settings: Any) -> None:
    if verifier is not None:
        from stillhouse.verifiers import registry

        registry.check(verifier, settings)


def _rows(table: Any) -> Iterator[Any]:
    """Every row in order. Blank lines are no rows, so a row's line number comes with it."""
    from stillhouse.verifiers.grading import Line, UnreadableRow

    for batch in table.batches():
        for number, row in zip(batch.numbers, batch.rows(), strict=True):
            yield Line(number, row if isinstance(row, dict) else UnreadableRow(row.detail))


def _size(source: str) -> int:
    """Rows of a local file, for the bar; 0 where that is not known beforehand."""
    if source.endswith(".parquet"):
        import pyarrow.parquet as pq

        return int(pq.ParquetFile(source).metadata.num_rows)
    if not source.endswith(".jsonl"):
        return 0
    with open(source, "rb") as file:
        return sum(1 for line in file if line.strip())


@contextmanager
def _writer(out: Path) -> Iterator[Any]:
    """A function that writes one result; the file appears under its name when all is written, or never."""
    sweep(out)
    with whole_file(out) as file:
        if out.suffix == ".parquet":
            yield from _parquet(file)
        else:
            yield lambda result: file.write(json.dumps(result, ensure_ascii=True).encode() + b"\n")


def _parquet(file: BinaryIO) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from stillhouse.verifiers.grading import FIELDS

    schema = pa.schema([(name, pa.float64() if name in ("score", "seconds") else pa.string()) for name in FIELDS])
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


def _clean(row: dict[str, Any]) -> dict[str, Any]:
    """Parquet holds valid UTF-8 only; a lone surrogate becomes a question mark."""
    return {key: value.encode("utf-8", "replace").decode() if isinstance(value, str) else value for key, value in row.items()}
