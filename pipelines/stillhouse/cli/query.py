"""`stillhouse status`, `why`, `sql`, `fsck`: questions about a run. They change nothing."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from stillhouse.errors import UserError
from stillhouse.printing import json_line
from stillhouse.progress import say

if TYPE_CHECKING:
    from stillhouse.query.status import StepStatus

RunArgument = Annotated[str | None, typer.Argument(help="The run's folder or URI. Default: the newest in data/runs.")]
RunOption = Annotated[str | None, typer.Option(help="The run's folder or URI. Default: the newest in data/runs.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Adds this module's commands."""
    app.command(short_help="Show how far a run is.")(status)
    app.command(short_help="Say why a trace or problem was dropped.")(why)
    app.command(short_help="Query the tables of a run.")(sql)
    app.command(short_help="Recompute the sha256 of a run's files.")(fsck)


def status(run: RunArgument = None, as_json: JsonOption = False) -> None:
    """Show how far each step of a run is: committed (with counts and seconds), damaged (files are gone or cut), started, or not started.

    Of a step that draws traces it says how many are still owed. The exit code is 0 whatever the states are.
    """
    from stillhouse.query.status import status as found_status
    from stillhouse.storage.run import OpenRun

    target = OpenRun.at(run or newest())
    found = found_status(target)
    if as_json:
        print(json_line([asdict(step) for step in found]))
        return
    from stillhouse.cli.tables import show

    say(f"{target.recipe.name}, seed {target.recipe.seed}, in {target.run.uri}")
    show(("step", "state", "seconds", "fingerprint", ""), [(s.step, s.state, _seconds(s), s.fingerprint, _told(s)) for s in found])
    if any(step.state == "damaged" for step in found):
        say("Run the recipe again: a damaged step is made anew, from what is whole.")


def _seconds(step: "StepStatus") -> str:
    return f"{step.seconds:,.0f}" if step.state == "committed" else ""


def _told(step: "StepStatus") -> str:
    if step.missing:
        return f"{len(step.missing):,} files gone or cut, such as {step.missing[0]}"
    if step.total is not None:
        return f"{'at most ' if step.at_most else ''}{step.owed:,} of {step.total:,} traces owed"
    return ", ".join(f"{name} {value:,.6g}" for name, value in step.counts.items())


def why(
    given: Annotated[
        str, typer.Argument(metavar="ID", help="The id of a trace, an answer, a problem or an example, or its first characters.")
    ],
    run: RunOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say why a trace or a problem is in the dataset or not, and how an answer of the base model or the student was judged."""
    from stillhouse.query.ask import open_views
    from stillhouse.query.committed import Committed
    from stillhouse.query.why import lines, story
    from stillhouse.storage.run import OpenRun

    with open_views(Committed.at(OpenRun.at(run or newest()))) as connection:
        found = story(connection, given)
    if as_json:
        print(json_line(asdict(found)))
        return
    for line in lines(found):
        say(line)


def sql(
    run: Annotated[str, typer.Argument(help="The run's folder or URI.")],
    query: Annotated[str, typer.Argument(help="One SELECT in DuckDB's SQL; SHOW TABLES lists the tables.")],
    form: Annotated[Literal["table", "json", "jsonl", "csv"], typer.Option("--format", help="How rows are printed.")] = "table",
    as_json: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
    limit: Annotated[int, typer.Option(help="Rows printed as a table at the most; the other formats print all.", min=0)] = 100,
    seconds: Annotated[float, typer.Option(help="Seconds that the query may take.", min=0.01, max=86_400)] = 300.0,
    memory_gb: Annotated[float, typer.Option(help="Memory that it may take, in GiB.", min=0.1)] = 4.0,
) -> None:
    """Query a run's tables: read-only, no outside access.

    They are problems, held_out, requests, traces, reviews, verdicts, queue, labels, decisions, examples and funnel. Their last column,
    `made_by`, names the step that made a row: sample, verify, score/student/verify, … Example:
    stillhouse sql data/runs/x "SELECT step, reason, count(*) FROM decisions GROUP BY ALL ORDER BY 3 DESC"
    """
    from stillhouse.cli import tables
    from stillhouse.query.ask import open_views, select
    from stillhouse.query.committed import Committed
    from stillhouse.storage.run import OpenRun

    forms = {"table": tables.as_table, "json": tables.as_json, "jsonl": tables.as_jsonl, "csv": tables.as_csv}
    committed = Committed.at(OpenRun.at(run))
    with open_views(committed, memory_gb) as connection, select(connection, query, seconds=seconds) as (names, rows):
        forms["json" if as_json else form](names, rows, limit)


def fsck(run: RunArgument = None, as_json: JsonOption = False) -> None:
    """Recompute the sha256 of every file that a run lists, shared tables included, and print what is gone or damaged.

    Every other reader checks sizes only. The exit code is 0 where all is whole and 1 where something is not.
    """
    from stillhouse.storage.fsck import check, listed
    from stillhouse.storage.run import OpenRun

    target = OpenRun.at(run or newest())
    files, faults = listed(target)
    faults += check(target.run.store, files)
    if as_json:
        print(json_line([asdict(fault) for fault in faults]))
    else:
        _tell(len(files), sum(file.bytes for file in files), [(f.step, f.what, f.path) for f in faults])
    if faults:
        raise typer.Exit(1)


def _tell(files: int, size: int, faults: list[tuple[str, str, str]]) -> None:
    from stillhouse.cli.tables import show

    if faults:
        show(("step", "", "file"), faults)
    say(f"{files:,} files of {size / 2**20:,.1f} MiB checked, {len(faults):,} not as committed")
    if faults:
        say("Delete what is cut, damaged or unreadable, then run the recipe again: what is missing is made anew, the rest is kept.")


def newest() -> str:
    """The run in data/runs that was touched last. Raises UserError where there is none."""
    from stillhouse.storage.run import RUNS

    runs = sorted(Path(RUNS).glob("*/run.json"), key=lambda p: p.stat().st_mtime)
    if not runs:
        raise UserError(f"There is no run in {RUNS}.", "Name one: its folder or URI.")
    return str(runs[-1].parent)
