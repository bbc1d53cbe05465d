"""One source for two kinds of workers, both kept busy from one thread."""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Split(Generic[T]):
    """A source read from two sides, each of which gets its own items. Neither runs more than `room` items ahead of the other.

    A side gives None when it has nothing at the moment, and ends with the source.
    """

    def __init__(self, source: Iterator[T | None], aside: Callable[[T], bool], room: int) -> None:
        self._source, self._aside, self._room = source, aside, room
        self._waiting: dict[bool, deque[T]] = {False: deque(), True: deque()}
        self._ended = False

    @property
    def has_aside(self) -> bool:
        """Whether an item for the other side is waiting there."""
        return bool(self._waiting[True])

    def side(self, aside: bool) -> Iterator[T | None]:
        """The items of one side, in order."""
        own, other = self._waiting[aside], self._waiting[not aside]
        while own or not self._ended:
            if not own and len(other) < self._room:
                self._pull()
            yield own.popleft() if own else None

    def _pull(self) -> None:
        try:
            item = next(self._source)
        except StopIteration:
            self._ended = True
            return
        if item is not None:
            self._waiting[self._aside(item)].append(item)


def together(first: Generator[R], second: Callable[[], Generator[R]], wanted: Callable[[], bool]) -> Generator[R]:
    """What two streams yield, in turns; the second is opened when it is first `wanted`. Closing it closes both."""
    with ExitStack() as stack:
        running = [stack.enter_context(closing(first))]
        opened = False
        while running:
            for stream in list(running):
                try:
                    yield next(stream)
                except StopIteration:
                    running.remove(stream)
            if not opened and wanted():
                opened = True
                running.append(stack.enter_context(closing(second())))
