"""A local Ray for the tests of the cluster, one for each file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ray_head import local_ray
from stillhouse.cluster.actors import Actors


@pytest.fixture(scope="module")
def ray() -> Iterator[None]:
    with local_ray(4, Path(__file__).parent):
        yield


@pytest.fixture
def actors(ray: None) -> Iterator[Actors]:
    with Actors() as pool:
        yield pool
