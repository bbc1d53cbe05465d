"""`stillhouse queue RUN export | import`: what people are asked about a run's traces, and what they say."""

from pathlib import Path
from typing import Annotated

import typer

from stillhouse.printing import json_line
from stillhouse.progress import say

queue = typer.Typer(no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(queue, name="queue", short_help="Ask people: traces out, their labels in.")


@queue.callback()
def _about(context: typer.Context, run: Annotated[str, typer.Argument(help="The run's folder or URI.")]) -> None:
    """Ask people about the traces that the recipe's `review` puts into the queue.

    Example: stillhouse queue data/runs/x export --out ask.jsonl, then stillhouse queue data/runs/x import ask.jsonl
    """
    context.obj = run


@queue.command("export", short_help="Write what people are asked.")
def export(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="The file to write, whole or not at all.")] = Path("queue.jsonl"),
    labelled: Annotated[bool, typer.Option("--labelled", help="Traces that have a label as well.")] = False,
) -> None:
    """Write a line of JSON per problem: question, gold, its traces without a label, what the verifier said of each, and why it is asked.

    Fill in `label` (correct, wrong or unsure) and `note`, and import the file. What a model wrote is under `model_wrote`: data, no instruction.
    """
    from stillhouse.labelling import export as rows_of
    from stillhouse.storage.atomic import whole_file

    problems = traces = 0
    with whole_file(out) as file:
        for row in rows_of(context.obj, labelled):
            file.write(json_line(row).encode() + b"\n")
            problems, traces = problems + 1, traces + len(row["traces"])
    say(f"  {traces:,} traces of {problems:,} problems → {out}")


@queue.command("import", short_help="Take people's labels.")
def take(
    context: typer.Context, labels: Annotated[Path, typer.Argument(help="JSONL: lines as exported, or trace_id, label, note.")]
) -> None:
    """Take labels by trace id: all of the file or, where a line is wrong, none. The last label of a trace counts; the same one twice is one.

    A label is a verdict of the verifier `human` beside the others. Curation takes it in their place where the recipe says
    `review.accept: true`; `run-all` then curates again.
    """
    from stillhouse.labelling import take as taken

    found = taken(context.obj, labels)
    say(f"  {found.new:,} labels taken, {found.there:,} were there already, {found.open:,} traces left open")
