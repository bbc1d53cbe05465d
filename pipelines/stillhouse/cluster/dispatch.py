"""Hands items out to workers, each of them kept full, and yields what happens as typed events.

Guarantees: every item of the source ends once, as a result or as a failure with its reason, or is dropped where it was stopped; at most `window` items are
in a worker, and the source is asked only when there is room, so nothing piles up however slow the consumer or large the
source; what a dead worker held is handed out again, a bounded number of times; an item that a worker has lost is noticed.
"""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from stillhouse.cluster.actors import Actor, ActorDied, signals
from stillhouse.cluster.backlog import Backlog, Failed
from stillhouse.cluster.lane import Lane
from stillhouse.cluster.metrics import show
from stillhouse.cluster.stops import Heard, nothing
from stillhouse.cluster.worker import Batch, Worker
from stillhouse.errors import UserError
from stillhouse.progress import say

T = TypeVar("T")
R = TypeVar("R")
POLL_SECONDS = 0.1
TELL_SECONDS = 1.0
PATIENCE_SECONDS = 60.0  # how long an item may be out and unknown to its worker
SILENCE_SECONDS = 900.0  # a worker that says nothing for so long is taken for dead


@dataclass(frozen=True, slots=True)
class Finished(Generic[R]):
    """Results that have come in, in the order in which they ended."""

    results: list[R]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing has come for a moment: a chance to commit by time, or to stop."""


def dispatch(
    workers: Sequence[Actor[Worker[T, R]]],
    source: Iterator[T | None],
    key: Callable[[T], str],
    window: int,
    patience: float = PATIENCE_SECONDS,
    silence: float = SILENCE_SECONDS,
    stopped: Heard = nothing,
) -> Generator[Finished[R] | Failed[T] | Waiting]:
    """Yields events until every item of the source has ended. Closing it cancels what is still in the workers.

    source: gives None when it has nothing at the moment; it is asked again soon. key: the item's own name, of which
    there is one. stopped: gives the keys of items that are no longer wanted; nothing more is heard of them. Raises
    UserError when a worker cannot be made, or when the last one has died too often in a row.
    """
    run = _Dispatch(workers, Backlog(source, key), window, patience, silence, stopped)
    try:
        yield from run.events()
    finally:
        run.close()


class _Dispatch(Generic[T, R]):
    def __init__(
        self, workers: Sequence[Actor[Worker[T, R]]], backlog: Backlog[T], window: int, patience: float, silence: float, stopped: Heard
    ) -> None:
        self._lanes = [Lane(worker) for worker in workers]
        self._backlog, self._window = backlog, window
        self._patience, self._silence, self._stopped = patience, silence, stopped
        self._away = self._said_at = 0.0

    def events(self) -> Iterator[Finished[R] | Failed[T] | Waiting]:
        while True:
            self._drop(self._stopped())
            self._fill()
            if self._backlog.done:
                return
            self._tell()
            quiet = True
            for event in self._heard():
                quiet = False
                yield from self._timed(event)
            if quiet:
                yield from self._timed(Waiting())

    def _tell(self) -> None:
        """Now and then: how much is out, for whoever watches."""
        if (now := time.monotonic()) - self._said_at >= TELL_SECONDS:
            self._said_at = now
            show("stillhouse_in_workers", sum(len(lane.out) for lane in self._lanes), worker=self._lanes[0].actor.name)

    def _timed(self, event: Finished[R] | Failed[T] | Waiting) -> Iterator[Finished[R] | Failed[T] | Waiting]:
        """Yields it; the time that the consumer takes is nobody's silence."""
        left = time.monotonic()
        yield event
        self._away += time.monotonic() - left

    def _now(self) -> float:
        return time.monotonic() - self._away

    def close(self) -> None:
        show("stillhouse_in_workers", 0, worker=self._lanes[0].actor.name)
        for lane in self._lanes:
            lane.close()

    def _drop(self, keys: set[str]) -> None:
        if keys:
            self._backlog.drop(keys)
            for lane in self._lanes:
                lane.drop(keys)

    def _fill(self) -> None:
        for lane in self._lanes:
            if lane.ready and (room := lane.room(self._window)):
                group = [] if lane.out else self._backlog.suspects(self._window)
                if items := group or self._backlog.take(room):
                    lane.put(items, bool(group), self._now())

    def _heard(self) -> Iterator[Finished[R] | Failed[T]]:
        """Waits a moment for the workers; yields what they said."""
        import ray

        lanes = [lane for lane in self._lanes if not lane.given_up]
        awaited = [lane.awaited for lane in lanes]
        refs = list({id(ref): ref for ref in awaited}.values())  # lanes of one worker wait for the same start
        with signals():
            ready, _ = ray.wait(refs, num_returns=len(refs), timeout=POLL_SECONDS)
        said = {id(ref) for ref in ready}
        for lane, ref in zip(lanes, awaited, strict=True):
            if id(ref) in said:
                yield from self._receive(lane)
            elif lane.ready and self._now() - lane.heard > self._silence:
                yield from self._died(lane, f"it said nothing for {self._silence:g} s")

    def _receive(self, lane: Lane[T, R]) -> Iterator[Finished[R] | Failed[T]]:
        import ray

        starting = not lane.ready
        try:
            batch = lane.receive(self._now())
        except (ActorDied, StopIteration) as error:
            yield from self._died(lane, str(error) or "its results ended")
        except ray.exceptions.RayTaskError as error:
            if starting:
                raise
            yield from self._died(lane, str(error).strip().splitlines()[-1])
        else:
            yield from self._told(lane, batch)

    def _told(self, lane: Lane[T, R], batch: Batch[R]) -> Iterator[Finished[R] | Failed[T]]:
        results: list[R] = []
        for key, result in batch.finished:
            if lane.finish(key) is not None:
                self._backlog.finished(key)
                results.append(result)
        if results:
            yield Finished(results)
        for key, reason in batch.failed:
            if (item := lane.finish(key)) is not None:
                self._backlog.finished(key)
                yield Failed(item, reason)
        if batch.held is not None:
            for key, item in lane.missing(batch.held, self._now() - self._patience):
                say(f"  {lane.actor.name}: an item was lost on the way and is handed out again")
                yield from self._backlog.lost(key, item)

    def _died(self, lane: Lane[T, R], reason: str) -> Iterator[Failed[T]]:
        held, alone = lane.restart()
        name = lane.actor.name
        say(f"  {name} died and is {'given up' if lane.given_up else 'started again'}: {reason}")
        yield from self._backlog.died(held, alone, reason)
        if all(other.given_up for other in self._lanes):
            raise UserError(f"{name} died too often in a row, the last time thus: {reason}.", "Give it more memory, or smaller batches.")
