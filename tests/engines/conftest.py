"""A local Ray for the tests of engines: one engine computes on both of its cores."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ray_head import local_ray


@pytest.fixture(scope="module")
def ray() -> Iterator[None]:
    with local_ray(2, Path(__file__).parent):
        yield
