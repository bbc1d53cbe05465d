"""One worker as `dispatch` sees it: starting or at work, what it holds, and when it was last heard of."""

import pickle
import uuid
from collections.abc import Iterator
from typing import Generic, TypeVar

from stillhouse.cluster.actors import Actor, Ref, fetch_next
from stillhouse.cluster.worker import Batch, Worker

T = TypeVar("T")
R = TypeVar("R")
STARTS = 3  # deaths in a row before the worker was ever ready
DEATHS = 6  # deaths in a row without a single result


class Lane(Generic[T, R]):
    """The way to one worker and back. `alone` says that its items must end before it gets others."""

    def __init__(self, actor: Actor[Worker[T, R]]) -> None:
        self.actor = actor
        self.out: dict[str, tuple[T, float]] = {}
        self.alone = False
        self.given_up = False
        self.heard = 0.0
        self._deaths = 0
        self._begin()

    def _begin(self) -> None:
        self._generation = self.actor.generation
        self._started = self.actor.started
        self._feed = uuid.uuid4().hex
        self._stream: Iterator[Ref] | None = None

    @property
    def ready(self) -> bool:
        """Whether it takes items."""
        return self._stream is not None and not self.given_up

    @property
    def awaited(self) -> object:
        """What Ray's `wait` waits for: the worker's start, or its next batch."""
        return self._started if self._stream is None else self._stream

    def room(self, window: int) -> int:
        """How many items it may still get."""
        return 0 if self.alone and self.out else window - len(self.out)

    def put(self, items: list[tuple[str, T]], alone: bool, now: float) -> None:
        """Hands items out, pickled here: Ray's own pickler asks Python about every object in them."""
        self.alone = alone
        self.out.update((key, (item, now)) for key, item in items)
        self.actor.send("put", self._feed, pickle.dumps(items, pickle.HIGHEST_PROTOCOL))

    def receive(self, now: float) -> Batch[R]:
        """What has come: an empty batch when the worker has just started. Raises what ended the worker."""
        self.heard = now
        if self._stream is None:
            self.actor.check_started()
            self._stream = self.actor.open("results", self._feed)
            return Batch([], [])
        batch = fetch_next(self._stream)
        assert isinstance(batch, Batch)
        if batch.finished or batch.failed:
            self._deaths = 0
        return batch

    def finish(self, key: str) -> T | None:
        """The item of this key, which is now done with; none where this worker does not owe it (any more)."""
        found = self.out.pop(key, None)
        return found[0] if found else None

    def drop(self, keys: set[str]) -> None:
        """Takes back items that are no longer wanted; the worker stops them where it can."""
        gone = [key for key in self.out if key in keys]
        for key in gone:
            del self.out[key]
        if gone:
            self.actor.send("cancel", self._feed, gone)

    def missing(self, held: frozenset[str], handed_before: float) -> list[tuple[str, T]]:
        """Items handed out before then that the worker does not know; they are no longer out."""
        gone = [(key, item) for key, (item, at) in self.out.items() if at < handed_before and key not in held]
        for key, _ in gone:
            del self.out[key]
        return gone

    def restart(self) -> tuple[list[tuple[str, T]], bool]:
        """Makes the worker again, or gives it up after too many deaths in a row. Returns what it held and whether alone."""
        held = [(key, item) for key, (item, _) in self.out.items()]
        alone, started = self.alone, self._stream is not None
        self.out, self.alone = {}, False
        self._deaths += 1
        if self._deaths >= (DEATHS if started else STARTS):
            self.given_up = True
            self.actor.kill()
        else:
            self.actor.restart(self._generation)
            self._begin()
        return held, alone

    def close(self) -> None:
        """Cancels what the worker still holds."""
        if self._stream is not None and not self.given_up:
            self.actor.send("cancel", self._feed)
