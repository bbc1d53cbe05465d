"""Work handed out on real Ray: nothing is lost, nothing is doubled, and one bad item is one bad row."""

import os
import signal
import time
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pytest
from workers import Broken, Choosy, Crashing, Doubler, Forgetful, Misconfigured, Poisoned, Stillborn

from stillhouse.cluster.actors import Actor, Actors
from stillhouse.cluster.backlog import Failed
from stillhouse.cluster.dispatch import Finished, Waiting, dispatch
from stillhouse.errors import UserError

WINDOW = 8


def drain(workers: list[Actor[Doubler]], source: Iterator[int | None], patience: float = 60.0) -> tuple[list[int], dict[int, str]]:
    """The items that were answered, in order of size, and those that failed with their reasons."""
    answered: list[int] = []
    failed: dict[int, str] = {}
    for event in dispatch(workers, source, str, WINDOW, patience):
        if isinstance(event, Finished):
            assert all(doubled == 2 * item for item, doubled in event.results)
            answered += [item for item, _ in event.results]
        elif isinstance(event, Failed):
            failed[event.item] = event.reason
    return sorted(answered), failed


def test_every_item_is_answered_once(actors: Actors) -> None:
    with actors.acquire("d", Doubler, (), cpus=0.5, gpus=0, count=3) as workers:
        assert drain(workers, iter(range(1000))) == (list(range(1000)), {})


def test_a_killed_worker_loses_nothing(actors: Actors) -> None:
    with actors.acquire("d", Doubler, ("", 0.3), cpus=0.5, gpus=0, count=2) as workers:
        for worker in workers:
            worker.check_started()
        pid = workers[0].call("pid")
        answered: list[int] = []
        for event in dispatch(workers, iter(range(60)), str, WINDOW):
            if isinstance(event, Finished):
                answered += [item for item, _ in event.results]
                if pid:
                    os.kill(int(str(pid)), signal.SIGKILL)
                    pid = 0
        assert sorted(answered) == list(range(60))


@pytest.mark.parametrize(("kind", "reason"), [(Poisoned, "its worker died each time"), (Crashing, "ValueError: thirteen")])
def test_a_poisoned_item_is_one_row_with_a_reason(actors: Actors, kind: type[Doubler], reason: str) -> None:
    with actors.acquire("p", kind, (), cpus=0.5, gpus=0, count=2) as workers:
        answered, failed = drain(workers, iter(range(40)))
    assert answered == [i for i in range(40) if i != 13]
    assert list(failed) == [13]
    assert reason in failed[13]


def test_an_item_without_a_result_is_a_row_with_a_reason(actors: Actors) -> None:
    with actors.acquire("c", Choosy, (), cpus=0.5, gpus=0) as workers:
        assert drain(workers, iter(range(20))) == ([i for i in range(20) if i != 13], {13: "thirteen"})


def test_a_lost_hand_out_is_noticed(actors: Actors, tmp_path: Path) -> None:
    with actors.acquire("f", Forgetful, (str(tmp_path),), cpus=0.5, gpus=0) as workers:
        answered, failed = drain(workers, iter(range(20)), patience=0.5)
    assert answered == [i for i in range(20) if i != 14]
    assert "got lost" in failed[14]


def test_what_the_user_did_wrong_is_told_as_it_is(actors: Actors) -> None:
    with pytest.raises(UserError, match="floot16"), actors.acquire("m", Misconfigured, (), cpus=0.5, gpus=0) as workers:
        drain(workers, iter(range(3)))


def test_a_worker_that_never_starts_ends_the_work(actors: Actors) -> None:
    with pytest.raises(UserError, match="died too often"), actors.acquire("s", Stillborn, (), cpus=0.5, gpus=0) as workers:
        drain(workers, iter(range(3)))


def test_a_worker_that_takes_nothing_in_is_not_waited_for(actors: Actors) -> None:
    with pytest.raises(UserError, match="TypeError: a bug"), actors.acquire("b", Broken, (), cpus=0.5, gpus=0) as workers:
        drain(workers, iter(range(3)))


def test_no_more_is_out_than_the_window_however_slow_the_consumer(actors: Actors) -> None:
    taken = 0

    def source() -> Iterator[int | None]:
        nonlocal taken
        while taken < 120:
            taken += 1
            yield taken

    seen = 0
    with actors.acquire("d", Doubler, (), cpus=0.5, gpus=0, count=2) as workers:
        for event in dispatch(workers, source(), str, WINDOW):
            if isinstance(event, Finished):
                seen += len(event.results)
                time.sleep(0.05)
            assert taken - seen <= 2 * WINDOW + (len(event.results) if isinstance(event, Finished) else 0)
        assert max(int(str(worker.call("most"))) for worker in workers) <= WINDOW
    assert seen == 120


def test_results_flow_while_the_source_has_nothing(actors: Actors) -> None:
    ready: list[int | None] = [1, 2, None, None]

    def source() -> Iterator[int | None]:
        yield from ready
        while not answered:
            yield None
        yield 3

    answered: list[int] = []
    waited = 0
    with actors.acquire("d", Doubler, (), cpus=0.5, gpus=0) as workers:
        for event in dispatch(workers, source(), str, WINDOW):
            waited += isinstance(event, Waiting)
            if isinstance(event, Finished):
                answered += [item for item, _ in event.results]
    assert sorted(answered) == [1, 2, 3]
    assert waited


def test_closing_cancels_what_is_in_the_workers(actors: Actors) -> None:
    with actors.acquire("slow", Doubler, ("", 3600.0), cpus=0.5, gpus=0) as workers:
        events = dispatch(workers, iter(range(100)), str, WINDOW)
        while not int(str(workers[0].call("most"))):
            next(events)
        events.close()
        assert workers[0].call("dropped") == WINDOW


def test_two_users_of_a_worker_get_their_own_results(actors: Actors) -> None:
    with actors.acquire("d", Doubler, ("", 0.05), cpus=0.5, gpus=0) as workers:
        one = dispatch(workers, iter(range(50)), str, WINDOW)
        two = dispatch(workers, iter(range(1000, 1050)), str, WINDOW)
        found: tuple[list[int], list[int]] = ([], [])
        for pair in zip_longest(one, two):
            for event, into in zip(pair, found, strict=True):
                if isinstance(event, Finished):
                    into += [item for item, _ in event.results]
    assert sorted(found[0]) == list(range(50))
    assert sorted(found[1]) == list(range(1000, 1050))
