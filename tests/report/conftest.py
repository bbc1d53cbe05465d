"""A finished run as the inputs of the steps that tell of it."""

from pathlib import Path

import pytest

import small_run
from small_run import Part, parts


@pytest.fixture
def finished(tmp_path: Path) -> dict[str, Part]:
    return parts(small_run.make(tmp_path))


@pytest.fixture
def dataset_only(tmp_path: Path) -> dict[str, Part]:
    return parts(small_run.make(tmp_path, trained=False))
