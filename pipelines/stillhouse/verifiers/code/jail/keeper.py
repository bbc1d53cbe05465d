"""The keeper: a confined process that forks one fresh, further confined process per role and says how each ended.

It is started with an empty environment and nothing but one socket; it never sees a program, an input or an
expected value, because each child gets its own descriptors straight from the caller. A child is ended by its
CPU limit, by `idle` seconds in which no process of the job used CPU or waited for its turn, by the wall-clock backstop,
or by more threads or files than an honest program has.
"""

import array
import gc
import importlib
import json
import marshal
import os
import random
import resource
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stillhouse.verifiers.code.jail import candidate, kernel, landlock, seccomp, tester
from stillhouse.verifiers.code.jail.confine import interpreter_paths, limit

TESTER_CPU = 4
MAX_FDS = 8
_TICK_SECONDS = 0.25
# How often threads and files are counted: in that time a program makes some hundreds.
_COUNT_MS = 20
MAX_THREADS, MAX_FILES = 256, 1024
_IDLE_CPU = 0.002
_CPU_CLOCK_OF_PROCESS = 2
_OPEN_FILES = 64
# What programs import most, and small: every run pays for the keeper's pages. numpy alone would add 1.5 ms to each run,
# and costs the one in a hundred that imports it 0.1 s.
_PRELOAD = """bisect cmath collections.abc contextlib copy dataclasses datetime decimal enum fractions functools heapq inspect io
itertools math numbers operator queue random re statistics string textwrap typing"""


@dataclass(slots=True)
class Child:
    """One process of a job."""

    role: str
    pid: int
    pidfd: int
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
            return os.stat(f"/proc/{self.pid}/task").st_nlink - 2
        except OSError:
            return 0

    def wants_cpu(self) -> bool:
        """Whether a thread of it could run, or waits for a disk: it gets no CPU time because others have it."""
        tasks = f"/proc/{self.pid}/task"
        try:
            return any(_state(f"{tasks}/{task}/stat") in b"RD" for task in os.listdir(tasks))
        except OSError:
            return False


def _state(path: str) -> bytes:
    """The state in a thread's line of /proc, after its name, which may hold anything."""
    with open(path, "rb") as file:
        return file.read().rpartition(b") ")[2][:1]


@dataclass(frozen=True, slots=True)
class Walls:
    """What every child is put behind; made once, because making it is the slow part."""

    restrict: Callable[[], int] | None
    filters: dict[bool, seccomp.Filter]
    address_space: int
    scratch: str
    scratch_fd: int

    def close_in(self, request: dict[str, Any], tester: bool, keep: set[int]) -> None:
        """Confines this process, for good. A tester lives for many candidates, so it has more time and may take descriptors.

        The filter comes last: until then this process can still say that it failed (see `_start`).
        """
        os.setsid()
        limit(request["cpu_seconds"] * (TESTER_CPU if tester else 1), self.address_space + (request["memory_mb"] << 20))
        resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
        if self.scratch:
            os.chdir(self.scratch)
        if self.restrict is not None:
            self.restrict()
        _close_all_but(keep)
        if self.restrict is not None:
            self.filters[tester].install()

    def full(self) -> bool:
        """Whether there are more files in the scratch folder than an honest program makes: their names and inodes are kernel memory."""
        if not self.scratch:
            return False
        now = os.statvfs(self.scratch_fd)
        return now.f_files - now.f_ffree > MAX_FILES


def main(walls_name: str, scratch: str) -> None:
    """Serves jobs that arrive on fd 0 until it closes. `scratch` is a folder for the programs, or empty for none.

    `walls_name` is "confined", or "unsafe" for limits alone.
    """
    line = _private_socket()
    for name in _PRELOAD.split():
        importlib.import_module(name)
    random.seed(0)
    walls = _build_walls(scratch, confined=walls_name == "confined")
    gc.collect()
    gc.freeze()
    line.send(b'{"ready": true}')
    tester: Child | None = None
    while True:
        request, fds = _receive(line)
        if request is None:
            return
        if request.get("stop"):
            continue
        if request.get("forget"):
            _forget(tester, line)
            tester = None
            continue
        reply, tester = _job(request, fds, walls, tester, line)
        line.send(json.dumps(reply).encode())


