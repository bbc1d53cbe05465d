"""`stillhouse batch export | import`: what a recipe's teacher owes as a batch file, and the results of one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stillhouse.cli.run import RecipeArgument, RunOption, SetOption, UnsafeOption
from stillhouse.errors import UserError
from stillhouse.progress import say

if TYPE_CHECKING:
    from stillhouse.recipe import Recipe
    from stillhouse.recipe.teachers import Taught
    from stillhouse.stages.batches import Batches

batch = typer.Typer(no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(batch, name="batch", short_help="Have traces drawn elsewhere: batch files out, results in.")


@batch.callback()
def _about() -> None:
    """Have a teacher's traces drawn by whoever takes OpenAI batch files: a provider, or vLLM's run-batch.

    Example: stillhouse batch export recipe.yaml --out owed.jsonl, then stillhouse batch import recipe.yaml results.jsonl
    """


TeacherOption = Annotated[str | None, typer.Option(help="Which of the recipe's `teachers`, where there are several.")]


@batch.command("export", short_help="Write what is owed as OpenAI batch JSONL.")
def export(
    recipe: RecipeArgument,
    out: Annotated[Path, typer.Option(help="The file to write, whole or not at all.")] = Path("batch.jsonl"),
    teacher: TeacherOption = None,
    overrides: SetOption = None,
    run: RunOption = None,
    unsafe: UnsafeOption = False,
) -> None:
    """Write the requests that have no trace yet as OpenAI batch JSONL. `custom_id` is the request's id."""
    from stillhouse.storage.atomic import whole_file

    with _batches(recipe, teacher, overrides, run, unsafe) as found, whole_file(out) as file:
        count = found.export(file)
    say(f"  {count:,} requests are owed → {out}")


@batch.command("import", short_help="Take the results of a batch file.")
def take(
    recipe: RecipeArgument,
    results: Annotated[Path, typer.Argument(help="OpenAI batch output: a line per request.")],
    teacher: TeacherOption = None,
    overrides: SetOption = None,
    run: RunOption = None,
    unsafe: UnsafeOption = False,
) -> None:
    """Take results as traces. What is there already is not taken again; what failed stays owed, and `run-all` draws it."""
    with _batches(recipe, teacher, overrides, run, unsafe) as found:
        say(f"  {found.take(results).line()}")


@contextmanager
def _batches(recipe: Path, teacher: str | None, overrides: list[str] | None, run: str | None, unsafe: bool) -> Iterator["Batches"]:
    """The batch files of a teacher's step, after its problems."""
    from stillhouse.execute import make_all, open_job
    from stillhouse.stages.allocate import adaptive
    from stillhouse.stages.batches import Batches

    with open_job(recipe, overrides, run, unsafe) as job:
        taught = _chosen(job.plan.recipe, teacher)
        if adaptive(taught):
            raise UserError("A policy decides from verdicts what is asked next, and a batch file must know it before.", "Use fixed_n.")
        make_all(job, job.plan.until("problems"))
        step = job.plan.steps[taught.step("sample")]
        yield Batches(step.config, job.artifact(step), job.inputs(step))  # type: ignore[arg-type]  # the step's own config


def _chosen(recipe: "Recipe", name: str | None) -> "Taught":
    """The teacher of that name, or the only one. A provider takes a file for one model."""
    taught = recipe.list_teachers()
    found = [one for one in taught if one.name == (name or "")] if name or recipe.teacher else []
    if not found:
        given = f"has no teacher {name!r}" if name else "has several teachers, and a batch file is for one"
        names = ", ".join(one.name for one in taught if one.name) or "it has one, without a name"
        raise UserError(f"The recipe {recipe.name!r} {given}.", f"Its teachers (--teacher NAME): {names}.")
    return found[0]
