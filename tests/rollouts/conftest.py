"""One local Ray for the tests of rollouts."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from stillhouse.cluster.actors import Actors
from stillhouse.cluster.session import join, leave
from stillhouse.recipe.sections import Cluster


@pytest.fixture(scope="session")
def ray() -> Iterator[None]:
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    join(Cluster(num_cpus=4))
    yield
    leave()


@pytest.fixture
def actors(ray: None) -> Iterator[Actors]:
    with Actors() as pool:
        yield pool
