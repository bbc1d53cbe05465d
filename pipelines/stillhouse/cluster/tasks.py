"""Plain functions run on actors: `map` over calls, results in order. For work that is cut into tasks beforehand."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence

from stillhouse.cluster.actors import Actor
from stillhouse.cluster.backlog import Failed
from stillhouse.cluster.dispatch import Finished, dispatch
from stillhouse.cluster.worker import Worker

Task = tuple[int, Callable[..., object], tuple[object, ...]]
WINDOW = 2


class TaskWorker(Worker[Task, tuple[int, object]]):
    """Runs one task after the other in a thread of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._todo: queue.SimpleQueue[tuple[str, str, Task]] = queue.SimpleQueue()
        self._dropped: set[tuple[str, str]] = set()
        threading.Thread(target=self._serve, daemon=True).start()

    def begin(self, feed: str, items: list[tuple[str, Task]]) -> None:
        for key, task in items:
            self._todo.put((feed, key, task))

    def drop(self, feed: str, keys: set[str]) -> None:
        self._dropped |= {(feed, key) for key in keys}

    def _serve(self) -> None:
        while True:
            feed, key, (index, function, arguments) = self._todo.get()
            if (feed, key) in self._dropped:
                continue
            try:
                self.finish(feed, key, (index, function(*arguments)))
            except Exception as error:
                self.fail(feed, key, f"{type(error).__name__}: {error}")


def run_tasks(workers: Sequence[Actor[TaskWorker]], function: Callable[..., object], calls: Sequence[tuple[object, ...]]) -> list[object]:
    """The function's result for each tuple of arguments, in order. Raises RuntimeError for a call that failed."""
    results: list[object] = [None] * len(calls)
    source: Iterator[Task] = ((index, function, call) for index, call in enumerate(calls))
    for event in dispatch(workers, source, lambda task: str(task[0]), WINDOW):
        if isinstance(event, Failed):
            raise RuntimeError(f"a task failed: {event.reason}")
        if isinstance(event, Finished):
            for index, result in event.results:
                results[index] = result
    return results
