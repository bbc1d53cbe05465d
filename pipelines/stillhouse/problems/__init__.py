"""Sources of problems: plain dict from a source's kind to its loader."""

from collections.abc import Callable, Iterator
from typing import Any

from stillhouse.problems import files, generators, hub
from stillhouse.records import Problem
from stillhouse.storage.contents import Contents

LOADERS: dict[str, Callable[[Any], Iterator[Problem]]] = {
    "reasoning_gym": generators.load,
    "file": files.load,
    "huggingface": hub.load,
}

IDENTITIES: dict[str, Callable[[Any, Contents], dict[str, Any]]] = {
    "reasoning_gym": generators.identity,
    "file": files.identity,
    "huggingface": hub.identity,
}
