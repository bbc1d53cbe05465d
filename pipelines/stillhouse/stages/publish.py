"""Publish: the dataset as Parquet with its card, loadable with `datasets.load_dataset`; pushed to the Hub when the recipe names a repository.

The token is read by huggingface_hub from its own environment, in this process only. A push is one commit.
"""

import io
from typing import Any

import pyarrow.parquet as pq

from stillhouse.errors import UserError
from stillhouse.progress import say
from stillhouse.recipe import Recipe
from stillhouse.records import Example
from stillhouse.report.card import dataset_card
from stillhouse.stages.base import Context, Stage, plain
from stillhouse.store import sha256


def settings(recipe: Recipe) -> dict[str, Any]:
    return plain(recipe.publish)


def run(context: Context) -> dict[str, float]:
    examples = context.run.arrow("curate", "examples", Example)
    if not examples.num_rows:
        raise UserError(
            "Curation left no example, and an empty dataset is not published.",
            '`stillhouse sql RUN "select step, reason, count(*) from decisions group by all"` says why.',
        )
    sink = io.BytesIO()
    pq.write_table(examples, sink, compression="zstd")
    card = dataset_card(context.run, sha256(sink.getvalue()))
    parts = {"data/train-00000-of-00001.parquet": sink.getvalue(), "README.md": card.encode()}
    for name, data in parts.items():
        context.add_bytes(data, f"dataset/{name}")
    counts: dict[str, float] = {"rows": examples.num_rows, "bytes": len(parts["data/train-00000-of-00001.parquet"])}
    if context.recipe.publish.repo_id:
        _push(context.recipe, parts)
        counts["pushed"] = 1
    return counts


def _push(recipe: Recipe, parts: dict[str, bytes]) -> None:
    import httpx2  # what the Hub's client talks through: it lets a refused connection out as it is
    from huggingface_hub import CommitOperationAdd, HfApi
    from huggingface_hub.errors import HfHubHTTPError

    repo, api = str(recipe.publish.repo_id), HfApi()
    try:
        api.create_repo(repo, repo_type="dataset", private=recipe.publish.private, exist_ok=True)
        operations = [CommitOperationAdd(path_in_repo=name, path_or_fileobj=data) for name, data in parts.items()]
        commit = api.create_commit(repo, operations, commit_message=f"Dataset of the recipe {recipe.name}", repo_type="dataset")
    except (HfHubHTTPError, httpx2.HTTPError, OSError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(
            f"The dataset could not be pushed to {repo}: {first}.", "It is in the run's folder; log in (`hf auth login`) and run again."
        ) from error
    say(f"  pushed: {commit.commit_url}")


STAGE = Stage(name="publish", version="1", inputs=("curate",), settings=settings, run=run)
