"""Datasets of the Hugging Face Hub, read with its own client: one split at one commit.

Guarantee: the rows are those of the commit that was asked for, or there is an error. Where the Hub refuses or is offline the
client takes what it last cached of that dataset, whichever commit that was; so every commit and config has a cache folder of
its own here, and offline (HF_HUB_OFFLINE=1) a commit that was downloaded before is read from it. The token is the client's
own (HF_TOKEN or `hf auth login`). The limit: a missing split is noticed only after the download.
"""

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from stillhouse.errors import UserError
from stillhouse.progress import say

SPEC = re.compile(r"hf:(?P<name>[^@:]+)(?:@(?P<revision>[^:]+))?(?::(?P<split>.+))?")
COMMIT = re.compile(r"[0-9a-f]{40}")
# The client's hints that the folder above makes pointless, and one about cards that say nothing.
HINTS = ("datasets.load", "datasets.packaged_modules.cache.cache", "huggingface_hub.repocard")


class HubSplit(NamedTuple):
    """A split of a dataset. `revision` is a commit, a branch or a tag; without one it is the newest commit.

    A dataset that is an absolute path is a local folder.
    """

    dataset: str
    config: str | None
    revision: str | None
    split: str

    def __str__(self) -> str:
        config = f"/{self.config}" if self.config else ""
        return f"{self.dataset}{config}@{self.revision}:{self.split}" if self.revision else f"{self.dataset}{config}:{self.split}"


def parse_split(spec: str) -> HubSplit:
    """The split that `hf:ORG/NAME[/CONFIG][@REVISION][:SPLIT]` or `hf:FOLDER[:SPLIT]` names. Raises UserError for what names none."""
    found = SPEC.fullmatch(spec)
    if not found:
        raise UserError(f"{spec} does not name a Hub dataset.", "Write hf:ORG/NAME@REVISION:SPLIT, for example hf:openai/gsm8k/main:test.")
    name, revision, split = found["name"], found["revision"], found["split"] or "train"
    if revision is None and Path(name).is_dir():
        return HubSplit(str(Path(name).absolute()), None, None, split)
    parts = name.split("/")
    return HubSplit("/".join(parts[:2]), "/".join(parts[2:]) or None, revision, split)


def download(wanted: HubSplit) -> Any:
    """The split as a `datasets.Dataset`, downloaded to the client's cache. Raises UserError."""
    return _load(wanted, streaming=False)


def stream(wanted: HubSplit) -> Iterator[dict[str, Any]]:
    """The split's rows in order, as they come from the Hub. Raises UserError."""
    rows = _load(wanted, streaming=True)
    with _told(wanted):
        yield from rows


def _load(wanted: HubSplit, streaming: bool) -> Any:
    import datasets

    _quiet()
    with _told(wanted):
        if Path(wanted.dataset).is_absolute():
            return datasets.load_dataset(wanted.dataset, split=wanted.split, streaming=streaming)
        commit = _commit(wanted)
        cache = f"{datasets.config.HF_DATASETS_CACHE}/stillhouse/{commit[:16]}/{wanted.config or '-'}"
        name = f"hf://datasets/{wanted.dataset}"  # without the prefix a local folder of that name would be read
        return datasets.load_dataset(name, wanted.config, split=wanted.split, revision=commit, cache_dir=cache, streaming=streaming)


def _commit(wanted: HubSplit) -> str:
    """The commit to read; asked of the Hub even where it is given, because this request fails at once and says why."""
    from huggingface_hub import HfApi
    from huggingface_hub.constants import is_offline_mode

    pinned = wanted.revision is not None and COMMIT.fullmatch(wanted.revision) is not None
    if pinned and is_offline_mode():
        return str(wanted.revision)
    commit = str(HfApi().dataset_info(wanted.dataset, revision=wanted.revision).sha)
    if not pinned:
        say(f"  {wanted} is at {commit}")
    return commit


def _quiet() -> None:
    """Shows the client's progress bars in a terminal only."""
    import datasets

    for name in HINTS:
        logging.getLogger(name).setLevel(logging.ERROR)
    if not sys.stderr.isatty():
        datasets.disable_progress_bars()


@contextmanager
def _told(wanted: HubSplit) -> Iterator[None]:
    """Makes a UserError of what the client raises; RuntimeError is what it says of datasets that are scripts."""
    import httpx2  # the client's HTTP library; a refused connection comes out as its own error
    from datasets.exceptions import DatasetsError

    try:
        yield
    except (OSError, ValueError, RuntimeError, httpx2.HTTPError, DatasetsError) as error:
        unreachable = isinstance(error, ConnectionError | httpx2.TransportError)
        raise UserError(
            f"The dataset {wanted} cannot be read: {_reason(wanted, error)}.",
            "Check the network; with HF_HUB_OFFLINE=1 only a commit (40 hex digits) that was downloaded before is read."
            if unreachable
            else "Check its name, config, revision and split, and who may read it (HF_TOKEN or `hf auth login`).",
        ) from error


def _reason(wanted: HubSplit, error: BaseException) -> str:
    from datasets.exceptions import DatasetGenerationError
    from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

    if isinstance(error, RevisionNotFoundError):
        return f"it has no revision {wanted.revision}"
    if isinstance(error, RepositoryNotFoundError):
        return "it does not exist, or it is private or gated"
    if isinstance(error, DatasetGenerationError):  # which says no more than its name; the client has named the file on stderr
        error = error.__cause__ or error
    lines = " ".join(" ".join(str(error).splitlines()[:2]).split())  # the third is an example in Python
    return lines[:300].rstrip(".") or type(error).__name__
