"""A finished run as the inputs of the steps that tell of it."""

from dataclasses import dataclass
from pathlib import Path

import pytest

import small_run
from stillhouse.storage.artifacts import Artifact
from stillhouse.storage.manifest import Manifest
from stillhouse.storage.run import OpenRun


@dataclass(frozen=True)
class Part:
    """A finished step."""

    artifact: Artifact

    def manifest(self) -> Manifest:
        found = self.artifact.manifest()
        assert found is not None
        return found


def parts(run: OpenRun) -> dict[str, Part]:
    return {name: Part(artifact) for name, artifact in run.steps.items()}


@pytest.fixture
def finished(tmp_path: Path) -> dict[str, Part]:
    return parts(small_run.make(tmp_path))


@pytest.fixture
def dataset_only(tmp_path: Path) -> dict[str, Part]:
    return parts(small_run.make(tmp_path, trained=False))
