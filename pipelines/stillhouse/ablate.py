"""Trains and scores the arms of a curation ablation: plans that differ in their curation and in the seed of the training.

The arms share everything else by fingerprint: what they have in common is made once.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, replace

from stillhouse.curation.ablation import FULL, arms
from stillhouse.errors import UserError
from stillhouse.execute import Job, make_all, steps_below
from stillhouse.query.committed import Committed
from stillhouse.query.views import connect
from stillhouse.recipe.curation import Curation
from stillhouse.scoring.ablation import Arm, compare, markdown
from stillhouse.scoring.reducers import Shares, per_problem
from stillhouse.stages.plan import plan

STUDENT = "score/student"
PER_ARM = ("curate", "train", STUDENT)
RunArm = Callable[[str, Curation], Arm]


def run_arms(job: Job, any_size: bool, run_arm: RunArm) -> list[Arm]:
    """The full arm, and then the others, drawn down to its size unless asked otherwise."""
    full = run_arm(FULL, job.plan.recipe.curation)
    others = arms(job.plan.recipe.curation, None if any_size else full.examples)
    return [full, *(run_arm(name, curation) for name, curation in others.items() if name != FULL)]


def make_arm(job: Job, name: str, curation: Curation, seeds: int) -> Arm:
    """Curates, trains and scores one arm with every seed. Raises UserError for a recipe that trains or scores nothing."""
    if STUDENT + "/verify" not in job.plan.steps:
        raise UserError("An ablation needs a student that is scored.", "Give the recipe `train` and `problems.held_out`.")
    made = [_seeded(job, curation, seed) for seed in range(seeds)]
    for arm in made:
        for step in PER_ARM:
            make_all(arm, steps_below(arm, step))
    return Arm(name, _examples(made[0]), [_shares(arm) for arm in made])


def _seeded(job: Job, curation: Curation, seed: int) -> Job:
    recipe = job.plan.recipe
    assert recipe.train is not None
    train = recipe.train.model_copy(update={"seed": recipe.seed + seed})
    return replace(job, plan=plan(recipe.model_copy(update={"curation": curation, "train": train}), job.contents, job.unsafe))


def _examples(arm: Job) -> int:
    manifest = arm.committed(arm.plan.steps["curate"])
    assert manifest is not None
    return int(manifest.counts["examples"])


def _shares(arm: Job) -> Shares:
    """Problem -> share of the student's answers that are strictly correct."""
    steps = {name: arm.committed(step) for name, step in arm.plan.steps.items() if name.startswith(f"{STUDENT}/")}
    with connect(Committed(arm.run.store, {name: found for name, found in steps.items() if found})) as connection:
        return per_problem(connection, STUDENT, "strict")


def write_report(job: Job, found: list[Arm], seeds: int) -> str:
    """ablation.json and ablation.md in the run's folder; returns the latter's text."""
    lines = compare(found)
    text = markdown(lines, seeds)
    job.run.store.write(job.run.path("ablation.json"), json.dumps([asdict(line) for line in lines], indent=1).encode())
    job.run.store.write(job.run.path("ablation.md"), text.encode())
    return text
