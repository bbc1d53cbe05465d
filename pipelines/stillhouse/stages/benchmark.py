"""Benchmark: the problems of a published set, as they were published, for base and student to answer.

Guarantee: no problem of it is in the training problems by id or by normalised text; the step fails otherwise. Golds are taken as they are.
"""

from typing import Any

from stillhouse.errors import UserError
from stillhouse.problems import identity, load
from stillhouse.recipe.section import Circumstance, Section
from stillhouse.recipe.sections import Benchmark, Source
from stillhouse.records import Problem, normalise_question
from stillhouse.scoring.benchmarks import source, whole
from stillhouse.stages.base import Inputs, Output, Stage
from stillhouse.storage.contents import Contents
from stillhouse.tables import sql


class Config(Section):
    """Which problems there are."""

    name: str
    source: Circumstance[Source]
    identity: dict[str, Any]
    problems: int | None


def config(wanted: Benchmark, contents: Contents) -> Config:
    """Raises UserError for an unknown benchmark, one without a commit, and a file that is not there."""
    found = source(wanted)
    return Config(name=wanted.name, source=found, identity=identity(found, contents), problems=whole(wanted))


def run(config: Config, inputs: Inputs, out: Output) -> None:
    loaded = list(load(config.source))
    if config.problems is not None and len(loaded) != config.problems:
        raise UserError(
            f"{config.name} has {len(loaded):,} problems, and not {config.problems:,}.", "The cached copy is not whole; fetch it again."
        )
    distinct = {problem.id: problem for problem in loaded}
    _prove_apart(config.name, list(distinct.values()), inputs)
    out.table("held_out").write(list(distinct.values()))
    out.counts.update(loaded=len(loaded), held_out=len(distinct))


def _prove_apart(name: str, asked: list[Problem], inputs: Inputs) -> None:
    ours = {problem.id for problem in asked} | {normalise_question(problem.question) for problem in asked}
    with sql.connection() as connection:
        for batch in sql.stream(connection, f"SELECT id, question FROM ({inputs['problems'].selection('problems')})"):
            for row in batch.to_pylist():
                if row["id"] in ours or normalise_question(row["question"]) in ours:
                    raise UserError(
                        f"A problem of {name} is among the training problems: {row['question'][:80]!r}.",
                        "Give decontaminate.against the benchmark, so that it is taken out.",
                    )


STAGE = Stage("benchmark", "1", run, {"held_out": Problem})