def _private_socket() -> socket.socket:
    """The caller's socket away from the standard descriptors, so that no child can find it there."""
    line = socket.socket(fileno=os.dup(0))
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)
    return line


def _build_walls(scratch: str, confined: bool) -> Walls:
    with open("/proc/self/statm", "rb") as file:
        address_space = int(file.read().split()[0]) * resource.getpagesize()
    scratch_fd = os.open(scratch, os.O_RDONLY | os.O_DIRECTORY) if scratch else -1
    if not confined:
        return Walls(None, {}, address_space, scratch, scratch_fd)
    read, write = [*interpreter_paths(), "/dev/urandom", "/dev/zero"], ["/dev/null", *([scratch] if scratch else [])]
    # Its own rules let the keeper see whether a child waits or is starved; a child is behind both.
    own, rules = landlock.ruleset([*read, "/proc"], write), landlock.ruleset(read, write)
    kernel.drop_capabilities()
    kernel.no_new_privileges()
    landlock.restriction(own)()
    os.close(own)
    seccomp.confine(keeper=True)
    filters = {tester: seccomp.Filter(False, receive=tester) for tester in (False, True)}
    return Walls(landlock.restriction(rules), filters, address_space, scratch, scratch_fd)


def _receive(line: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    size = array.array("i").itemsize
    data, ancillary, _, _ = line.recvmsg(1 << 16, socket.CMSG_SPACE(MAX_FDS * size))
    fds = array.array("i")
    for _, _, payload in ancillary:
        fds.frombytes(payload[: len(payload) - len(payload) % size])
    return (json.loads(data) if data else None), list(fds)


def _job(
    request: dict[str, Any], fds: list[int], walls: Walls, tester: Child | None, line: socket.socket
) -> tuple[dict[str, Any], Child | None]:
    """Runs one job to its end. A tester outlives its job, until another is asked for or it dies."""
    children, rest = [], list(fds)
    for role, count in request["roles"]:
        own, rest = rest[:count], rest[count:]
        if role == "test":
            _end([tester] if tester else [])
            tester = _start(role, own, request, walls)
        else:
            children.append(_start(role, own, request, walls))
    for fd in fds:
        os.close(fd)
    before = tester.cpu() if tester else 0.0
    why, waited = _watch(children, tester, line, request, walls)
    if walls.scratch:
        _empty(walls.scratch)
    ended = {child.role: child.ended for child in children}
    reply: dict[str, Any] = {"why": why, "ended": ended, "tester_cpu": 0.0, "waited": waited}
    if tester is not None and tester.ended is not None:
        reply["ended"]["test"], tester = tester.ended, None
    elif tester is not None:
        reply["tester_cpu"] = tester.cpu() - before
    return reply, tester


def _forget(tester: Child | None, line: socket.socket) -> None:
    """Ends the tester, if it still lives, and says how it ended."""
    assert tester is not None
    _end([tester], asked=True)
    line.send(json.dumps(tester.ended).encode())


def _start(role: str, fds: list[int], request: dict[str, Any], walls: Walls) -> Child:
    pid = kernel.bare_fork()
    if pid == 0:
        _live(role, fds, request, walls)
    return Child(role, pid, os.pidfd_open(pid))


def _live(role: str, fds: list[int], request: dict[str, Any], walls: Walls) -> None:
    """The child's whole life. Where the walls cannot be closed it ends by a signal that no program can send itself."""
    code = candidate.FAILED
    try:
        job, *own = _put_in_place(role, fds)
        walls.close_in(request, role == "test", {0, 1, 2, *own})
    except BaseException:
        os.kill(os.getpid(), signal.SIGKILL)
    try:
        code = _ROLES[role](job, *own)
    finally:
        os._exit(code)


def _put_in_place(role: str, fds: list[int]) -> list[Any]:
    """The job, and the descriptors that its role is called with; 0 to 2 are the child's own, shared with nobody."""
    job_fd, report, *others = fds
    job = marshal.loads(os.pread(job_fd, os.lseek(job_fd, 0, os.SEEK_END), 0))
    null = os.open(os.devnull, os.O_RDWR)
    for fd, source in enumerate([*(others if role == "stdio" else [null, null]), null]):
        os.dup2(source, fd)
    return [job, report, *([] if role == "stdio" else others)]


_ROLES: dict[str, Callable[..., int]] = {"stdio": candidate.stdio, "calls": candidate.calls, "serve": candidate.serve, "test": tester.run}


def _close_all_but(keep: set[int]) -> None:
    last = -1
    for fd in [*sorted(keep), 1 << 10]:
        # closerange(0, 0) would close everything: it asks the kernel for 0 to -1.
        if last + 1 < fd:
            os.closerange(last + 1, fd)
        last = fd


def _watch(children: list[Child], tester: Child | None, line: socket.socket, request: dict[str, Any], walls: Walls) -> tuple[str, float]:
    """Waits until all children have ended, or the caller needs them no more.

    Says what else ended the job, if anything, and how many seconds they waited for something other than the CPU.
    """
    everyone = [*children, tester] if tester else children
    poll = select.poll()
    for fd in [line.fileno(), *[child.pidfd for child in everyone]]:
        poll.register(fd, select.POLLIN)
    moved = seen = time.monotonic()
    cpu, waited, why = 0.0, 0.0, ""
    while not why and any(child.ended is None for child in children):
        ready = {fd for fd, _ in poll.poll(_COUNT_MS)}
        if line.fileno() in ready and _asked_to_stop(line, children):
            poll.unregister(line.fileno())
        if ready:
            for child in everyone:
                if child.pidfd in ready and child.wait(os.WNOHANG):
                    poll.unregister(child.pidfd)
            continue
        why = _too_many(children, walls)
        if why or time.monotonic() - seen < _TICK_SECONDS:
            continue
        now, used = time.monotonic(), sum(child.cpu() for child in everyone)
        # Time in which a child could run but others had the CPU is the machine's, and counts for nothing.
        starved = any(child.ended is None and child.wants_cpu() for child in everyone)
        waited += 0.0 if starved else now - seen
        if starved or abs(used - cpu) > _IDLE_CPU:
            moved = now
        cpu, seen = used, now
        why = "idle" if now - moved > request["idle_seconds"] else "wall" if waited > request["wall_seconds"] else ""
    if why:
        _end(everyone)
    return why, waited


def _too_many(children: list[Child], walls: Walls) -> str:
    if any(child.ended is None and child.threads() > MAX_THREADS for child in children):
        return "threads"
    return "files" if walls.full() else ""


def _asked_to_stop(line: socket.socket, children: list[Child]) -> bool:
    line.recv(1 << 10)
    _end(children, asked=True)
    return True


def _end(children: list[Child], asked: bool = False) -> None:
    """Kills those that still live; `asked` is said of them in how they ended."""
    for child in children:
        if child.ended is None:
            os.kill(child.pid, signal.SIGKILL)
            child.wait(0)
            child.ended = {**(child.ended or {}), "asked": asked}


def _empty(folder: str) -> None:
    """Removes what a program left; never follows a link (the jail lets it make none).

    It goes into folders step by step: a program can nest them deeper than any path or any recursion reaches.
    """
    os.chdir(folder)
    depth = 0
    while (inner := _clear()) or depth:
        os.chdir(inner or "..")
        depth += 1 if inner else -1


def _clear() -> str:
    """Removes the files and the empty folders here; names a folder that is not empty, if there is one."""
    for name in os.listdir():
        try:
            os.unlink(name)
        except IsADirectoryError:
            try:
                os.rmdir(name)
            except OSError:
                return name
    return ""


if __name__ == "__main__":
    main(*sys.argv[1:])
