"""Deduplication by bands over Ray gives what one machine gives."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from stillhouse.cluster.actors import Actors
from stillhouse.cluster.session import join, leave
from stillhouse.curation.dedup import dedup
from stillhouse.curation.dedup.distributed import RayTasks, dedup_by_bands
from stillhouse.errors import UserError
from stillhouse.recipe.dedup import Dedup, Near, Semantic
from stillhouse.recipe.sections import Cluster


class Here:
    """Runs tasks in this process."""

    def map(self, function: Callable[..., Any], calls: list[tuple[Any, ...]]) -> list[Any]:
        return [function(*call) for call in calls]


def corpus() -> list[str]:
    draw = random.Random(5)
    words = [a + b + c for a in "bcdfg" for b in "aeiou" for c in "klmnp"]
    texts = []
    for _ in range(50):
        base = draw.choices(words, k=60)
        texts += [" ".join(draw.choice(words) if draw.random() < 0.02 else word for word in base) for _ in range(4)]
    texts += [*texts[:7], "", "one"]
    draw.shuffle(texts)
    return texts


def parts(texts: list[str], size: int) -> list[list[str]]:
    return [texts[i : i + size] for i in range(0, len(texts), size)]


@pytest.mark.parametrize("settings", [Dedup(), Dedup(keep="longest", near=Near(threshold=0.6)), Dedup(near=None), Dedup(exact=False)])
def test_bands_give_the_groups_of_one_machine(settings: Dedup) -> None:
    texts = corpus()
    ids = [f"t{i}" for i in range(len(texts))]
    alone = dedup(ids, texts, settings)
    assert alone
    assert dedup_by_bands(ids, parts(texts, 17), settings, Here()) == alone
    assert dedup_by_bands(ids, parts(texts, 1000), settings, Here()) == alone


@pytest.fixture
def actors() -> Iterator[Actors]:
    join(Cluster(num_cpus=2))
    with Actors() as pool:
        yield pool
    leave()


def test_bands_over_ray_give_the_same(actors: Actors) -> None:
    texts = corpus()
    ids = [f"t{i}" for i in range(len(texts))]
    assert dedup_by_bands(ids, parts(texts, 60), Dedup(), RayTasks(actors, 2)) == dedup(ids, texts, Dedup())


def test_semantic_is_refused() -> None:
    with pytest.raises(UserError, match="does not run by bands"):
        dedup_by_bands([], [[]], Dedup(semantic=Semantic()), Here())
