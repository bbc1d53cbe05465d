"""`stillhouse vote`: what the responses to each question of a plain file agree on."""

import os
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from stillhouse.cli.rows import check_default, check_files, numbered, settings_of, writer
from stillhouse.cli.run import UnsafeOption
from stillhouse.progress import say


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(short_help="Majorities of many responses: pseudo-labels, suspect golds.")(vote)


def vote(
    source: Annotated[str, typer.Argument(metavar="IN", help="JSONL (.gz, .zst) or Parquet.")],
    out: Annotated[Path, typer.Option(help="Where the votes go: .jsonl or .parquet, one row per question. Written whole or not at all.")],
    jobs: Annotated[int, typer.Option("--jobs", "-j", help="Judgements at once.", min=1)] = os.cpu_count() or 1,
    verifier: Annotated[
        str | None, typer.Option(help="The verifier of rows that name none; else `choice` for rows with choices, and `math`.")
    ] = None,
    recipe: Annotated[
        Path | None, typer.Option(help="A recipe, or a file with its section `verify` alone: `vote` holds the rules.")
    ] = None,
    unsafe: UnsafeOption = False,
) -> None:
    """Vote: the majority of each question's responses, its share, and whether it is a label or makes the gold suspect.

    A row has id, question, answer (the gold, may be missing), choices where there are any, and responses: a list, or an object
    from a model's name to its response. Or a row has one response (and model), and rows with one id are one question. A named
    model counts as much as it agrees with the golds. The status is label, agrees, suspect_gold, split, too_few or error.

    Example: stillhouse vote answers.jsonl --out votes.jsonl
    """
    from stillhouse.tables.source import open_source
    from stillhouse.verifiers.votes.rows import TYPES, vote_rows

    check_files(source, out, recipe)
    settings = settings_of(recipe, {})
    check_default(verifier, settings)
    results = vote_rows(numbered(open_source(source)), workers=jobs, settings=settings, verifier=verifier, unsafe=unsafe)
    with writer(out, TYPES) as write:
        for result in results:
            write(result)
    counts = Counter(result["status"] for result in results)
    say(f"  {len(results)} questions: " + (", ".join(f"{n} {name}" for name, n in sorted(counts.items())) or "none") + f" → {out}")
