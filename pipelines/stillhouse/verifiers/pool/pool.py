"""Judges traces in killable workers, in order, and loses no verdict and no worker for good.

Guarantees: nothing that a model wrote is parsed in the calling process; each judgement has its own CPU-time
and memory limit; only the trace that broke a limit gets `timeout` or `error`; a worker that is lost for
another reason (killed from outside, stuck without using CPU, or sending what no worker sends) has its chunk judged
again, the first trace of it alone and three times at most; one that was lost before it could judge is no trace's fault.
It starts no thread, sets no signal and forks nothing, so it works inside a Ray actor.
Where the kernel has no walls for the workers, nothing is judged unless that was allowed by name, and every verdict then
says so. The limit: one `judge` at a time per pool.
"""

import itertools
import selectors
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from types import TracebackType

from stillhouse.errors import UserError
from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace, Verdict
from stillhouse.verifiers import registry
from stillhouse.verifiers.code.repeats import Repeats
from stillhouse.verifiers.pool import walls
from stillhouse.verifiers.pool.handle import Answer, Died, Failed, Handle, Message, Ready, Task, start
from stillhouse.verifiers.pool.wire import BadFrame

CHUNK = 16
READ_AHEAD = 8
ATTEMPTS = 3
STARTS = 10  # workers of a verifier that are lost in a row before any of them was ready
MAX_CHARS = 4_000_000
CLOSE_SECONDS = 2.0
Numbered = tuple[int, Problem, Trace]
START_SECONDS = 300.0


