"""The pool's end of one worker: a spawned process, two pipes, and the chunk that it is busy with.

Frames go through pipes of their own. The worker's standard input is empty and its standard output is nowhere, so that
nothing in it that asks a question or prints can read or write one.
"""

import contextlib
import math
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any

from stillhouse.recipe.verification import Verify
from stillhouse.records import OUTCOMES, Outcome, Problem, Trace
from stillhouse.verifiers.pool import boot
from stillhouse.verifiers.pool.wire import BadFrame, FrameBuffer, write_frame
from stillhouse.verifiers.registry import folders, own_settings

# Nothing is inherited. gmpy2 is kept out because it holds no signal and no limit inside its C loops;
# the hash seed is fixed because sympy orders terms by hash.
_ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LC_ALL": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "SYMPY_GROUND_TYPES": "python",
    "MPMATH_NOGMPY": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


_PROBLEM = attrgetter(*(f.name for f in fields(Problem)))
_TRACE = attrgetter(*(f.name for f in fields(Trace)))


@dataclass(slots=True)
class Task:
    """One judgement to be made. `failures` counts the workers that were lost on it."""

    index: int
    verifier: str
    problem: Problem
    trace: Trace
    failures: int = 0

    def frame(self) -> list[Any]:
        return [self.index, _PROBLEM(self.problem), _TRACE(self.trace)]


@dataclass(frozen=True, slots=True)
class Ready:
    """A child of the worker that can judge."""

    version: str
    isolation: str


@dataclass(frozen=True, slots=True)
class Died:
    """A child of the worker that a judgement has ended, and how."""

    how: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The verifier could not be loaded. `told` is set where the user can mend it."""

    why: str
    told: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What a worker says of one task."""

    outcome: Outcome
    score: float
    extracted: str
    reason: str
    seconds: float


Message = Ready | Died | Failed | Answer


@dataclass(slots=True)
class Handle:
    """A worker process for one verifier. `queue` holds the tasks of its chunk that are not answered yet."""

    verifier: str
    process: subprocess.Popen[bytes]
    into: int
    out: int
    version: str = ""
    isolation: str = ""
    queue: list[Task] = field(default_factory=list)
    buffer: FrameBuffer = field(default_factory=FrameBuffer)
    heard: float = field(default_factory=time.monotonic)

    def send(self, tasks: list[Task]) -> None:
        """Hands over a chunk; the worker reads all of it before it answers, so this cannot deadlock."""
        self.queue = tasks
        self.heard = time.monotonic()
        # A worker that is gone shows itself at once as the end of its output; that path retries the chunk.
        with contextlib.suppress(BrokenPipeError):
            write_frame(self.into, [task.frame() for task in tasks])

    def read(self) -> bool:
        """Takes what has arrived; False when the process has ended."""
        data = os.read(self.out, 1 << 20)
        self.buffer.feed(data)
        self.heard = time.monotonic()
        return bool(data)

    def next(self) -> Message | None:
        """The next whole message. Raises BadFrame for one that an honest worker would not send now."""
        frame = self.buffer.pop()
        if frame is None:
            return None
        message = _event(frame) if isinstance(frame, dict) else _answer(frame, self.queue[0].index if self.queue else None)
        # What has read a model's text can neither speak for the verifier's loading nor before it is ready.
        if isinstance(message, Failed) == bool(self.version) and not isinstance(message, Ready):
            raise BadFrame("a message out of its turn")
        return message

    def close(self, patience: float) -> None:
        """Closes its input, waits, then kills its process group."""
        os.close(self.into)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(patience)
        # The group outlives its leader where a child still runs.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.out)


def _event(frame: dict[str, Any]) -> Message:
    match frame:
        case {"ready": str(version), "isolation": str(isolation)} if len(frame) == 2 and version:
            return Ready(version, isolation)
        case {"died": str(how)} if len(frame) == 1:
            return Died(how)
        case {"failed": str(why), "told": bool(told)} if len(frame) == 2:
            return Failed(why, told)
    raise BadFrame("an unknown message")


def _answer(frame: Any, expected: int | None) -> Answer:
    match frame:
        case [int(index), str(outcome), int() | float() as score, str(extracted), str(reason), int() | float() as seconds] if (
            index == expected and outcome in OUTCOMES and 0.0 <= score <= 1.0 and 0.0 <= seconds < math.inf
        ):
            return Answer(outcome, float(score), extracted, reason, float(seconds))
    raise BadFrame("a verdict of another shape, or on another task")


def start(verifier: str, settings: Verify, unsafe: bool) -> Handle:
    """Spawns a worker: our own interpreter, an empty environment, its two pipes and no other descriptor, its own session.

    It gets the settings of its own verifier as the first frame, because a command line has an end, and finds the package that
    the verifier comes from.
    """
    theirs_in, into = os.pipe()
    out, theirs_out = os.pipe()
    walled = "unsafe" if unsafe else "walled"
    arguments = [verifier, str(theirs_in), str(theirs_out), walled, *folders(verifier, settings)]
    try:
        process = subprocess.Popen(
            boot.command(["-s", "-P"], "stillhouse.verifiers.pool.worker", arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT | _key(verifier, settings),
            cwd="/",
            pass_fds=(theirs_in, theirs_out),
            start_new_session=True,
        )
    except BaseException:
        os.close(into)
        os.close(out)
        raise
    finally:
        os.close(theirs_in)
        os.close(theirs_out)
    # One that is gone already shows itself as the end of its output.
    with contextlib.suppress(BrokenPipeError):
        write_frame(into, own_settings(verifier, settings).model_dump_json())
    return Handle(verifier, process, into, out)


def _key(verifier: str, settings: Verify) -> dict[str, str]:
    """The judge's key, which no other worker is given."""
    name = settings.judge.api_key_env if verifier == "judge" and settings.judge else ""
    return {name: os.environ[name]} if name in os.environ else {}
