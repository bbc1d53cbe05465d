"""Vote: what a problem's own traces agree on becomes its gold where it has none, and quarantines it where it speaks against the gold.

A step of recipes with `verify.vote.labels`. What comes after it judges by, and trains on, the problems that it leaves.
"""

from collections.abc import Iterator

from stillhouse.recipe import Recipe
from stillhouse.recipe.section import Circumstance, Section
from stillhouse.recipe.verification import Verify
from stillhouse.records import Decision, Problem, Trace, arrow_schema
from stillhouse.stages.base import Inputs, Output, Stage
from stillhouse.stages.judged import workers
from stillhouse.storage.run import within
from stillhouse.tables import sql
from stillhouse.verifiers.registry import versions
from stillhouse.verifiers.votes.pseudo_labels import apply_votes
from stillhouse.verifiers.votes.vote import vote

READERS = ["math", "math_answer", "choice"]


class Config(Section):
    """The rules of the vote and the readers whose answers it counts."""

    verify: Verify
    verifiers: dict[str, str]
    workers: Circumstance[int]
    unsafe: Circumstance[bool]


def config(recipe: Recipe, unsafe: bool) -> Config:
    """What of a recipe decides the votes."""
    return Config(verify=recipe.verify, verifiers=versions(READERS), workers=workers(recipe), unsafe=unsafe)


def run(config: Config, inputs: Inputs, out: Output) -> None:
    votes = vote(_pairs(inputs), config.verify, config.workers, unsafe=config.unsafe)
    kept, decisions = apply_votes(inputs["problems"].rows("problems", Problem), votes)
    out.table("problems").write(kept)
    out.table("decisions").write(decisions)
    labelled = sum(found.status == "label" for found in votes)
    suspect = sum(found.status == "suspect_gold" for found in votes)
    out.counts.update(problems=len(kept), labelled=labelled, suspect_golds=suspect, dropped=sum(not d.kept for d in decisions))


def select_traces(inputs: Inputs) -> str:
    """A SELECT of the traces of all teachers."""
    return " UNION ALL BY NAME ".join(found.selection("traces") for role, found in inputs.items() if within(role, "traces"))


def _pairs(inputs: Inputs) -> Iterator[tuple[Problem, Trace]]:
    """Every trace with its problem, the traces of a problem together."""
    problems, traces = arrow_schema(Problem).names, arrow_schema(Trace).names
    columns = [f'p."{n}" AS "problem.{n}"' for n in problems] + [f't."{n}" AS "trace.{n}"' for n in traces]
    query = f"""
        SELECT {", ".join(columns)} FROM ({select_traces(inputs)}) t
        JOIN ({inputs["problems"].selection("problems")}) p ON p.id = t.problem_id ORDER BY p.id, t."index", t.id
    """
    with sql.connection() as connection:
        for batch in sql.stream(connection, query):
            for row in batch.to_pylist():
                yield Problem(**{n: row[f"problem.{n}"] for n in problems}), Trace(**{n: row[f"trace.{n}"] for n in traces})


STAGE = Stage("vote", "1", run, {"problems": Problem, "decisions": Decision}, heavy=True)
