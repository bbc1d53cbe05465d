"""Publish: the dataset as Parquet files with its card, loadable with `datasets.load_dataset`; pushed to the Hub when the recipe names a repository.

Every gate is a row of the table `gates`, whether or not something is pushed. A push is one commit, and none while a gate is shut.
"""

from pathlib import Path

from stillhouse.errors import UserError
from stillhouse.progress import say
from stillhouse.publishing import configs, gates
from stillhouse.publishing.push import push
from stillhouse.query.committed import Committed
from stillhouse.query.views import connect
from stillhouse.recipe import Recipe
from stillhouse.recipe.section import Circumstance, Later, Section
from stillhouse.records import Gate
from stillhouse.stages.base import Inputs, Output, Stage


class Config(Section):
    """What the card says, which configs there are, and where the dataset goes."""

    name: str
    description: str
    license: str
    repo_id: str | None
    private: bool
    configs: Later[list[str]] = []
    waive: Later[dict[str, str]] = {}
    extraction_warning: Circumstance[float]


def config(recipe: Recipe) -> Config:
    """What of a recipe decides what is published where."""
    publish = recipe.publish
    return Config(
        name=recipe.name,
        description=recipe.description,
        license=publish.license,
        repo_id=publish.repo_id,
        private=publish.private,
        configs=list(publish.configs),
        waive=dict(publish.waive),
        extraction_warning=recipe.verify.extraction_warning,
    )


def run(config: Config, inputs: Inputs, out: Output) -> None:
    from stillhouse.report.card import dataset_card

    shards = inputs["curate"].manifest().tables["examples"].shards
    rows = sum(shard.rows for shard in shards)
    if not rows:
        raise UserError(
            "Curation left no example, and an empty dataset is not published.",
            '`stillhouse sql RUN "select step, reason, count(*) from decisions group by all"` says why.',
        )
    checked, made = _beside(config, inputs, out)
    parts: dict[str, Path | bytes] = {
        f"data/train-{number:05d}-of-{len(shards):05d}.parquet": out.store.fetch(shard.path) for number, shard in enumerate(shards)
    }
    for one in made:
        parts |= one.files
    parts["README.md"] = dataset_card(config, inputs, made, checked).encode()
    folder = f"dataset/{config.name}-{out.artifact.fingerprint}"
    for name, part in parts.items():
        if isinstance(part, bytes):
            out.add_bytes(part, f"{folder}/{name}")
        else:
            out.add_file(part, f"{folder}/{name}")
    out.counts.update(rows=rows, bytes=sum(shard.bytes for shard in shards), gates_shut=sum(not gate.passed for gate in checked))
    if config.repo_id:
        gates.require(checked, config.repo_id)
        title = f"Dataset of the recipe {config.name}"
        push(config.repo_id, parts, title=title, content=out.artifact.fingerprint, private=config.private)
        out.counts["pushed"] = 1
    out.clear_work()


def _beside(config: Config, inputs: Inputs, out: Output) -> tuple[list[Gate], list[configs.Made]]:
    """The gates, as rows of the step's table, and the files of the configs beside `sft`."""
    with connect(Committed.of(inputs)) as connection:
        checked = gates.check(connection, config.license, inputs["problems"].manifest().counts, config.waive)
        made = [configs.write(connection, name, out.work_folder()) for name in config.configs]
    out.table("gates").write(checked)
    for gate in checked:
        if not gate.passed:
            say(f"  gate {gate.name} is shut{'' if config.repo_id else ', a push would be refused'}: {gate.reason}")
    return checked, made


STAGE = Stage("publish", "3", run, {"gates": Gate})
