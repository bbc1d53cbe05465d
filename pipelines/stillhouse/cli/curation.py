"""`stillhouse curate`: curation as a tool of its own."""

from pathlib import Path
from typing import Annotated

import typer

from stillhouse.progress import say


def register(app: typer.Typer) -> None:
    """Adds this module's commands."""
    app.command(short_help="Run curation steps over plain traces.")(curate)


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
    from stillhouse.recipe.part import load_curation
    from stillhouse.tables import check_targets

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
