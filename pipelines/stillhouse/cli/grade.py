"""`stillhouse grade`: verdicts for answers that somebody already has."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stillhouse.cli.rows import check_default, check_files, numbered, settings_of, size, writer
from stillhouse.cli.run import UnsafeOption
from stillhouse.progress import say, track
from stillhouse.storage.atomic import whole_file

if TYPE_CHECKING:
    from stillhouse.verifiers.extraction_audit import Extraction


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
    from stillhouse.tables.source import open_source
    from stillhouse.verifiers import grade as judged
    from stillhouse.verifiers.extraction_audit import ExtractionAudit
    from stillhouse.verifiers.grading import TYPES

    check_files(source, out, audit, recipe)
    settings = settings_of(recipe, {"cpu_seconds": cpu_seconds, "memory_mb": memory_mb})
    check_default(verifier, settings)
    table = open_source(source)
    counts: dict[str, int] = {}
    extraction = ExtractionAudit()
    with writer(out, TYPES) as write, track("grade", size(source), "rows") as bar:
        for result in judged(numbered(table), workers=jobs, settings=settings, verifier=verifier, audit=extraction, unsafe=unsafe):
            write(result)
            counts[result["outcome"]] = counts.get(result["outcome"], 0) + 1
            bar.advance(1)
    say(f"  {sum(counts.values())} rows: " + (", ".join(f"{n} {name}" for name, n in sorted(counts.items())) or "none") + f" → {out}")
    _tell(extraction.result(), settings.extraction_warning, audit)


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
