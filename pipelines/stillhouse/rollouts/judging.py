"""Verdicts from killable workers in Ray actors, beside whatever else is going on."""

import queue
import threading
from collections.abc import Generator, Iterator

from stillhouse.cluster.actors import Actors
from stillhouse.cluster.backlog import Failed
from stillhouse.cluster.dispatch import Finished, dispatch
from stillhouse.cluster.stops import Heard, nothing
from stillhouse.cluster.worker import Worker
from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace, Verdict
from stillhouse.rollouts.reviews import Case
from stillhouse.verifiers.pool.pool import Pool
from stillhouse.verifiers.readings import as_read, as_ruled

WINDOW_PER_WORKER = 256
PAUSE_SECONDS = 0.05
CPUS = 0.1  # an actor's own share; its workers use what the engines leave


class JudgeWorker(Worker[Case, Verdict]):
    """A pool of killable verifier processes. It judges in the order in which cases come."""

    def __init__(self, settings: Verify, workers: int, unsafe: bool) -> None:
        super().__init__()
        self._settings, self._workers, self._unsafe = settings, workers, unsafe
        self._todo: queue.SimpleQueue[tuple[str, str, Case]] = queue.SimpleQueue()
        self._dropped: set[tuple[str, str]] = set()
        threading.Thread(target=self._guarded, daemon=True).start()

    def begin(self, feed: str, items: list[tuple[str, Case]]) -> None:
        for key, case in items:
            self._todo.put((feed, key, case))

    def drop(self, feed: str, keys: set[str]) -> None:
        self._dropped |= {(feed, key) for key in keys}

    def _guarded(self) -> None:
        try:
            self._serve()
        except BaseException as error:
            self.crash(error)

    def _serve(self) -> None:
        taken: queue.SimpleQueue[tuple[str, str, Case]] = queue.SimpleQueue()
        with Pool(self._workers, self._settings, unsafe=self._unsafe) as pool:
            for verdict in pool.judge(self._pairs(taken)):
                feed, key, case = taken.get()
                self.finish(feed, key, as_ruled(verdict, case.trace, case.review))

    def _pairs(self, taken: "queue.SimpleQueue[tuple[str, str, Case]]") -> Iterator[tuple[Problem, Trace] | None]:
        """What the pool is to judge; None when there is nothing at the moment."""
        while True:
            try:  # while verdicts are due nobody waits here for new cases: each verdict would wait as well
                feed, key, case = self._todo.get(timeout=PAUSE_SECONDS if taken.empty() else 0)
            except queue.Empty:
                yield None
                continue
            if (feed, key) in self._dropped:
                self._dropped.remove((feed, key))
                continue
            taken.put((feed, key, case))
            yield as_read(case.problem, case.trace, case.review.reading)


def judged(
    cases: Iterator[Case | None], settings: Verify, workers: int, actors: Actors, unsafe: bool, stopped: Heard = nothing
) -> Generator[list[Verdict]]:
    """Verdicts as they are given, in lists; an empty one now and then while nothing comes. None in `cases` means: nothing at the moment.

    stopped: gives the ids of reviews that are no longer wanted. A case on which every worker was lost comes back as the outcome "error" with the reason.
    """
    key = f"verifiers {workers} {unsafe} {settings.model_dump_json()}"
    with actors.acquire(key, JudgeWorker, (settings, workers, unsafe), cpus=CPUS, gpus=0) as pools:
        for event in dispatch(pools, cases, lambda case: case.review.id, WINDOW_PER_WORKER * workers, stopped=stopped):
            if isinstance(event, Finished):
                yield event.results
            elif isinstance(event, Failed):
                yield [_lost(event.item, event.reason)]
            else:
                yield []


def _lost(case: Case, reason: str) -> Verdict:
    verdict = Verdict(case.trace.id, case.problem.verifier, "", "error", 0.0, "", f"infrastructure: {reason}", 0.0, "")
    return as_ruled(verdict, case.trace, case.review)
