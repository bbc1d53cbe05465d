"""The pool's end of one worker: a spawned process, two pipes, and the chunk that it is busy with."""

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field, fields
from typing import Any

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace
from stillhouse.verifiers import boot
from stillhouse.verifiers.wire import FrameBuffer, write_frame

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


_PROBLEM = [f.name for f in fields(Problem)]
_TRACE = [f.name for f in fields(Trace)]


@dataclass(slots=True)
class Task:
    """One judgement to be made. `failures` counts the workers that were lost on it."""

    index: int
    verifier: str
    problem: Problem
    trace: Trace
    failures: int = 0

    def frame(self) -> list[Any]:
        return [[getattr(self.problem, name) for name in _PROBLEM], [getattr(self.trace, name) for name in _TRACE]]


@dataclass(slots=True)
class Handle:
    """A worker process for one verifier. `queue` holds the tasks of its chunk that are not answered yet."""

    verifier: str
    process: subprocess.Popen[bytes]
    version: str = ""
    isolation: str = ""
    queue: list[Task] = field(default_factory=list)
    buffer: FrameBuffer = field(default_factory=FrameBuffer)
    heard: float = field(default_factory=time.monotonic)

    @property
    def out(self) -> int:
        assert self.process.stdout is not None
        return self.process.stdout.fileno()

    def send(self, tasks: list[Task]) -> None:
        """Hands over a chunk; the worker reads all of it before it answers, so this cannot deadlock."""
        assert self.process.stdin is not None
        self.queue = tasks
        self.heard = time.monotonic()
        # A worker that is gone shows itself at once as the end of its output; that path retries the chunk.
        with contextlib.suppress(BrokenPipeError):
            write_frame(self.process.stdin.fileno(), [task.frame() for task in tasks])

    def read(self) -> bool:
        """Takes what has arrived; False when the process has ended."""
        data = os.read(self.out, 1 << 20)
        self.buffer.feed(data)
        self.heard = time.monotonic()
        return bool(data)

    def close(self, patience: float) -> None:
        """Closes its input, waits, then kills its process group."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(patience)
        # The group outlives its leader where a child still runs.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()


def start(verifier: str, settings: Verify) -> Handle:
    """Spawns a worker: our own interpreter, an empty environment, no inherited descriptor, its own session."""
    command = boot.command(["-s", "-P"], "stillhouse.verifiers.worker", [verifier, settings.model_dump_json()])
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_ENVIRONMENT | _key(verifier, settings),
        cwd="/",
        close_fds=True,
        start_new_session=True,
    )
    return Handle(verifier, process)


def _key(verifier: str, settings: Verify) -> dict[str, str]:
    """The judge's key, which no other worker is given."""
    name = settings.judge.api_key_env if verifier == "judge" and settings.judge else ""
    return {name: os.environ[name]} if name in os.environ else {}
