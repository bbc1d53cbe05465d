"""One process of a job, as the keeper sees it: by its number, by a descriptor of it, and in /proc."""

import os
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

_CPU_CLOCK_OF_PROCESS = 2


@dataclass
class Child:
    """`pid` is its number here, `pidfd` a descriptor of it, `proc` one of /proc, where it may have another number."""

    role: str
    pid: int
    pidfd: int
    proc: int
    ended: dict[str, Any] | None = None

    def wait(self, options: int) -> bool:
        """Whether it has ended; then `ended` says how."""
        if self.ended is None:
            pid, status, usage = os.wait4(self.pid, options)
            if pid:
                self.ended = {"code": os.waitstatus_to_exitcode(status), "cpu": usage.ru_utime + usage.ru_stime}
                os.close(self.pidfd)
        return self.ended is not None

    def cpu(self) -> float:
        try:
            return time.clock_gettime((~self.pid << 3) | _CPU_CLOCK_OF_PROCESS)
        except OSError:
            return 0.0

    def threads(self) -> int:
        """How many threads it has, from the links of a folder of /proc: one question, however many there are."""
        try:
            return os.stat(self._tasks, dir_fd=self.proc).st_nlink - 2
        except OSError:
            return 0

    def wants_cpu(self) -> bool:
        """Whether a thread of it could run, or waits for a disk: it gets no CPU time because others have it."""
        try:
            folder = os.open(self._tasks, os.O_RDONLY | os.O_DIRECTORY, dir_fd=self.proc)
        except OSError:
            return False
        try:
            # Listing by a descriptor would duplicate it, which the keeper's filter refuses.
            os.fchdir(folder)
            return any(_state(folder, task) in b"RD" for task in os.listdir())
        except OSError:
            return False
        finally:
            os.close(folder)

    @cached_property
    def _tasks(self) -> str:
        """Its threads in /proc. The number that it has there is told by the descriptor of it."""
        told = _read(self.proc, f"self/fdinfo/{self.pidfd}")
        number = next(line for line in told.splitlines() if line.startswith(b"Pid:")).split()[1]
        return f"{int(number)}/task"


def _state(folder: int, task: str) -> bytes:
    """The state in a thread's line of /proc, after its name, which may hold anything."""
    return _read(folder, f"{task}/stat").rpartition(b") ")[2][:1]


def _read(folder: int, path: str) -> bytes:
    fd = os.open(path, os.O_RDONLY, dir_fd=folder)
    try:
        return os.read(fd, 1 << 12)
    finally:
        os.close(fd)
