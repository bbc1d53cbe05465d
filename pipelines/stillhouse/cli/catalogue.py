"""`stillhouse runs`, `diff`, `gc`: the runs of a store, what sets two of them apart, and what no run needs."""

from collections import defaultdict
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stillhouse.cli.query import JsonOption
from stillhouse.printing import json_line
from stillhouse.progress import say

if TYPE_CHECKING:
    from stillhouse.query.diff import Both, Diff
    from stillhouse.storage.garbage import Garbage
    from stillhouse.storage.runs import Found

StoreArgument = Annotated[str, typer.Argument(metavar="STORE", help="A store: the folder or s3://bucket/prefix that has `runs/` in it.")]


def register(app: typer.Typer) -> None:
    """Adds this module's commands."""
    app.command(short_help="List the runs of a store.")(runs)
    app.command(short_help="Say what two runs differ in.")(diff)
    app.command(short_help="Delete what no run of a store needs.")(gc)


def runs(store: StoreArgument = "data", as_json: JsonOption = False) -> None:
    """List the runs of a store: how far each is, what it bought and what it kept."""
    from stillhouse.cli.tables import show
    from stillhouse.storage.runs import runs as found_runs
    from stillhouse.storage.store import open_store

    found = [_row(run) for run in found_runs(open_store(store))]
    if as_json:
        print(json_line(found))
        return
    names = ("run", "recipe", "seed", "steps", "traces", "tokens", "examples", "changed", "")
    show(names, [[_shown(row[name or "fault"]) for name in names] for row in found])
    say(f"{len(found):,} runs in {store}")


def _row(run: "Found") -> dict[str, Any]:
    from stillhouse.storage.run import within

    row: dict[str, Any] = {
        "run": run.name or run.uri,
        "uri": run.uri,
        "changed": datetime.fromtimestamp(run.changed, UTC).isoformat("T", "seconds"),
    }
    row |= dict.fromkeys(("recipe", "seed", "steps", "traces", "tokens", "examples")) | {"fault": run.fault}
    if run.opened is None:
        return row
    done = run.opened.committed()
    counts = {step: manifest.counts for step, manifest in done.items()}
    sampled = [found for step, found in counts.items() if within(step, "sample")]
    return row | {
        "recipe": run.opened.recipe.name,
        "seed": run.opened.recipe.seed,
        "steps": f"{len(done)} of {len(run.opened.steps)}",
        "traces": sum(found["traces"] for found in sampled) if sampled else None,
        "tokens": sum(found["output_tokens"] for found in sampled) if sampled else None,
        "examples": counts.get("curate", {}).get("examples"),
    }


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.6g}"
    return "" if value is None else str(value)


def diff(
    a: Annotated[str, typer.Argument(metavar="RUN_A", help="A run's folder or URI.")],
    b: Annotated[str, typer.Argument(metavar="RUN_B", help="The run to set beside it.")],
    as_json: JsonOption = False,
) -> None:
    """Say what two runs differ in: recipe, funnel, counts, examples, and verdicts on the traces that both have."""
    from stillhouse.query.diff import diff as compare
    from stillhouse.storage.run import OpenRun

    found = compare(OpenRun.at(a), OpenRun.at(b))
    if as_json:
        print(json_line(asdict(found)))
        return
    _tell(found)


def _tell(found: "Diff") -> None:
    from stillhouse.cli.tables import show

    _side_by_side("recipe", found.recipe)
    say(f"steps in common: {', '.join(found.steps_shared) or 'none'}")
    _side_by_side("left after", found.funnel)
    _side_by_side("count", [both for both in found.counts if both.a != both.b])
    say(f"examples: {found.examples_both:,} in both, {found.removed:,} only in A, {found.added:,} only in B")
    for name, traces in (("A", found.removed_traces), ("B", found.added_traces)):
        if traces:
            say(f"  only in {name}, by trace: {', '.join(traces)}")
    if found.verdicts_changed:
        show(
            ("verdict in A", "in B", "traces", "for example"), [(c.before, c.after, c.verdicts, c.example) for c in found.verdicts_changed]
        )
    say(f"verdicts on traces that both have: {found.verdicts_same:,} the same, {sum(c.verdicts for c in found.verdicts_changed):,} changed")


def _side_by_side(name: str, rows: "list[Both]") -> None:
    from stillhouse.cli.tables import show

    if rows:
        show((name, "A", "B"), [(both.name, _shown(both.a), _shown(both.b)) for both in rows])


def gc(
    store: StoreArgument = "data",
    delete: Annotated[bool, typer.Option("--delete", help="Delete it; without this it is only listed.")] = False,
    hours: Annotated[float, typer.Option(help="Keep what was written in the last so many hours: somebody may be at it.", min=0)] = 24.0,
    ledgers: Annotated[bool, typer.Option("--ledgers", help="Also traces and verdicts that no run uses. They were paid for.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List, or delete, what no run of a store needs: outputs of settings left behind, and what killed writers left."""
    from stillhouse.storage import garbage
    from stillhouse.storage.store import open_store

    target = open_store(store)
    found = list(garbage.garbage(target, hours, ledgers))
    if delete:
        garbage.delete(target, found)
    if as_json:
        print(json_line([asdict(one) for one in found]))
    else:
        _weigh(found, delete)


def _weigh(found: "list[Garbage]", deleted: bool) -> None:
    from stillhouse.cli.tables import show

    folders: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in found:
        folders["/".join(one.path.split("/")[: 3 if one.path.startswith("artifacts/") else 2]), one.why].append(one.bytes)
    show(("folder", "why", "files", "MiB"), [(*key, len(sizes), f"{sum(sizes) / 2**20:,.1f}") for key, sizes in folders.items()])
    say(
        f"{len(found):,} files of {sum(one.bytes for one in found) / 2**20:,.1f} MiB {'deleted' if deleted else 'that no run needs; --delete deletes them'}"
    )
