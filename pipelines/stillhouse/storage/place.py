"""Local folders of this machine: where an artifact is being made, and what was trained."""

from pathlib import Path

from stillhouse.storage.artifacts import Artifact
from stillhouse.storage.cache import cache_root
from stillhouse.storage.store import LocalStore, sha256


def work_folder(artifact: Artifact) -> Path:
    """A local folder for files in the making, also where the store is not local."""
    store = artifact.store
    if isinstance(store, LocalStore):
        return store.fetch(f"{artifact.path}/work")
    return cache_root() / "work" / sha256(store.uri.encode())[:16] / artifact.path / "work"


def trained(artifact: Artifact) -> Path:
    """The checkpoint that a training step made, on this machine."""
    return artifact.store.fetch(f"{artifact.path}/student")
