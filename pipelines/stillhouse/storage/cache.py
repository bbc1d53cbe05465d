"""The cache of this machine: converted models, and shards of object stores. Everything in it can be made or downloaded again."""

import os
from pathlib import Path


def cache_root() -> Path:
    """STILLHOUSE_CACHE, else the user's cache folder."""
    base = os.environ.get("STILLHOUSE_CACHE")
    return Path(base) if base else Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "stillhouse"
