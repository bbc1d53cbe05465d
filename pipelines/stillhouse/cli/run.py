"""`stillhouse run-all`, `stage …`, `status`, `doctor`, `schema`: runs and what is known about them."""

from pathlib import Path
from typing import Annotated

import typer

from stillhouse.progress import say

RecipeArgument = Annotated[Path, typer.Argument(help="The recipe, a YAML file (see configs/).")]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key: --set train.epochs=2. Repeatable.")
]
RunOption = Annotated[str | None, typer.Option("--run", help="The run's folder or s3://bucket/prefix. Default: data/runs/<name>-s<seed>.")]

UnsafeOption = Annotated[
    bool,
    typer.Option(
        "--allow-unsafe-execution", help="Judge even where no walls can be built around what models wrote; it can then do anything you can."
    ),
]

STAGE_HELP = {
    "problems": "Load the problems, check every gold, hold some out.",
    "sample": "Draw the teacher's traces.",
    "baseline": "Score the base model on the held-out problems.",
    "verify": "Judge every trace.",
    "curate": "Turn verified traces into examples.",
    "publish": "Write the dataset and its card; push them if asked.",
    "train": "Distil the student with TRL SFT.",
    "score": "Score the student on the held-out problems.",
    "report": "Write report.html.",
}


def register(app: typer.Typer) -> None:
    """Adds this module's commands."""
    app.command("run-all", short_help="Run every stage of a recipe.")(run_all)
    app.command(short_help="Show what of a run is committed.")(status)
    app.command(short_help="Say what is installed and what would fail.")(doctor)
    app.command(short_help="Print the JSON schema of a recipe.")(schema)
    stages = typer.Typer(
        no_args_is_help=True, rich_markup_mode=None, help="Run one stage of a recipe; the stages before it must be committed."
    )
    for name, text in STAGE_HELP.items():
        stages.command(name, help=text)(_stage_command(name))
    app.add_typer(stages, name="stage", short_help="Run one stage of a recipe.")


def _stage_command(name: str):  # type: ignore[no-untyped-def]
    def command(recipe: RecipeArgument, overrides: SetOption = None, run: RunOption = None, unsafe: UnsafeOption = False) -> None:
        from stillhouse.execute import execute, opened

        with opened(recipe, overrides, run, unsafe) as target:
            execute(name, target)

    return command


def run_all(recipe: RecipeArgument, overrides: SetOption = None, run: RunOption = None, unsafe: UnsafeOption = False) -> None:
    """Run every stage of a recipe in this process, without Prefect; what is committed is not done again."""
    from stillhouse.execute import execute, finish, opened
    from stillhouse.stages import STAGES

    with opened(recipe, overrides, run, unsafe) as target:
        for name in STAGES:
            execute(name, target)
        finish(target)


def status(run: Annotated[str, typer.Argument(help="A run's folder or URI.")]) -> None:
    """Show which stages of a run are committed, with their counts and times."""
    from stillhouse.manifest import Folder
    from stillhouse.run import Run
    from stillhouse.stages import STAGES

    target = Run.open(run)
    say(f"{target.recipe.name}, seed {target.recipe.seed}, in {target.store.uri}")
    for name in STAGES:
        fingerprint = target.stages.get(name)
        found = Folder(target.store, name, fingerprint).manifest() if fingerprint else None
        if found:
            counts = ", ".join(f"{key} {value:,.6g}" for key, value in found.counts.items())
            say(f"  {name:<9} done in {found.seconds:,.0f} s  {found.fingerprint}  {counts}")
        else:
            say(f"  {name:<9} {'started, not finished' if fingerprint else 'not started'}")


def doctor() -> None:
    """Check this machine: what is installed, which engine, how many cores and GPUs, and what would fail."""
    from stillhouse.doctor import examine

    if not examine():
        raise typer.Exit(1)


def schema() -> None:
    """Print the JSON schema of a recipe, for editors."""
    from stillhouse.recipe import json_schema

    print(json_schema())