class Pool:
    """`with Pool(workers, settings) as pool: for verdict in pool.judge(pairs): …`

    `workers` is how many judgements run at once. Processes start when first needed, one per verifier name
    and slot, and stay. `unsafe` lets them run without walls where none can be built; without it UserError is raised there.
    `keep_going` makes a verifier that cannot be loaded an error of its problems instead of an exception.
    """

    def __init__(self, workers: int, settings: Verify, *, unsafe: bool = False, keep_going: bool = False) -> None:
        if workers < 1:
            raise UserError(f"{workers} workers cannot judge anything.", "Give at least 1.")
        self._workers, self._settings, self._keep_going = workers, settings, keep_going
        walls.missing(unsafe)
        self._unsafe = unsafe
        self._broken: dict[str, str] = {}
        self._stillborn: Counter[str] = Counter()
        self._idle: dict[str, list[Handle]] = {}
        self._busy: dict[int, Handle] = {}
        self._selector = selectors.DefaultSelector()
        self._repeats = Repeats()

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

        Raises UserError for a problem whose verifier does not exist or cannot be loaded as the settings are, and RuntimeError
        where loading it fails otherwise.
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
                done[index] = _verdict(task, None, Answer("unverifiable", 0.0, "", f"longer than {MAX_CHARS:,} characters", 0.0))
            elif problem.verifier in self._broken:
                done[index] = _verdict(task, None, Answer("error", 0.0, "", self._broken[problem.verifier], 0.0))
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
        """An idle worker that still lives, or a new one."""
        idle = self._idle.get(name, [])
        while idle:
            handle = idle.pop()
            if handle.process.poll() is None:
                return handle
            handle.close(0.0)
        return start(name, self._settings, self._unsafe)

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
            try:
                alive = self._heard(handle, waiting, done)
            except BadFrame as error:
                self._lost(handle, f"it sent {error}", waiting, done)
                continue
            if not alive:
                self._lost(handle, "its process ended", waiting, done)
            elif not handle.queue:
                self._release(handle)
                self._idle.setdefault(handle.verifier, []).append(handle)
        for handle in [h for h in self._busy.values() if time.monotonic() - h.heard > self._patience(h)]:
            self._lost(handle, "it did not answer", waiting, done)

    def _patience(self, handle: Handle) -> float:
        """Wall-clock seconds without a word before a worker counts as stuck; generous, because it is no verdict."""
        return START_SECONDS if not handle.version else max(60.0, self._settings.wall_seconds)

    def _heard(self, handle: Handle, waiting: deque[Task], done: dict[int, Verdict]) -> bool:
        """Takes what a worker said; False when its process has ended. Raises BadFrame."""
        alive = handle.read()
        while (message := handle.next()) is not None:
            self._message(handle, message, waiting, done)
        return alive

    def _message(self, handle: Handle, message: Message, waiting: deque[Task], done: dict[int, Verdict]) -> None:
        match message:
            case Ready():
                handle.version, handle.isolation = message.version, message.isolation
                del self._stillborn[handle.verifier]
            case Answer():
                task = handle.queue.pop(0)
                done[task.index] = self._repeats.settle(task.problem, task.trace, _verdict(task, handle, message))
            case Died():
                culprit, *rest = handle.queue
                handle.queue = []
                waiting.extendleft(reversed(rest))
                self._blame(culprit, handle, message.how, waiting, done)
            case Failed():
                self._not_loaded(handle, message, waiting, done)

    def _not_loaded(self, handle: Handle, failed: Failed, waiting: deque[Task], done: dict[int, Verdict]) -> None:
        why = f"the verifier {handle.verifier!r} cannot be loaded"
        if not self._keep_going:
            raise UserError(failed.why) if failed.told else RuntimeError(f"{why}:\n{failed.why}")
        self._broken[handle.verifier] = reason = f"{why}: {failed.why.strip().splitlines()[-1]}"
        others = [task for task in waiting if task.verifier != handle.verifier]
        for task in [*handle.queue, *(task for task in waiting if task.verifier == handle.verifier)]:
            done[task.index] = _verdict(task, handle, Answer("error", 0.0, "", reason, 0.0))
        waiting.clear()
        waiting.extend(others)
        handle.queue = []

    def _blame(self, task: Task, handle: Handle, how: str, waiting: deque[Task], done: dict[int, Verdict]) -> None:
        """A timeout is final; memory and crashes get a second try in a fresh child, for the cause may have been another trace."""
        if how == "timeout":
            limit = self._settings.cpu_seconds
            done[task.index] = _verdict(task, handle, Answer("timeout", 0.0, "", f"cpu: more than {limit:g} s", limit))
        elif task.failures:
            done[task.index] = _verdict(task, handle, Answer("error", 0.0, "", "out of memory" if how == "memory" else how, 0.0))
        else:
            task.failures += 1
            waiting.appendleft(task)

    def _lost(self, handle: Handle, why: str, waiting: deque[Task], done: dict[int, Verdict]) -> None:
        self._release(handle)
        handle.close(0.0)
        if not handle.queue:
            return
        if not handle.version:  # nothing of its chunk was read
            self._never_ready(handle, why, waiting, done)
            return
        culprit, *rest = handle.queue
        waiting.extendleft(reversed(rest))
        culprit.failures += 1
        if culprit.failures < ATTEMPTS:
            waiting.appendleft(culprit)
        else:
            reason = f"infrastructure: the worker was lost {ATTEMPTS} times, {why}"
            done[culprit.index] = _verdict(culprit, handle, Answer("error", 0.0, "", reason, 0.0))

    def _never_ready(self, handle: Handle, why: str, waiting: deque[Task], done: dict[int, Verdict]) -> None:
        self._stillborn[handle.verifier] += 1
        if self._stillborn[handle.verifier] >= STARTS:
            told = f"The workers of the verifier {handle.verifier!r} were lost {STARTS} times before one could judge, {why}."
            self._not_loaded(handle, Failed(f"{told} Free memory, or use fewer workers.", told=True), waiting, done)
        else:
            waiting.extendleft(reversed(handle.queue))

    def _drop_busy(self) -> None:
        for handle in list(self._busy.values()):
            self._release(handle)
            handle.close(0.0)


def _numbered(pairs: Iterable[tuple[Problem, Trace] | None]) -> Iterator[Numbered | None]:
    count = itertools.count()
    for pair in pairs:
        yield None if pair is None else (next(count), *pair)


def _verdict(task: Task, handle: Handle | None, answer: Answer) -> Verdict:
    version, isolation = (handle.version, handle.isolation) if handle else ("", "")
    said = (answer.outcome, answer.score, answer.extracted, answer.reason, answer.seconds)
    return Verdict(task.trace.id, task.verifier, version, *said, isolation)
