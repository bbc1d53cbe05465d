"""The keeper: a confined process that forks one fresh, further confined process per role and says how each ended.

It is started with an empty environment and nothing but one socket; it never sees a program, an input or an
expected value, because each child gets its own descriptors straight from the caller. A child is ended by its
CPU limit, by `idle` seconds in which no process of the job used CPU, or by the wall-clock backstop.
"""

import array
import gc
import importlib
import json
import os
import resource
import select
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stillhouse.verifiers.jail import candidate, kernel, landlock, seccomp, tester
from stillhouse.verifiers.jail.confine import interpreter_paths, limit

BROKEN_JAIL = 70
MAX_FDS = 8
_TICK_MS = 250
_IDLE_CPU = 0.002
_CPU_CLOCK_OF_PROCESS = 2
_PLACEHOLDER = 0x2B7E1516
_OPEN_FILES = 64
_PRELOAD = """bisect cmath collections.abc contextlib copy dataclasses datetime decimal enum fractions functools heapq inspect io
itertools math numbers operator queue random re statistics string textwrap typing"""


@dataclass(slots=True)
class Child:
    """One process of a job."""

    role: str
    pid: int
    pidfd: int
    ended: dict[str, Any] | None = None

    def cpu(self) -> float:
        try:
            return time.clock_gettime((~self.pid << 3) | _CPU_CLOCK_OF_PROCESS)
        except OSError:
            return 0.0


@dataclass(frozen=True, slots=True)
class Walls:
    """What every child is put behind; made once, because making it is the slow part."""

    rules: int | None
    filter: bytes
    address_space: int
    scratch: str

    def close_in(self, request: dict[str, Any]) -> None:
        """Confines this process, for good."""
        os.setsid()
        limit(request["cpu_seconds"], self.address_space + (request["memory_mb"] << 20))
        resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
        if self.rules is None:
            return
        landlock.restrict(self.rules)
        seccomp.install(self.filter.replace(_PLACEHOLDER.to_bytes(4, "little"), os.getpid().to_bytes(4, "little")))


def main(walls_name: str, scratch: str) -> None:
    """Serves jobs that arrive on fd 0 until it closes. `scratch` is a folder for the programs, or empty for none.

    `walls_name` is "confined", or "unsafe" for limits alone.
    """
    line = _private_socket()
    for name in _PRELOAD.split():
        importlib.import_module(name)
    walls = _build_walls(scratch, confined=walls_name == "confined")
    gc.collect()
    gc.freeze()
    line.send(b'{"ready": true}')
    while True:
        request, fds = _receive(line)
        if request is None:
            return
        line.send(json.dumps(_job(request, fds, walls)).encode())


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
    if not confined:
        return Walls(None, b"", address_space, scratch)
    read, write = [*interpreter_paths(), "/dev/urandom", "/dev/zero"], ["/dev/null", *([scratch] if scratch else [])]
    own, rules = landlock.ruleset(read, write), landlock.ruleset(read, write)
    kernel.drop_capabilities()
    kernel.no_new_privileges()
    landlock.restrict(own)
    os.close(own)
    seccomp.confine(keeper=True)
    return Walls(rules, seccomp.program(False, _PLACEHOLDER), address_space, scratch)


def _receive(line: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    size = array.array("i").itemsize
    data, ancillary, _, _ = line.recvmsg(1 << 16, socket.CMSG_SPACE(MAX_FDS * size))
    fds = array.array("i")
    for _, _, payload in ancillary:
        fds.frombytes(payload[: len(payload) - len(payload) % size])
    return (json.loads(data) if data else None), list(fds)


def _job(request: dict[str, Any], fds: list[int], walls: Walls) -> dict[str, Any]:
    children, rest = [], list(fds)
    for role, count in request["roles"]:
        own, rest = rest[:count], rest[count:]
        children.append(_start(role, own, request, walls))
    for fd in fds:
        os.close(fd)
    why = _watch(children, request)
    if walls.scratch:
        _empty(walls.scratch)
    return {"why": why, "ended": {child.role: child.ended for child in children}}


def _start(role: str, fds: list[int], request: dict[str, Any], walls: Walls) -> Child:
    pid = kernel.bare_fork()
    if pid == 0:
        code = BROKEN_JAIL
        try:
            code = _live(role, fds, request, walls)
        finally:
            os._exit(code)
    return Child(role, pid, os.pidfd_open(pid))


def _live(role: str, fds: list[int], request: dict[str, Any], walls: Walls) -> int:
    """The child's whole life. Its descriptors: 0 to 2, then the report, then what the role needs."""
    job_fd, report, *others = fds
    job = json.loads(os.pread(job_fd, os.fstat(job_fd).st_size, 0))
    if role == "stdio":
        os.dup2(others[0], 0)
        os.dup2(others[1], 1)
        others = []
    walls.close_in(request)
    _close_all_but({0, 1, 2, report, *others})
    if walls.scratch:
        os.chdir(walls.scratch)
    return _ROLES[role](job, report, *others)


_ROLES: dict[str, Callable[..., int]] = {"stdio": candidate.stdio, "calls": candidate.calls, "serve": candidate.serve, "test": tester.run}


def _close_all_but(keep: set[int]) -> None:
    last = -1
    for fd in [*sorted(keep), 1 << 10]:
        # closerange(0, 0) would close everything: it asks the kernel for 0 to -1.
        if last + 1 < fd:
            os.closerange(last + 1, fd)
        last = fd


def _watch(children: list[Child], request: dict[str, Any]) -> str:
    """Waits for all; kills the rest when the last role has ended. Says "idle" or "wall" where that ended the job."""
    poll = select.poll()
    for child in children:
        poll.register(child.pidfd, select.POLLIN)
    start = moved = time.monotonic()
    cpu, why = 0.0, ""
    while any(child.ended is None for child in children):
        if poll.poll(_TICK_MS):
            _reap(children, poll)
            continue
        now, used = time.monotonic(), sum(child.cpu() for child in children if child.ended is None)
        if abs(used - cpu) > _IDLE_CPU:
            cpu, moved = used, now
        why = "idle" if now - moved > request["idle_seconds"] else "wall" if now - start > request["wall_seconds"] else ""
        if why:
            _kill(children)
            _reap(children, poll, wait=True)
    return why


def _reap(children: list[Child], poll: select.poll, wait: bool = False) -> None:
    for child in children:
        if child.ended is not None:
            continue
        pid, status, usage = os.wait4(child.pid, 0 if wait else os.WNOHANG)
        if pid == 0:
            continue
        code = os.waitstatus_to_exitcode(status)
        child.ended = {"code": code, "cpu": usage.ru_utime + usage.ru_stime}
        poll.unregister(child.pidfd)
        os.close(child.pidfd)
    if children[-1].ended is not None and not wait:
        # The tester is the last; a candidate has nothing left to say when it has ended.
        _kill(children)
        _reap(children, poll, wait=True)


def _kill(children: list[Child]) -> None:
    for child in children:
        if child.ended is None:
            os.kill(child.pid, signal.SIGKILL)


def _empty(folder: str) -> None:
    """Removes what a program left; never follows a link (the jail lets it make none)."""
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)


if __name__ == "__main__":
    main(*sys.argv[1:])
