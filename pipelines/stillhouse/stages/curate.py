"""Curate: from verified traces to examples, in the recipe's steps; every dropped trace has its first reason."""

from typing import TYPE_CHECKING, Any

import polars as pl

from stillhouse.prompts import training_messages
from stillhouse.recipe import Recipe
from stillhouse.records import Decision, Example, Problem, Trace, Verdict, digest
from stillhouse.stages.base import Context, Stage, plain, shards

if TYPE_CHECKING:
    from stillhouse.curation.pipeline import Curated

ROWS_PER_SHARD = 50_000


def settings(recipe: Recipe) -> dict[str, Any]:
    prompt = {"system": recipe.prompt.system, "user": recipe.prompt.user}
    return {"curation": plain(recipe.curation), "prompt": prompt, "seed": recipe.seed}


def run(context: Context) -> dict[str, float]:
    from stillhouse.curation.pipeline import curate

    rows = candidates(context)
    curated = curate(rows, context.recipe.curation, context.recipe.seed)
    decisions = [Decision(**row) for row in curated.decisions.iter_rows(named=True)]
    examples = _examples(curated, rows, context)
    for table, records in (("decisions", decisions), ("examples", examples)):
        writer = context.writer(table)
        for index, part in shards(records, ROWS_PER_SHARD):
            writer.write(index, part)
    return {**{step: float(left) for step, left in curated.counts.items()}, "examples": len(examples)}


def candidates(context: Context) -> pl.DataFrame:
    """Every trace with its problem and verdict, and the problem's difficulty (1 − the share of its samples that is correct)."""
    run = context.run
    traces = pl.DataFrame(run.arrow("sample", "traces", Trace))
    verdicts = pl.DataFrame(run.arrow("verify", "verdicts", Verdict))
    problems = pl.DataFrame(run.arrow("problems", "problems", Problem))
    rows = traces.join(
        verdicts.select(pl.col("trace_id").alias("id"), "outcome", "score", "extracted"), on="id", how="left", validate="1:1"
    )
    rows = rows.join(
        problems.select(pl.col("id").alias("problem_id"), "question", "answer", "domain", "source"), on="problem_id", how="left"
    )
    solved = (pl.col("outcome") == "correct").mean().over("problem_id")
    return rows.with_columns((1 - solved).alias("difficulty")).sort("problem_id", "sample_index")


def _examples(curated: "Curated", rows: pl.DataFrame, context: Context) -> list[Example]:
    problems = {p.id: p for p in context.run.rows("problems", "problems", Problem)}
    kept = pl.DataFrame({"id": curated.kept}, schema={"id": pl.String}).join(rows, on="id", how="left", maintain_order="left")
    kept = _with_labels(kept, curated.labels)
    return [_example(row, problems[row["problem_id"]], context.recipe) for row in kept.iter_rows(named=True)]


def _with_labels(kept: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """The kept rows with what the steps said of them (a domain, a difficulty, a rewritten reasoning) laid over."""
    names = [name for name in labels.columns if name != "id"]
    kept = kept.join(labels.rename({name: f"_{name}" for name in names}), on="id", how="left", maintain_order="left")
    under = {name: [pl.col(name)] if name in kept.columns else [] for name in names}
    return kept.with_columns(pl.coalesce(pl.col(f"_{name}"), *under[name]).alias(name) for name in names)


def _example(row: dict[str, Any], problem: Problem, recipe: Recipe) -> Example:
    return Example(
        id="e" + digest(row["id"]),
        problem_id=problem.id,
        trace_id=row["id"],
        messages=training_messages(problem, row["reasoning"], row["response"], recipe.prompt),
        answer=problem.answer,
        domain=row["domain"],
        difficulty=row["difficulty"],
        num_tokens=row["output_tokens"],
    )


STAGE = Stage(
    name="curate", version="1", inputs=("problems", "sample", "verify"), settings=settings, run=run,
    tables={"examples": Example, "decisions": Decision},
)  # fmt: skip
