"""Verdicts from killable workers in Ray actors, beside whatever else is going on."""

import queue
import threading
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from stillhouse.cluster.actors import Actors
from stillhouse.cluster.backlog import Failed
from stillhouse.cluster.dispatch import Finished, dispatch
from stillhouse.cluster.stops import Heard, nothing
from stillhouse.cluster.worker import Worker
from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace, Verdict, arrow_schema, to_table
from stillhouse.rollouts.lots import ROWS, Case, Lot
from stillhouse.verifiers.pool.pool import Pool
from stillhouse.verifiers.readings import as_read, as_ruled

WINDOW_PER_WORKER = 512  # cases
PAUSE_SECONDS = 0.05
CPUS = 0.1  # an actor's own share; its workers use what the engines leave
NONE = arrow_schema(Verdict).empty_table()


@dataclass
class _Open:
    """A lot that is being judged."""

    feed: str
    lot: Lot
    verdicts: list[Verdict] = field(default_factory=list)


class JudgeWorker(Worker[Lot, pa.Table]):
    """A pool of killable verifier processes. It judges in the order in which cases come; a lot's verdicts go back as one table."""

    def __init__(self, settings: Verify, workers: int, unsafe: bool) -> None:
        super().__init__()
        self._settings, self._workers, self._unsafe = settings, workers, unsafe
        self._todo: queue.SimpleQueue[_Open] = queue.SimpleQueue()
        self._dropped: set[tuple[str, str]] = set()
        threading.Thread(target=self._guarded, daemon=True).start()

    def begin(self, feed: str, items: list[tuple[str, Lot]]) -> None:
        for _, lot in items:
            self._todo.put(_Open(feed, lot))

    def drop(self, feed: str, keys: set[str]) -> None:
        self._dropped |= {(feed, key) for key in keys}

    def _guarded(self) -> None:
        try:
            self._serve()
        except BaseException as error:
            self.crash(error)

    def _serve(self) -> None:
        taken: deque[tuple[_Open, Case]] = deque()
        with Pool(self._workers, self._settings, unsafe=self._unsafe) as pool:
            for verdict in pool.judge(self._pairs(taken)):
                of, case = taken.popleft()
                of.verdicts.append(as_ruled(verdict, case.trace, case.review))
                if len(of.verdicts) == of.lot.rows:
                    self.finish(of.feed, of.lot.key, to_table(of.verdicts, Verdict))

    def _pairs(self, taken: deque[tuple[_Open, Case]]) -> Iterator[tuple[Problem, Trace] | None]:
        """What the pool is to judge; None when there is nothing at the moment."""
        while True:
            try:  # while verdicts are due nobody waits here for new cases: each verdict would wait as well
                of = self._todo.get(timeout=PAUSE_SECONDS) if not taken else self._todo.get_nowait()
            except queue.Empty:
                yield None
                continue
            if (of.feed, of.lot.key) in self._dropped:
                self._dropped.remove((of.feed, of.lot.key))
                continue
            for case in of.lot.cases():
                taken.append((of, case))
                yield as_read(case.problem, case.trace, case.review.reading)


def judged(
    lots: Iterator[Lot | None], settings: Verify, workers: int, actors: Actors, unsafe: bool, stopped: Heard = nothing, rows: int = ROWS
) -> Generator[pa.Table]:
    """Verdicts as they are given, in tables; an empty one now and then while nothing comes. None in `lots` means: nothing at the moment.

    stopped: gives the keys of lots that are no longer wanted. rows: how many cases a lot has at most. A lot on which workers were
    lost is judged again at the end, case by case; a case on which every worker was lost comes back as the outcome "error" with the reason.
    """
    key = f"verifiers {workers} {unsafe} {settings.model_dump_json()}"
    again: list[Lot] = []
    with actors.acquire(key, JudgeWorker, (settings, workers, unsafe), cpus=CPUS, gpus=0) as pools:
        for event in dispatch(pools, lots, lambda lot: lot.key, WINDOW_PER_WORKER * workers // rows, stopped=stopped):
            if isinstance(event, Finished):
                yield pa.concat_tables(event.results)
            elif isinstance(event, Failed) and event.item.rows > 1:
                again += event.item.alone()
            elif isinstance(event, Failed):
                yield to_table([_lost(case, event.reason) for case in event.item.cases()], Verdict)
            else:
                yield NONE
    if again:
        yield from judged(iter(again), settings, workers, actors, unsafe, stopped, rows=1)


def _lost(case: Case, reason: str) -> Verdict:
    verdict = Verdict(case.trace.id, case.problem.verifier, "", "error", 0.0, "", f"infrastructure: {reason}", 0.0, "")
    return as_ruled(verdict, case.trace, case.review)
