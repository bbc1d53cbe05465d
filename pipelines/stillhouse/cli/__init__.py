"""The command line: `stillhouse …`. Parses first; heavy imports happen inside the commands."""

import sys
from typing import Annotated

import typer

from stillhouse import __version__
from stillhouse.cli import batch, browse, catalogue, curation, dedup, grade, new, query, queue, render, run, scores, steps, vote
from stillhouse.errors import UserError
from stillhouse.interrupts import ending_tidily
from stillhouse.printing import one_line, settle_streams

HELP = """From a recipe to a verified dataset and a distilled student.

A recipe runs step by step (stillhouse plan RECIPE lists them); what is committed is not done again. status, why, scores, sql and
fsck ask about a run; runs, diff and gc about several. grade, vote, step-labels, dedup, decontaminate and curate work on plain files too;
render shows what a student is trained on.

Begin with: stillhouse doctor, then stillhouse run-all configs/quickstart.yaml

Exit codes: 0 done; 1 fsck, doctor or render found something wrong, or a gate stopped a student; 2 a mistake, told in one line; 130 interrupted.
"""
app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"stillhouse {__version__}")
        raise typer.Exit


@app.callback(help=HELP)
def stillhouse(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")] = False,
) -> None:
    """Everything before a command's name."""


for module in (run, batch, queue, query, browse, catalogue, scores, curation, dedup, grade, vote, steps, render, new):
    module.register(app)


def main() -> None:
    """Entry point: a UserError is one line on stderr and exit code 2; anything else is a bug and propagates."""
    settle_streams()
    try:
        with ending_tidily():
            app()
    except UserError as error:
        print(f"stillhouse: {one_line(str(error))}", file=sys.stderr)
        sys.exit(2)
