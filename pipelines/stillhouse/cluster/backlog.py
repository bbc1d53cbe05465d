"""What is to be handed out: items that came back first, then the source's.

An item that was in a worker when it died is handed out again. Which of a worker's items killed it is not known, so items
that have seen two deaths are handed out in groups that a worker holds alone; a group whose worker dies is halved. What
kills its worker when it is alone, twice, is given up with the reason. So one poisoned item costs itself and a handful
of restarts, and its neighbours cost nothing.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
FREE_DEATHS = 2
DEATHS_ALONE = 2
LOSSES = 3


@dataclass(frozen=True, slots=True)
class Failed(Generic[T]):
    """An item that will have no result, and why."""

    item: T
    reason: str


class Backlog(Generic[T]):
    """Items with their keys, each out at most once at a time."""

    def __init__(self, source: Iterator[T | None], key: Callable[[T], str]) -> None:
        self._source, self._key = source, key
        self._back: deque[tuple[str, T]] = deque()
        self._suspects: deque[list[tuple[str, T]]] = deque()
        self._out: set[str] = set()
        self._deaths: Counter[str] = Counter()
        self._alone: Counter[str] = Counter()
        self._losses: Counter[str] = Counter()
        self._ended = False

    @property
    def done(self) -> bool:
        """Whether nothing is to be handed out any more and nothing is out."""
        return self._ended and not (self._out or self._back or self._suspects)

    def suspects(self, room: int) -> list[tuple[str, T]]:
        """A group that must be alone in a worker, if there is one."""
        if self._suspects and len(self._suspects[0]) > room:
            group = self._suspects.popleft()
            self._suspects.extendleft([group[room:], group[:room]])
        return self._take(self._suspects.popleft()) if self._suspects else []

    def take(self, room: int) -> list[tuple[str, T]]:
        """At most `room` items; fewer when the source has none at the moment."""
        taken: list[tuple[str, T]] = []
        while len(taken) < room and self._back:
            taken.append(self._back.popleft())
        while len(taken) < room and not self._ended:
            try:
                item = next(self._source)
            except StopIteration:
                self._ended = True
                break
            if item is None:
                break
            taken.append((self._key(item), item))
        return self._take(taken)

    def finished(self, key: str) -> None:
        """An item is done with."""
        self._out.discard(key)
        if self._deaths:
            del self._deaths[key], self._alone[key], self._losses[key]

    def drop(self, keys: set[str]) -> None:
        """Forgets items that are no longer wanted."""
        self._out -= keys
        self._back = deque(pair for pair in self._back if pair[0] not in keys)
        groups = ([pair for pair in group if pair[0] not in keys] for group in self._suspects)
        self._suspects = deque(group for group in groups if group)

    def died(self, items: list[tuple[str, T]], alone: bool, reason: str) -> list[Failed[T]]:
        """Takes back what a worker held when it died; gives what is given up."""
        self._out.difference_update(key for key, _ in items)
        if alone:
            return self._suspected(items, reason)
        self._deaths.update(key for key, _ in items)
        self._back.extend(pair for pair in items if self._deaths[pair[0]] < FREE_DEATHS)
        self._halve([pair for pair in items if self._deaths[pair[0]] >= FREE_DEATHS])
        return []

    def lost(self, key: str, item: T) -> list[Failed[T]]:
        """Takes back an item that its worker does not know; gives it as failed when that has happened too often."""
        self._out.discard(key)
        self._losses[key] += 1
        if self._losses[key] >= LOSSES:
            return [Failed(item, f"it was handed out {LOSSES} times and got lost each time")]
        self._back.append((key, item))
        return []

    def _suspected(self, items: list[tuple[str, T]], reason: str) -> list[Failed[T]]:
        if len(items) > 1:
            self._halve(items)
            return []
        for key, item in items:
            self._alone[key] += 1
            if self._alone[key] >= DEATHS_ALONE:
                return [Failed(item, f"its worker died each time: {reason}")]
            self._suspects.append([(key, item)])
        return []

    def _halve(self, items: list[tuple[str, T]]) -> None:
        middle = (len(items) + 1) // 2
        self._suspects.extend(half for half in (items[:middle], items[middle:]) if half)

    def _take(self, items: list[tuple[str, T]]) -> list[tuple[str, T]]:
        for key, _ in items:
            if key in self._out:
                raise RuntimeError(f"two items have the key {key!r}")
            self._out.add(key)
        return items
