"""Curate: from verified traces to examples, in the recipe's steps; every dropped trace has its first reason.

The candidates are joined on disk and then go through the same streaming code as `stillhouse curate`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from stillhouse.engines.prompts import training_messages
from stillhouse.errors import UserError
from stillhouse.recipe import Recipe
from stillhouse.recipe.curation import Curation
from stillhouse.recipe.section import Section
from stillhouse.recipe.sections import Prompt
from stillhouse.records import Decision, Example, Funnel, Problem, digest
from stillhouse.stages.base import Inputs, Output, Stage
from stillhouse.storage.run import within
from stillhouse.tables import sql

if TYPE_CHECKING:
    from stillhouse.curation.pipeline import Curated
    from stillhouse.curation.rows import Rows

SLICE = 100_000
READ = ["id", "problem_id", "question", "answer", "domain", "reasoning", "response", "difficulty", "output_tokens"]


class Config(Section):
    """The steps with their settings and versions, the prompt that the student will see, and the seed of the draws."""

    curation: Curation
    versions: dict[str, str]
    prompt: Prompt
    seed: int


def config(recipe: Recipe) -> Config:
    """What of a recipe decides which traces become examples."""
    from stillhouse.curation.registry import kind_of

    versions = {step.step: kind_of(step).version for step in recipe.curation.steps if step.on}
    prompt = Prompt(system=recipe.prompt.system, user=recipe.prompt.user)
    return Config(curation=recipe.curation, versions=versions, prompt=prompt, seed=recipe.seed)


def run(config: Config, inputs: Inputs, out: Output) -> None:
    from stillhouse.curation.pipeline import curate
    from stillhouse.curation.sources import open_inputs

    path = candidates(inputs, out.work_folder() / "candidates.parquet")
    rows = open_inputs([str(path)]).rows
    curated = curate(rows, config.curation, config.seed)
    for part in curated.decisions.iter_slices(SLICE):
        out.table("decisions").write_table(part.to_arrow())
    out.table("funnel").write([Funnel(n, name, left) for n, (name, left) in enumerate(_left(curated))])
    out.counts["examples"] = _write_examples(curated, rows, config, out)


def candidates(inputs: Inputs, path: Path) -> Path:
    """Writes every trace with its problem and verdict to one file, in the order of the problems' ids and the samples' indices.

    The difficulty of a problem is 1 - its pass rate: the share of its samples that is correct, or, where a policy stopped it,
    the estimate that the stop does not bias; of several teachers the mean. Second tries do not count for it. Raises UserError
    where there is no trace. Where the recipe accepts people's labels (`review.accept`), theirs is the verdict on a trace that has one.
    """
    query = f"""
        WITH verdicts AS ({tables(inputs, "verdicts", "verify", "unsolved/verify")}), problems AS ({inputs["problems"].selection("problems")}),
        people AS ({inputs["review"].selection("verdicts") if "review" in inputs else "SELECT * FROM verdicts WHERE false"}),
        traces AS (
            SELECT t.*, coalesce(h.outcome, v.outcome) AS outcome, coalesce(h.score, v.score) AS score, v.extracted
            FROM ({tables(inputs, "traces", "sample", "unsolved/sample")}) t LEFT JOIN verdicts v ON v.trace_id = t.id AND v.reading = 'plain'
            LEFT JOIN people h ON h.trace_id = t.id
        ),
        allocated AS ({tables(inputs, "allocated", "sample")}),
        shares AS (
            SELECT problem_id, made_by, avg(CAST(coalesce(outcome = 'correct', false) AS INTEGER)) AS share
            FROM traces WHERE NOT starts_with(made_by, 'unsolved/') GROUP BY ALL
        ),
        rates AS (
            SELECT problem_id, 1 - avg(coalesce(a.pass_rate, s.share)) AS difficulty
            FROM shares s LEFT JOIN allocated a USING (problem_id, made_by) GROUP BY 1
        )
        SELECT traces.* EXCLUDE (made_by), p.question, p.answer, p.domain, p.source, rates.difficulty
        FROM traces JOIN problems p ON p.id = traces.problem_id JOIN rates ON rates.problem_id = traces.problem_id
        ORDER BY traces.problem_id, traces."index", traces.id
    """
    with sql.connection() as connection:
        connection.execute(f"COPY ({query}) TO {sql.quoted(str(path))} (FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE 20480)")
        (count,) = connection.execute(f"SELECT count(*) FROM read_parquet({sql.quoted(str(path))})").fetchone() or (0,)
    if not count:
        raise UserError("There is no trace to curate.", "`stillhouse status RUN` says what was sampled.")
    return path


def tables(inputs: Inputs, table: str, *steps: str) -> str:
    """The rows of these steps of every teacher, with the step that made a row."""
    roles = [role for role in inputs if any(within(role, step) for step in steps)]
    return " UNION ALL BY NAME ".join(f"SELECT *, {sql.quoted(role)} AS made_by FROM ({inputs[role].selection(table)})" for role in roles)


def _left(curated: "Curated") -> list[tuple[str, int]]:
    """What each step left, under the step's own name."""
    return [(name.partition(":")[2] or name, left) for name, left in curated.counts.items()]


def _write_examples(curated: "Curated", rows: "Rows", config: Config, out: Output) -> int:
    """The kept traces as chats, with what the steps said of them (a domain, a difficulty, a rewritten reasoning) laid over."""
    positions = curated.decisions["kept"].arg_true()
    labels = curated.labels.select(c for c in curated.labels.columns if c == "id" or c in READ)
    if len(positions):
        for frame in rows.batches(READ, positions):
            out.table("examples").write([_example(row, config.prompt) for row in _labelled(frame, labels).iter_rows(named=True)])
    else:
        out.table("examples")
    return len(positions)


def _labelled(frame: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    names = [name for name in labels.columns if name != "id"]
    beside = labels.rename({name: f"_{name}" for name in names})
    joined = frame.join(beside, on="id", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce(pl.col(f"_{name}"), pl.col(name)).alias(name) for name in names)


def _example(row: dict[str, object], prompt: Prompt) -> Example:
    problem = Problem(str(row["problem_id"]), str(row["question"]), str(row["answer"]), "")
    return Example(
        id="e" + digest(row["id"]),
        problem_id=problem.id,
        trace_id=str(row["id"]),
        messages=training_messages(problem, str(row["reasoning"]), str(row["response"]), prompt),
        answer=problem.answer,
        domain=str(row["domain"] or ""),
        difficulty=row["difficulty"],  # type: ignore[arg-type]
        num_tokens=row["output_tokens"],  # type: ignore[arg-type]
    )


STAGE = Stage("curate", "2", run, {"examples": Example, "decisions": Decision, "funnel": Funnel})
