"""The identity of a step's output: what it is, its config's decisions, and the identities of its inputs."""

from typing import Any

from stillhouse.recipe.section import Section, identity
from stillhouse.records import digest


def fingerprint(kind: str, version: str, config: Section, inputs: dict[str, str]) -> str:
    """16 hex digits; circumstances in the config do not count."""
    return digest(kind, version, identity(config), inputs, length=16)


def told(config: Section) -> dict[str, Any]:
    """The decisions of a config, for its manifest."""
    return dict(identity(config))
