"""`stillhouse run-all`, `stage`, `plan`, `reverify`, `doctor`, `schema`: making a recipe's steps, and what they would cost."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from stillhouse.progress import console, say

RecipeArgument = Annotated[Path, typer.Argument(help="The recipe, a YAML file (see configs/).")]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key: --set train.epochs=2. Repeatable.")
]
RunOption = Annotated[
    str | None, typer.Option("--run", help="The run's folder or s3://bucket/prefix/runs/NAME. Default: data/runs/<name>-s<seed>.")
]
UnsafeOption = Annotated[
    bool,
    typer.Option(
        "--allow-unsafe-execution", help="Judge even where no walls can be built around what models wrote; it can then do anything you can."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Adds this module's commands."""
    app.command("run-all", short_help="Make every step of a recipe.")(run_all)
    app.command(short_help="Make one step of a recipe.")(stage)
    app.command(short_help="Say what of a recipe is done and what it would cost.")(plan)
    app.command(short_help="Say from a small pilot what a recipe's traces will cost.")(forecast)
    app.command(short_help="Judge a run's traces under other settings.")(reverify)
    app.command(short_help="Say what is installed and what would fail.")(doctor)
    app.command(short_help="Print the JSON schema of a recipe.")(schema)


def run_all(
    recipe: RecipeArgument,
    overrides: SetOption = None,
    run: RunOption = None,
    until: Annotated[str | None, typer.Option(help="The last step to make; `score/base` stands for all below it.")] = None,
    unsafe: UnsafeOption = False,
) -> None:
    """Make every step of a recipe in this process, without Prefect; what is committed is not done again.

    The exit code is 1 where a gate stopped the student.
    """
    from stillhouse.execute import finish, make_all, open_job, released, steps_below

    good = True
    with open_job(recipe, overrides, run, unsafe) as job:
        if until:
            steps_below(job, until)
        make_all(job, job.plan.until(until) if until else list(job.plan.steps.values()))
        if not until:
            finish(job)
            good = released(job)
    if not good:
        raise typer.Exit(1)


def stage(
    name: Annotated[str, typer.Argument(help="A step (`stillhouse plan RECIPE` lists them); `score/base` stands for all below it.")],
    recipe: RecipeArgument,
    overrides: SetOption = None,
    run: RunOption = None,
    unsafe: UnsafeOption = False,
) -> None:
    """Make one step of a recipe; the steps that it reads must be committed."""
    from stillhouse.execute import make_all, open_job, steps_below

    with open_job(recipe, overrides, run, unsafe) as job:
        make_all(job, steps_below(job, name))


def plan(recipe: RecipeArgument, overrides: SetOption = None, run: RunOption = None, as_json: JsonOption = False) -> None:
    """Say what of a recipe is committed, what is owed, and what that would cost in requests. Makes nothing.

    A step whose inputs are not there yet cannot be counted.
    """
    from stillhouse.execute import planned

    found = planned(recipe, overrides, run)
    if as_json:
        print(json.dumps([asdict(step) for step in found], indent=1))
        return
    from rich.table import Table

    table = Table("step", "fingerprint", "state", "owed", "of", show_edge=False)
    for step in found:
        most = "≤ " if step.at_most else ""
        table.add_row(step.step, step.fingerprint, step.state, *("?" if n is None else f"{most}{n:,}" for n in (step.owed, step.total)))
    console.print(table, markup=False)
    requests = [s.owed for s in found if s.unit == "requests"]
    unknown = "" if None not in requests else ", and those of steps that cannot be counted yet"
    most = "at most " if any(s.at_most and s.owed for s in found) else ""
    say(f"to be drawn: {most}{sum(n or 0 for n in requests):,} requests{unknown}")


def forecast(
    recipe: RecipeArgument,
    problems: Annotated[int, typer.Option(help="How many problems the pilot draws, by the recipe's seed.", min=1)] = 32,
    overrides: SetOption = None,
    run: RunOption = None,
    unsafe: UnsafeOption = False,
    as_json: JsonOption = False,
) -> None:
    """Draw and judge some problems, and say what the teacher's traces will cost in all: tokens, engine hours, money, what is accepted.

    Each number has its 95% interval, by a bootstrap over problems. What the pilot draws is kept: the run buys only the rest,
    and its report sets the forecast beside what came.
    """
    from stillhouse.execute import open_job
    from stillhouse.forecast import forecasted
    from stillhouse.report.forecast import lines, told

    with open_job(recipe, overrides, run, unsafe) as job:
        found = forecasted(job, problems)
    if as_json:
        print(told(found))
        return
    for name, value in lines(found):
        say(f"  {name}: {value}")


def reverify(
    run: Annotated[str, typer.Argument(help="The run's folder or URI.")],
    overrides: SetOption = None,
    unsafe: UnsafeOption = False,
    as_json: JsonOption = False,
) -> None:
    """Judge a run's traces again under other settings (--set verify.…), draw none, and say which verdicts changed.

    The run itself stays as it is; the new verdicts are kept, so a run with those settings finds them.
    """
    from stillhouse.reverify import changes

    found = changes(run, overrides or [], unsafe)
    if as_json:
        print(json.dumps([asdict(change) for change in found.changed], indent=1))
        return
    from rich.table import Table

    table = Table("before", "after", "verdicts", "for example", show_edge=False)
    for change in found.changed:
        table.add_row(change.before, change.after, f"{change.verdicts:,}", change.example)
    console.print(table, markup=False)
    say(f"{found.same:,} of {found.total:,} verdicts are as before; {found.tokens:,} tokens were drawn")


def doctor(as_json: JsonOption = False) -> None:
    """Check this machine: what is installed, which engine, how many cores and GPUs, and what would fail (exit code 1)."""
    from stillhouse.doctor import examine

    checks = examine()
    if as_json:
        print(json.dumps([asdict(check) for check in checks], indent=1))
    else:
        for check in checks:
            say(f"{'ok  ' if check.good else 'FAIL'}  {check.name}: {check.found}")
    if not all(check.good for check in checks):
        raise typer.Exit(1)


def schema() -> None:
    """Print the JSON schema of a recipe, for editors."""
    from stillhouse.recipe import json_schema

    print(json_schema())
