"""What every test shares: quiet libraries, no network, and toys."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from stillhouse.cluster.actors import Actors

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["PREFECT_LOGGING_TO_API_ENABLED"] = "false"
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"


@pytest.fixture(scope="module")
def ray(request: pytest.FixtureRequest) -> Iterator[None]:
    """A local Ray, one for each file of tests."""
    from ray_head import local_ray

    with local_ray(4, request.path.parent):
        yield


@pytest.fixture
def actors(ray: None) -> "Iterator[Actors]":
    """Actors on that Ray."""
    from stillhouse.cluster.actors import Actors

    with Actors() as pool:
        yield pool
