"""An engine that only waits: answers come after long-tailed times, and some items fail."""

import heapq
import itertools
import random
import threading
import time

from stillhouse.cluster.worker import Worker


class SimWorker(Worker[str, str]):
    """Answers items after lognormal times around `seconds`; the share `faults` of them fails."""

    def __init__(self, seconds: float, faults: float) -> None:
        super().__init__()
        self._seconds, self._faults = seconds, faults
        self._draw = random.Random(7)
        self._order = itertools.count()
        self._due: list[tuple[float, int, str, str]] = []
        self._lock = threading.Lock()
        threading.Thread(target=self._serve, daemon=True).start()

    def begin(self, feed: str, items: list[tuple[str, str]]) -> None:
        now = time.monotonic()
        with self._lock:
            for key, _ in items:
                heapq.heappush(self._due, (now + self._seconds * self._draw.lognormvariate(0, 1), next(self._order), feed, key))

    def drop(self, feed: str, keys: set[str]) -> None: ...

    def _serve(self) -> None:
        while True:
            for feed, key in self._ended():
                if self._draw.random() < self._faults:
                    self.fail(feed, key, "a fault")
                else:
                    self.finish(feed, key, key)
            time.sleep(0.05)

    def _ended(self) -> list[tuple[str, str]]:
        now, found = time.monotonic(), []
        with self._lock:
            while self._due and self._due[0][0] <= now:
                _, _, feed, key = heapq.heappop(self._due)
                found.append((feed, key))
        return found
