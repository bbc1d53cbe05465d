"""Train: distil the student with TRL SFT on the examples, after the render gate; the checkpoint and its card are the output."""

import json
from contextlib import closing
from pathlib import Path

from stillhouse.engines.checkpoints import local_path, revision
from stillhouse.errors import UserError
from stillhouse.progress import Bar, say, track
from stillhouse.recipe import Recipe
from stillhouse.recipe.section import Circumstance, Section, identity
from stillhouse.recipe.sections import Cluster, Train
from stillhouse.stages.base import Inputs, Output, Stage


class Config(Section):
    """Everything that decides the student's weights."""

    name: str
    base: Circumstance[str]
    weights: str
    train: Train
    seed: int
    cluster: Circumstance[Cluster]


def config(recipe: Recipe, train: Train) -> Config:
    """Raises UserError where the student's base is not there."""
    seed = recipe.seed if train.seed is None else train.seed
    return Config(
        name=recipe.name, base=train.student.path, weights=revision(train.student), train=train, seed=seed, cluster=recipe.cluster
    )


def run(config: Config, inputs: Inputs, out: Output) -> None:
    examples = inputs["curate"].manifest().tables["examples"]
    if not examples.rows:
        raise UserError(
            "Curation left no example to train on.",
            '`stillhouse sql RUN "select step, reason, count(*) from decisions group by all"` says why.',
        )
    out.counts["examples"] = examples.rows
    _fit(config, [str(out.store.fetch(shard.path)) for shard in examples.shards], out)
    student = out.work_folder() / "student"
    (student / "README.md").write_text(_card(config, out.counts))
    for path in sorted(p for p in student.iterdir() if p.is_file()):
        out.add_file(path, f"student/{path.name}")
    out.add_file(out.work_folder() / "trainer_state.json", "trainer_state.json")


def student(out_of: Inputs, role: str = "model") -> Path:
    """The folder of a trained student, on this machine."""
    artifact = out_of[role].artifact
    return artifact.store.fetch(f"{artifact.path}/student")
