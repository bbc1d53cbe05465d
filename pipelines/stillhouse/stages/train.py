"""Train: distil the student with TRL SFT on the examples, after the render gate; the checkpoint and its card are the output."""

import json
from typing import Any

from stillhouse.checkpoints import local_path, revision
from stillhouse.cluster import RESTARTED, Actor, join, release_actors, spread
from stillhouse.errors import UserError
from stillhouse.progress import Bar, say, track
from stillhouse.recipe import Recipe
from stillhouse.records import Example
from stillhouse.report.markdown import front_matter, public_name, text
from stillhouse.stages.base import Context, Stage, plain

CIRCUMSTANCES = ("micro_batch_size", "save_steps", "student")


def settings(recipe: Recipe) -> dict[str, Any]:
    decisions = {k: v for k, v in plain(recipe.train).items() if k not in CIRCUMSTANCES}
    return {**decisions, "student": revision(recipe.train.student), "seed": seed(recipe)}


def seed(recipe: Recipe) -> int:
    """The seed of the training: its own, or the recipe's."""
    return recipe.seed if recipe.train.seed is None else recipe.train.seed


def run(context: Context) -> dict[str, float]:
    examples = context.run.rows("curate", "examples", Example)
    if not examples:
        raise UserError(
            "Curation left no example to train on.",
            '`stillhouse sql RUN "select step, reason, count(*) from decisions group by all"` says why.',
        )
    rows = [{"prompt": e.messages[:-1], "completion": e.messages[-1:]} for e in examples]
    counts: dict[str, float] = {"examples": len(rows)}
    ray = join(context.recipe.cluster)
    release_actors()
    _fit(context, rows, ray, counts)
    student = context.work_folder() / "student"
    (student / "README.md").write_text(_card(context.recipe, counts))
    for path in sorted(p for p in student.iterdir() if p.is_file()):
        context.add_file(path, f"student/{path.name}")
    context.add_file(context.work_folder() / "trainer_state.json", "trainer_state.json")
    return counts


def _fit(context: Context, rows: list[dict[str, Any]], ray: Any, counts: dict[str, float]) -> None:
    from stillhouse.training.sft import SftRun

    recipe, gpu = context.recipe, bool(ray.gpus)
    cpus = 1 if gpu else ray.cpus
    args = (str(local_path(recipe.train.student)), rows, recipe.train, seed(recipe), str(context.work_folder()), cpus, gpu)
    actor = Actor(SftRun, args, cpus=cpus, gpus=ray.gpus and 1)
    with track("train", 0, "steps") as bar:
        for _, event in spread([actor], [(0, None)], lambda a, _: ([e] for e in a.stream("fit"))):
            if event and event != [RESTARTED]:
                _report(event[0], bar, counts)
    actor.kill()


def _report(event: dict[str, float], bar: Bar, counts: dict[str, float]) -> None:
    if "gate_tokens" in event:
        counts["loss_tokens_per_epoch"] = event["gate_tokens"]
        say(f"  render gate: every example is whole; the loss covers {event['gate_tokens']:,.0f} tokens per epoch")
        return
    if not bar.total:
        bar.total = int(event["steps"])
        bar.skip(int(event["step"]) - 1)
    counts.update(steps=event["step"], last_loss=round(event["loss"], 4))
    bar.advance(int(event["step"]) - bar.done, int(event["tokens"]) - bar.tokens, note=f"loss {event['loss']:.3f}")


def _card(recipe: Recipe, counts: dict[str, float]) -> str:
    base = public_name(recipe.train.student.path)
    settings = {**plain(recipe.train), "student": {**plain(recipe.train.student), "path": base}}
    metadata = {"base_model": base, "library_name": "transformers", "tags": ["stillhouse", "sft", "trl"]}
    return (
        f"{front_matter(metadata)}# {text(recipe.name)}: student\n\n"
        f"Fine-tuned with TRL SFT by Stillhouse on {counts['examples']:.0f} verified examples.\n\n"
        f"```json\n{json.dumps(settings, indent=1)}\n```\n"
    )


STAGE = Stage(name="train", version="1", inputs=("curate",), settings=settings, run=run, heavy=True)
