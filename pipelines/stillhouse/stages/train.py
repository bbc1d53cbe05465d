"""Train: distil the student with TRL SFT on the examples, after the render gate; the checkpoint and its card are the output."""

import json
from typing import Any

from stillhouse.cluster.actors import watch
from stillhouse.cluster.session import join
from stillhouse.engines.checkpoints import local_path, revision
from stillhouse.errors import UserError
from stillhouse.progress import Bar, say, track
from stillhouse.recipe import Recipe
from stillhouse.recipe.section import Circumstance, Section, identity
from stillhouse.recipe.sections import Cluster
from stillhouse.recipe.training import Train
from stillhouse.report.markdown import front_matter, public_name, text
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


def _fit(config: Config, files: list[str], out: Output) -> None:
    """Trains in a Ray actor that has the whole machine, or one GPU."""
    from stillhouse.training.run import Given
    from stillhouse.training.sft import SftRun

    session = join(config.cluster)
    cpus, gpus = (1, 1) if session.gpus else (session.cpus, 0)
    given = Given(str(local_path(config.train.student)), files, config.train, config.seed, str(out.work_folder()), cpus, bool(gpus))
    key = f"train {out.artifact.fingerprint}"
    with out.actors.acquire(key, SftRun, (given,), cpus=cpus, gpus=gpus) as actors, track(out.name, 0, "steps") as bar:
        for event in watch(actors[0], "fit"):
            assert isinstance(event, dict)
            _report(event, bar, out.counts)


def _report(event: dict[str, Any], bar: Bar, counts: dict[str, float]) -> None:
    if "gate_tokens" in event:
        counts["loss_tokens_per_epoch"] = event["gate_tokens"]
        say(f"  render gate ({event['way']}): every example is whole; the loss covers {event['gate_tokens']:,} tokens per epoch")
        return
    if not bar.total:
        bar.total = int(event["steps"])
        bar.skip(int(event["step"]) - 1)
    counts.update(steps=event["step"], last_loss=round(event["loss"], 4))
    bar.advance(int(event["step"]) - bar.done, int(event["tokens"]) - bar.tokens, note=f"loss {event['loss']:.3f}")


def _card(config: Config, counts: dict[str, float]) -> str:
    base = public_name(config.base)
    settings = {**dict(identity(config.train)), "student": base}
    metadata = {"base_model": base, "library_name": "transformers", "tags": ["stillhouse", "sft", "trl"]}
    return (
        f"{front_matter(metadata)}# {text(config.name)}: student\n\n"
        f"Fine-tuned with TRL SFT by Stillhouse on {counts['examples']:.0f} verified examples.\n\n"
        f"```json\n{json.dumps(settings, indent=1)}\n```\n"
    )


STAGE = Stage("train", "2", run, heavy=True)
