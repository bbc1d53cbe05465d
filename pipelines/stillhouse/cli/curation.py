"""`stillhouse curate`, `why`, `sql`: curation as a tool of its own, and questions about what a run decided."""

import csv
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import typer

from stillhouse.errors import UserError
from stillhouse.printing import csv_cell, json_line, one_line
from stillhouse.progress import console, say

RUNS = Path("data") / "runs"
MAX_CELL = 120
Rows = Iterator[tuple[object, ...]]


def register(app: typer.Typer) -> None:
    """Adds this module's commands."""
    app.command(short_help="Run curation steps over plain traces.")(curate)
    app.command(short_help="Say why a trace or problem was dropped.")(why)
    app.command(short_help="Query the tables of a run.")(sql)


def curate(
    inputs: Annotated[list[str], typer.Argument(metavar="IN…", help="JSONL or Parquet files, or hf:NAME@REVISION:SPLIT.")],
    recipe: Annotated[Path, typer.Option(help="A recipe, or a YAML file with `curation:` (and `seed:`) alone.")],
    out: Annotated[str, typer.Option(help="Where the kept rows go (.jsonl[.gz|.zst] or .parquet).")],
    decisions: Annotated[str, typer.Option(help="Where the decisions go: id, kept, step, reason, detail, one row per input row.")],
    seed: Annotated[int | None, typer.Option(help="Instead of the recipe's seed.")] = None,
) -> None:
    """Run a recipe's curation steps over plain traces: filters, dedup, difficulty, selection.

    A row is a trace; its columns are named as in a run (id, problem_id, question, reasoning, response, outcome,
    format, finish_reason, source, domain, output_tokens, …). A step says which of them it misses. The same input,
    recipe and seed give the same files, byte for byte.
    """
    from stillhouse.curation.memory import give_back

    give_back()
    from stillhouse.curation.outputs import write
    from stillhouse.curation.pipeline import curate as run
    from stillhouse.curation.sources import open_inputs
    from stillhouse.curation.tables import check_targets
    from stillhouse.recipe.part import load_curation

    check_targets([out, decisions], inputs)
    settings = load_curation(recipe)
    found = open_inputs(inputs)
    curated = run(found.rows, settings.curation, settings.seed if seed is None else seed)
    write(found, curated, out, decisions)
    if found.unread:
        say(f"  {'unreadable':<24} {len(found.unread):>10,} rows")
    for step, left in curated.counts.items():
        say(f"  {step:<24} {left:>10,} left")
    say(f"{len(curated.kept):,} of {len(found.ids):,} rows kept in {out}; every reason in {decisions}")


def why(
    given: Annotated[str, typer.Argument(metavar="ID", help="A trace's, problem's or example's id, or its first characters.")],
    run: Annotated[str | None, typer.Option(help="The run's folder or URI. Default: the newest in data/runs.")] = None,
) -> None:
    """Say why a trace or a problem is in the dataset or not: its verdict, and the first step that dropped it."""
    from stillhouse.curation.views import opened
    from stillhouse.curation.why import explain

    with opened(run or newest()) as connection:
        for line in explain(connection, given):
            say(line)


def sql(
    run: Annotated[str, typer.Argument(help="The run's folder or URI.")],
    query: Annotated[str, typer.Argument(help="One SELECT in DuckDB's SQL; SHOW TABLES lists the tables.")],
    form: Annotated[Literal["table", "jsonl", "csv"], typer.Option("--format", help="How rows are printed.")] = "table",
    limit: Annotated[int, typer.Option(help="Rows printed as a table at the most; the other formats print all.", min=0)] = 100,
    seconds: Annotated[float, typer.Option(help="Seconds that the query may take.", min=0.01)] = 300.0,
    memory_gb: Annotated[float, typer.Option(help="Memory that it may take, in GiB.", min=0.1)] = 4.0,
) -> None:
    """Query a run's tables (problems, traces, verdicts, decisions, examples, scores): read-only, no outside access.

    Every table has a column `stage`: which stage wrote the row. Example:
    stillhouse sql data/runs/x "SELECT step, reason, count(*) FROM decisions GROUP BY ALL ORDER BY 3 DESC"
    """
    from stillhouse.curation.views import asked, opened

    with opened(run, memory_gb) as connection, asked(connection, query, seconds=seconds) as (names, rows):
        {"table": _table, "jsonl": _jsonl, "csv": _csv}[form](names, rows, limit)


def newest() -> str:
    """The run in data/runs that was touched last."""
    runs = sorted(RUNS.glob("*/run.json"), key=lambda p: p.stat().st_mtime)
    if not runs:
        raise UserError(f"There is no run in {RUNS}.", "Name one: --run FOLDER.")
    return str(runs[-1].parent)


def _table(names: list[str], rows: Rows, limit: int) -> None:
    from rich.table import Table

    table = Table(*map(one_line, names), show_edge=False)
    shown = 0
    for row in itertools.islice(rows, limit):
        table.add_row(*(_cell(value) for value in row))
        shown += 1
    total = shown + sum(1 for _ in rows)
    console.print(table)
    say(f"{total:,} rows" + (f", the first {shown:,} shown (--limit)" if total > shown else ""))


def _cell(value: object) -> str:
    text = "" if value is None else one_line(str(value))
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"


def _jsonl(names: list[str], rows: Rows, limit: int) -> None:
    for row in rows:
        print(json_line(dict(zip(names, row, strict=True))))


def _csv(names: list[str], rows: Rows, limit: int) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(map(csv_cell, names))
    writer.writerows(map(csv_cell, row) for row in rows)
