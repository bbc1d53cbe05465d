"""Judges traces in killable workers, in order, and loses no verdict and no worker for good.

Guarantees: nothing that a model wrote is parsed in the calling process; each judgement has its own CPU-time
and memory limit; only the trace that broke a limit gets `timeout` or `error`; a worker that is lost for
another reason (killed from outside, stuck without using CPU) has its chunk judged again. It starts no thread,
sets no signal and forks nothing, so it works inside a Ray actor. The limit: one `judge` at a time per pool.
"""

import itertools
import selectors
import time
from collections import deque
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any

from stillhouse.errors import UserError
from stillhouse.recipe.verification import Verify
from stillhouse.records import OUTCOMES, Problem, Trace, Verdict
from stillhouse.verifiers import registry
from stillhouse.verifiers.handle import Handle, Task, start

CHUNK = 16
READ_AHEAD = 8
ATTEMPTS = 3
MAX_CHARS = 4_000_000
CLOSE_SECONDS = 2.0
Numbered = tuple[int, Problem, Trace]
START_SECONDS = 300.0


class Pool:
    """`with Pool(workers, settings) as pool: for verdict in pool.judge(pairs): …`

    `workers` is how many judgements run at once. Processes start when first needed, one per verifier name
    and slot, and stay.
    """

    def __init__(self, workers: int, settings: Verify) -> None:
        if workers < 1:
            raise UserError(f"{workers} workers cannot judge anything.", "Give at least 1.")
        self._workers, self._settings = workers, settings
        self._idle: dict[str, list[Handle]] = {}
        self._busy: dict[int, Handle] = {}
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends every worker; the pool can be used again afterwards."""
        self._drop_busy()
        handles = list(itertools.chain.from_iterable(self._idle.values()))
        self._idle.clear()
        for handle in handles:
            handle.close(CLOSE_SECONDS)

    def judge(self, pairs: Iterable[tuple[Problem, Trace] | None]) -> Iterator[Verdict]:
        """One verdict per pair, in order, lazily: about 128 pairs per worker are read ahead. None means: no pair at the moment.

        Raises UserError for a problem whose verifier does not exist, and RuntimeError when a verifier cannot be loaded.
        """
        if self._busy:
            raise RuntimeError("this pool is judging already")
        source = _numbered(pairs)
        waiting: deque[Task] = deque()
        done: dict[int, Verdict] = {}
        window = self._workers * CHUNK * READ_AHEAD
        next_out = 0
        try:
            while True:
                room = window - len(waiting) - len(done) - sum(len(h.queue) for h in self._busy.values())
                taken = self._take(source, room, waiting, done)
                self._hand_out(waiting)
                while next_out in done:
                    yield done.pop(next_out)
                    next_out += 1
                if self._busy:
                    self._collect(waiting, done)
                elif not waiting and not done and taken < room:
                    return
        finally:
            self._drop_busy()

    def _take(self, source: Iterator[Numbered | None], room: int, waiting: deque[Task], done: dict[int, Verdict]) -> int:
        """How many were taken; as many as asked for where the source only pauses."""
        taken = 0
        for item in itertools.islice(source, max(room, 0)):
            if item is None:
                return room
            index, problem, trace = item
            taken += 1
            registry.check(problem.verifier, self._settings)
            task = Task(index, problem.verifier, problem, trace)
            if len(trace.response) + len(trace.reasoning) > MAX_CHARS:
                done[index] = _verdict(task, None, ["unverifiable", 0.0, "", f"longer than {MAX_CHARS:,} characters", 0.0])
            else:
                waiting.append(task)
        return taken

    def _hand_out(self, waiting: deque[Task]) -> None:
        while waiting and len(self._busy) < self._workers:
            size = max(1, min(CHUNK, len(waiting) // (self._workers - len(self._busy))))
            name = waiting[0].verifier
            chunk: list[Task] = []
            while waiting and len(chunk) < size and waiting[0].verifier == name and not (chunk and waiting[0].failures):
                chunk.append(waiting.popleft())
                if chunk[-1].failures:
                    break
            self._send(self._worker(name), chunk)

    def _worker(self, name: str) -> Handle:
        idle = self._idle.get(name)
        return idle.pop() if idle else start(name, self._settings)

    def _send(self, handle: Handle, chunk: list[Task]) -> None:
        handle.send(chunk)
        self._busy[handle.out] = handle
        self._selector.register(handle.out, selectors.EVENT_READ, handle)

    def _release(self, handle: Handle) -> None:
        self._selector.unregister(handle.out)
        del self._busy[handle.out]

    def _collect(self, waiting: deque[Task], done: dict[int, Verdict]) -> None:
        """Waits for answers; a worker that is lost or stuck gives its chunk back."""
        for key, _ in self._selector.select(timeout=1.0):
            handle: Handle = key.data
            alive = handle.read()
            while (message := handle.buffer.pop()) is not None:
                self._answer(handle, message, waiting, done)
            if handle.out not in self._busy:
                self._idle.setdefault(handle.verifier, []).append(handle)
            elif not alive:
                self._lost(handle, "its process ended", waiting, done)
        for handle in [h for h in self._busy.values() if time.monotonic() - h.heard > self._patience(h)]:
            self._lost(handle, "it did not answer", waiting, done)

    def _patience(self, handle: Handle) -> float:
        """Wall-clock seconds without a word before a worker counts as stuck; generous, because it is no verdict."""
        return START_SECONDS if not handle.version else max(60.0, self._settings.wall_seconds)

    def _answer(self, handle: Handle, message: Any, waiting: deque[Task], done: dict[int, Verdict]) -> None:
        if isinstance(message, dict):
            self._event(handle, message, waiting, done)
            return
        task = handle.queue.pop(0)
        done[task.index] = _verdict(task, handle, message)
        if not handle.queue:
            self._release(handle)

    def _event(self, handle: Handle, message: dict[str, str], waiting: deque[Task], done: dict[int, Verdict]) -> None:
        if "failed" in message:
            raise RuntimeError(f"the verifier {handle.verifier!r} cannot be loaded:\n{message['failed']}")
        if "ready" in message:
            handle.version, handle.isolation = message["ready"], message["isolation"]
            return
        culprit, rest = handle.queue[0], handle.queue[1:]
        self._release(handle)
        self._blame(culprit, handle, message["died"], waiting, done)
        waiting.extendleft(reversed(rest))

    def _blame(self, task: Task, handle: Handle, how: str, waiting: deque[Task], done: dict[int, Verdict]) -> None:
        """A timeout is final; memory and crashes get a second try in a fresh child, for the cause may have been another trace."""
        if how == "timeout":
            limit = self._settings.cpu_seconds
            done[task.index] = _verdict(task, handle, ["timeout", 0.0, "", f"cpu: more than {limit:g} s", limit])
        elif task.failures:
            done[task.index] = _verdict(task, handle, ["error", 0.0, "", "out of memory" if how == "memory" else how, 0.0])
        else:
            task.failures += 1
            waiting.appendleft(task)

    def _lost(self, handle: Handle, why: str, waiting: deque[Task], done: dict[int, Verdict]) -> None:
        self._release(handle)
        handle.close(0.0)
        culprit, rest = handle.queue[0], handle.queue[1:]
        waiting.extendleft(reversed(rest))
        culprit.failures += 1
        if culprit.failures < ATTEMPTS:
            waiting.appendleft(culprit)
        else:
            done[culprit.index] = _verdict(
                culprit, handle, ["error", 0.0, "", f"infrastructure: the worker was lost {ATTEMPTS} times, {why}", 0.0]
            )

    def _drop_busy(self) -> None:
        for handle in list(self._busy.values()):
            self._release(handle)
            handle.close(0.0)


def _numbered(pairs: Iterable[tuple[Problem, Trace] | None]) -> Iterator[Numbered | None]:
    count = itertools.count()
    for pair in pairs:
        yield None if pair is None else (next(count), *pair)


def _verdict(task: Task, handle: Handle | None, answer: list[Any]) -> Verdict:
    """What a worker said, checked for its shape: a worker has read what a model wrote."""
    outcome, score, extracted, reason, seconds = answer
    if outcome not in OUTCOMES or not 0.0 <= score <= 1.0:
        raise ValueError(f"the verifier {task.verifier!r} answered {outcome!r} with score {score!r}")
    version, isolation = (handle.version, handle.isolation) if handle else ("", "")
    return Verdict(task.trace.id, task.verifier, version, outcome, float(score), str(extracted), str(reason), float(seconds), isolation)
