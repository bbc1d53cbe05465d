"""Train: the student learns from the examples, by one of three ways (`train.method`); the checkpoint and its card are the output."""

import json
from typing import TYPE_CHECKING, Any

from stillhouse.cluster.actors import watch
from stillhouse.cluster.session import join
from stillhouse.engines.checkpoints import local_path, revision
from stillhouse.errors import UserError
from stillhouse.progress import Bar, say, track
from stillhouse.recipe import Recipe
from stillhouse.recipe.section import Circumstance, Later, Section, identity
from stillhouse.recipe.sections import Cluster
from stillhouse.recipe.training import Train
from stillhouse.recipe.verification import Verify
from stillhouse.report.markdown import front_matter, public_name, text
from stillhouse.stages.base import Input, Inputs, Output, Stage
from stillhouse.stages.judged import verifier_versions, workers

if TYPE_CHECKING:
    from stillhouse.training.run import TrainingRun

WAYS = {"sft": "Fine-tuned", "distill": "Distilled on its own answers", "grpo": "Trained by GRPO with the run's verifiers"}


class Config(Section):
    """Everything that decides the student's weights."""

    name: str
    base: Circumstance[str]
    weights: str
    train: Train
    seed: int
    teacher: Later[str | None] = None
    """The weights of the teacher that is asked while the student is trained."""
    verify: Later[Verify | None] = None
    verifiers: Later[dict[str, str] | None] = None
    """What judges the student's answers while it is trained."""
    workers: Circumstance[int] = 1
    unsafe: Circumstance[bool] = False
    cluster: Circumstance[Cluster]


def config(recipe: Recipe, train: Train, unsafe: bool) -> Config:
    """Raises UserError where the student's base, or the teacher, is not there."""
    judged = train.method == "grpo"
    return Config(
        name=recipe.name,
        base=train.student.path,
        weights=revision(train.student),
        train=train,
        seed=recipe.seed if train.seed is None else train.seed,
        teacher=revision(train.distill.teacher) if train.distill else None,
        verify=recipe.verify if judged else None,
        verifiers=verifier_versions(recipe) if judged else None,
        workers=workers(recipe),
        unsafe=unsafe,
        cluster=recipe.cluster,
    )


def run(config: Config, inputs: Inputs, out: Output) -> None:
    examples = inputs["curate"].manifest().tables["examples"]
    if not examples.rows:
        raise UserError(
            "Curation left no example to train on.",
            '`stillhouse sql RUN "select step, reason, count(*) from decisions group by all"` says why.',
        )
    out.counts["examples"] = examples.rows
    _fit(config, inputs, out)
    student = out.work_folder() / "student"
    (student / "README.md").write_text(_card(config, out.counts))
    for path in sorted(p for p in student.iterdir() if p.is_file()):
        out.add_file(path, f"student/{path.name}")
    out.add_file(out.work_folder() / "trainer_state.json", "trainer_state.json")


def _fit(config: Config, inputs: Inputs, out: Output) -> None:
    """Trains in a Ray actor that has the whole machine, or one GPU."""
    from stillhouse.training.run import Given

    session = join(config.cluster)
    cpus, gpus = (1, 1) if session.gpus else (session.cpus, 0)
    files = _files(inputs["curate"], "examples")
    given = Given(str(local_path(config.train.student)), files, config.train, config.seed, str(out.work_folder()), cpus, bool(gpus))
    make, more = _way(config, inputs)
    key = f"train {out.artifact.fingerprint}"
    with out.actors.acquire(key, make, (given, *more), cpus=cpus, gpus=gpus) as actors, track(out.name, 0, "steps") as bar:
        for event in watch(actors[0], "fit"):
            assert isinstance(event, dict)
            _report(event, bar, out.counts)


def _way(config: Config, inputs: Inputs) -> "tuple[type[TrainingRun], tuple[object, ...]]":
    """What trains, and what it is given beside what all of them are."""
    if config.train.distill is not None:
        from stillhouse.training.distill import DistillRun

        return DistillRun, (str(local_path(config.train.distill.teacher)),)
    if config.train.grpo is not None:
        from stillhouse.training.grpo import GrpoRun, Judging

        assert config.verify is not None
        return GrpoRun, (Judging(_files(inputs["problems"], "problems"), config.verify, config.workers, config.unsafe),)
    from stillhouse.training.sft import SftRun

    return SftRun, ()


def _files(step: Input, table: str) -> list[str]:
    return [str(step.artifact.store.fetch(shard.path)) for shard in step.manifest().tables[table].shards]


def _report(event: dict[str, Any], bar: Bar, counts: dict[str, float]) -> None:
    if "gate_tokens" in event:
        counts["loss_tokens_per_epoch"] = event["gate_tokens"]
        say(f"  render gate ({event['way']}): every example is whole; the loss covers {event['gate_tokens']:,} tokens per epoch")
        return
    if "prompts" in event:
        counts["prompts"] = event["prompts"]
        say(f"  the student answers {event['prompts']:,} questions itself")
        return
    if not bar.total:
        bar.total = int(event["steps"])
        bar.skip(int(event["step"]) - 1)
    counts.update(steps=event["step"], last_loss=round(event["loss"], 4), **_rewards(event["rewards"]))
    bar.advance(int(event["step"]) - bar.done, int(event["tokens"]) - bar.tokens, note=f"loss {event['loss']:.3f}")


def _rewards(logged: dict[str, float]) -> dict[str, float]:
    """The step's mean rewards by the names that counts have: `reward`, `reward_accuracy`, …"""
    return {name.removesuffix("/mean").replace("rewards/", "reward_"): round(value, 4) for name, value in logged.items()}


def _card(config: Config, counts: dict[str, float]) -> str:
    base = public_name(config.base)
    settings = {**dict(identity(config.train)), "student": base}
    metadata = {"base_model": base, "library_name": "transformers", "tags": ["stillhouse", config.train.method, "trl"]}
    return (
        f"{front_matter(metadata)}# {text(config.name)}: student\n\n"
        f"{WAYS[config.train.method]} by Stillhouse, with TRL, on {counts['examples']:.0f} verified examples.\n\n"
        f"```json\n{json.dumps(settings, indent=1)}\n```\n"
    )


STAGE = Stage("train", "2", run, heavy=True)
