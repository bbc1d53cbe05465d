"""Local folders of this machine: the cache, and where an artifact is being made."""

import os
from pathlib import Path

from stillhouse.storage.artifacts import Artifact
from stillhouse.storage.store import LocalStore, sha256


def cache_root() -> Path:
    """STILLHOUSE_CACHE, else the user's cache folder."""
    base = os.environ.get("STILLHOUSE_CACHE")
    return Path(base) if base else Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "stillhouse"


def work_folder(artifact: Artifact) -> Path:
    """A local folder for files in the making, also where the store is not local."""
    store = artifact.store
    if isinstance(store, LocalStore):
        return store.fetch(f"{artifact.path}/work")
    return cache_root() / "work" / sha256(store.uri.encode())[:16] / artifact.path / "work"


def trained(artifact: Artifact) -> Path:
    """The checkpoint that a training step made, on this machine."""
    return artifact.store.fetch(f"{artifact.path}/student")
