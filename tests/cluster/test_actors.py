"""Actors of several kinds on one small cluster: shared, kept, ended for others, waited for."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType

import pytest
from workers import Doubler, Misconfigured

from stillhouse.cluster.actors import ActorDied, Actors, watch
from stillhouse.errors import UserError


class Counting:
    """Counts to 3, but the first process that tries dies in the middle."""

    def __init__(self, mark: str) -> None:
        self._mark = mark

    def count(self) -> Iterator[int]:
        for number in range(3):
            yield number
            if number == 1 and not os.path.exists(self._mark):
                open(self._mark, "w").close()
                time.sleep(0.5)  # what was yielded is on its way
                os.kill(os.getpid(), signal.SIGKILL)


class Slow:
    """Yields nothing for five seconds."""

    def wait(self) -> Iterator[int]:
        time.sleep(5)
        yield 1


class Told(Exception):
    """What a handler of the test's own raises."""


def test_what_a_signals_handler_raises_while_ray_is_waited_for_goes_on_as_it_is(actors: Actors) -> None:
    def tell(number: int, frame: FrameType | None) -> None:
        raise Told

    before = signal.signal(signal.SIGALRM, tell)
    try:
        with actors.acquire("slow", Slow, (), cpus=1, gpus=0) as (actor,):
            actor.check_started()
            signal.alarm(1)
            with pytest.raises(Told):
                next(watch(actor, "wait"))
            actor.kill()
    finally:
        signal.signal(signal.SIGALRM, before)


def pid(actors: Actors, key: str, cpus: float = 1.0) -> int:
    with actors.acquire(key, Doubler, (), cpus=cpus, gpus=0) as (actor,):
        return int(str(actor.call("pid")))


def test_many_kinds_are_alive_at_once(actors: Actors) -> None:
    assert len({pid(actors, f"kind{i}", cpus=0.25) for i in range(4)}) == 4


def test_an_idle_actor_is_kept_for_the_next_user(actors: Actors) -> None:
    assert pid(actors, "teacher") == pid(actors, "teacher")


def test_users_at_the_same_time_share_an_actor(actors: Actors) -> None:
    with actors.acquire("teacher", Doubler, (), cpus=3, gpus=0) as (one,), actors.acquire("teacher", Doubler, (), cpus=3, gpus=0) as (two,):
        assert one is two


def test_the_least_recently_used_makes_room(actors: Actors) -> None:
    first, second = pid(actors, "first", 2), pid(actors, "second", 2)
    assert pid(actors, "first", 2) == first
    pid(actors, "third", 2)
    assert pid(actors, "first", 2) == first
    assert pid(actors, "second", 2) != second


def test_what_is_in_use_is_waited_for(actors: Actors) -> None:
    order: list[str] = []

    def train() -> None:
        with actors.acquire("train", Doubler, (), cpus=4, gpus=0) as (actor,):
            actor.check_started()
            order.append("train")

    with actors.acquire("teacher", Doubler, (), cpus=2, gpus=0) as (actor,):
        thread = threading.Thread(target=train)
        thread.start()
        time.sleep(1.5)
        actor.call("pid")
        order.append("teacher")
    thread.join(60)
    assert order == ["teacher", "train"]


def test_more_than_the_cluster_has_is_one_line(actors: Actors) -> None:
    with (
        pytest.raises(UserError, match=r"4 GPUs are asked for at once, and the cluster has 4 and 0"),
        actors.acquire("x", Doubler, (), 1, 4),
    ):
        pass


def test_an_actor_whose_use_failed_is_not_kept(actors: Actors) -> None:
    with pytest.raises(UserError, match="floot16"), actors.acquire("m", Misconfigured, (), cpus=1, gpus=0) as (actor,):
        actor.check_started()
    assert pid(actors, "m")


def test_a_stream_begins_again_when_its_process_dies(actors: Actors, tmp_path: object) -> None:
    with actors.acquire("c", Counting, (f"{tmp_path}/died",), cpus=1, gpus=0) as (actor,):
        assert list(watch(actor, "count")) == [0, 1, 0, 1, 2]


def test_a_death_is_told_and_only_one_user_makes_the_actor_again(actors: Actors) -> None:
    with actors.acquire("d", Doubler, (), cpus=1, gpus=0) as (actor,):
        os.kill(int(str(actor.call("pid"))), signal.SIGKILL)
        with pytest.raises(ActorDied):
            actor.call("pid")
        actor.restart(0)
        again = actor.call("pid")
        actor.restart(0)
        assert actor.call("pid") == again
