"""Publish: the dataset as Parquet files with its card, loadable with `datasets.load_dataset`; pushed to the Hub when the recipe names a repository.

The token is read by huggingface_hub from its own environment, in this process only. A push is one commit.
"""

from pathlib import Path

from stillhouse.errors import UserError
from stillhouse.progress import say
from stillhouse.recipe import Recipe
from stillhouse.recipe.section import Circumstance, Section
from stillhouse.stages.base import Inputs, Output, Stage


class Config(Section):
    """What the card says and where the dataset goes."""

    name: str
    description: str
    license: str
    repo_id: str | None
    private: bool
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
    folder = f"dataset/{config.name}-{out.artifact.fingerprint}"
    parts: dict[str, Path | bytes] = {
        f"data/train-{number:05d}-of-{len(shards):05d}.parquet": out.store.fetch(shard.path) for number, shard in enumerate(shards)
    }
    parts["README.md"] = dataset_card(config, inputs).encode()
    for name, part in parts.items():
        if isinstance(part, bytes):
            out.add_bytes(part, f"{folder}/{name}")
        else:
            out.add_file(part, f"{folder}/{name}")
    out.counts.update(rows=rows, bytes=sum(shard.bytes for shard in shards))
    if config.repo_id:
        _push(config, parts)
        out.counts["pushed"] = 1


def _push(config: Config, parts: dict[str, Path | bytes]) -> None:
    import httpx2  # what the Hub's client talks through: it lets a refused connection out as it is
    from huggingface_hub import CommitOperationAdd, HfApi
    from huggingface_hub.errors import HfHubHTTPError

    repo, api = str(config.repo_id), HfApi()
    try:
        api.create_repo(repo, repo_type="dataset", private=config.private, exist_ok=True)
        operations = [CommitOperationAdd(path_in_repo=name, path_or_fileobj=part) for name, part in parts.items()]
        commit = api.create_commit(repo, operations, commit_message=f"Dataset of the recipe {config.name}", repo_type="dataset")
    except (HfHubHTTPError, httpx2.HTTPError, OSError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(
            f"The dataset could not be pushed to {repo}: {first}.", "It can be pushed later: log in (`hf auth login`) and run again."
        ) from error
    say(f"  pushed: {commit.commit_url}")


STAGE = Stage("publish", "2", run)
