"""The worker's side of `dispatch`: items come in, results go out in batches, and what is still held is told every few seconds.

One worker serves several users at once, each through a feed of its own. The limit of every feed is its user's window:
results that nobody reads yet count as unfinished there.
"""

import pickle
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from stillhouse.errors import UserError

T = TypeVar("T")
R = TypeVar("R")
GATHER_SECONDS = 5.0  # results that end within so long travel together, unless a quarter of what the worker had has ended
BEAT_SECONDS = 2.0  # how often a feed tells what it holds


@dataclass(frozen=True, slots=True)
class Batch(Generic[R]):
    """What a worker says: results by key, failures with their reasons, and now and then the keys that it holds."""

    finished: list[tuple[str, R]]
    failed: list[tuple[str, str]]
    held: frozenset[str] | None = None


@dataclass
class _Feed(Generic[R]):
    """One user's. All feeds share the worker's lock, and each has its own readers to wake."""

    changed: threading.Condition
    held: set[str] = field(default_factory=set)
    finished: list[tuple[str, R]] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    closed: bool = False

    def ready(self) -> int:
        return len(self.finished) + len(self.failed)

    def quarter_done(self) -> bool:
        return 3 * self.ready() >= len(self.held)

    def take(self, tell: bool) -> Batch[R]:
        batch = Batch(self.finished, self.failed, frozenset(self.held) if tell else None)
        self.finished, self.failed = [], []
        return batch


class Worker(ABC, Generic[T, R]):
    """Base of what `dispatch` hands work to. A subclass says how work begins (`begin`) and ends early (`drop`).

    It reports each item once, with `finish` or `fail`, from any thread, and its own end with `crash`.
    """

    def __init__(self) -> None:
        self._feeds: dict[str, _Feed[R]] = {}
        self._lock = threading.RLock()
        self._error: BaseException | None = None

    @abstractmethod
    def begin(self, feed: str, items: list[tuple[str, T]]) -> None:
        """Starts on items, given with their keys, and returns soon."""

    @abstractmethod
    def drop(self, feed: str, keys: set[str]) -> None:
        """Stops work on these items where it can; what they would still report is ignored."""

    def put(self, feed: str, pickled: bytes) -> None:
        """Takes items in."""
        try:
            items: list[tuple[str, T]] = pickle.loads(pickled)
            with self._lock:
                state = self._feed(feed)
                if state.closed:
                    return
                state.held.update(key for key, _ in items)
            self.begin(feed, items)
        except Exception as error:  # nobody waits for this call: the reader of the results must hear of it
            self.crash(error)

    def results(self, feed: str) -> Iterator[Batch[R]]:
        """Batches as they come, until the feed is cancelled. Raises what `crash` was given, after what had ended by then."""
        told = 0.0
        while True:
            with self._lock:
                state = self._feed(feed)
                self._wait(state)
                if self._error is not None and not state.ready():
                    raise self._error
                if state.closed:
                    return
                tell = time.monotonic() - told >= BEAT_SECONDS
                batch = state.take(tell)
            told = time.monotonic() if tell else told
            yield batch

    def cancel(self, feed: str, keys: list[str] | None = None) -> None:
        """Stops work on some of a feed's items, or on all of them, which ends the feed."""
        with self._lock:
            state = self._feed(feed)
            dropped = state.held & set(keys) if keys is not None else set(state.held)
            state.held -= dropped
            if keys is None:
                state.closed = True
                state.take(tell=False)
            state.changed.notify_all()
        self.drop(feed, dropped)

    def finish(self, feed: str, key: str, result: R) -> None:
        """An item's result."""
        with self._lock:
            state = self._feeds[feed]
            if key in state.held and self._error is None:
                state.held.remove(key)
                state.finished.append((key, result))
                self._notify(state)

    def fail(self, feed: str, key: str, reason: str) -> None:
        """An item has no result, and trying again would not help."""
        with self._lock:
            state = self._feeds[feed]
            if key in state.held and self._error is None:
                state.held.remove(key)
                state.failed.append((key, reason))
                self._notify(state)

    def crash(self, error: BaseException) -> None:
        """The worker cannot go on; whoever reads its results is told. What would end after this does not count."""
        with self._lock:
            self._error = error if isinstance(error, UserError) else RuntimeError(f"{type(error).__name__}: {error}")
            for state in self._feeds.values():
                state.changed.notify_all()

    def _feed(self, feed: str) -> _Feed[R]:
        if feed not in self._feeds:
            self._feeds[feed] = _Feed(threading.Condition(self._lock))
        return self._feeds[feed]

    def _notify(self, state: _Feed[R]) -> None:
        if state.ready() == 1 or state.quarter_done():
            state.changed.notify_all()

    def _wait(self, state: _Feed[R]) -> None:
        """Waits for a first result, and then for others to go with it, but not until the worker has nothing left to do."""

        def ended() -> bool:
            return state.closed or self._error is not None

        if state.changed.wait_for(lambda: ended() or state.ready() > 0, BEAT_SECONDS):
            state.changed.wait_for(lambda: ended() or state.quarter_done(), GATHER_SECONDS)
