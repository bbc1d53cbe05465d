"""The keeper: a confined process that forks one fresh, further confined process per role and says how each ended.

It is started with an empty environment and nothing but one socket; it never sees a program, an input or an
expected value, because each child gets its own descriptors straight from the caller. A child is ended by its
CPU limit, by `idle` seconds in which no process of the job used CPU or waited for its turn, by the wall-clock backstop,
or by more threads or files than an honest program has.
"""

import array
import importlib
import json
import os
import random
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass
from typing import Any

from stillhouse.verifiers.code.jail.child import Child
from stillhouse.verifiers.code.jail.scratch import Scratch
from stillhouse.verifiers.code.jail.walls import Walls, build
from stillhouse.verifiers.code.jail.zygote import MAX_FDS, Zygote

_TICK_SECONDS = 0.25
# How often threads and files are counted: in that time a program makes some hundreds.
_COUNT_MS = 20
MAX_THREADS = 256
_IDLE_CPU = 0.002
# The numbers before those of the two processes of a job: a program is always the same one, and so are its threads.
_AFTER_TESTER, _AFTER_PROGRAM = 99, 999
# What programs import most, and small: every run pays for the keeper's pages. numpy alone would add 1.5 ms to each run,
# and costs the one in a hundred that imports it 0.1 s.
_PRELOAD = """bisect cmath collections.abc contextlib copy dataclasses datetime decimal enum fractions functools heapq inspect io
itertools math numbers operator queue random re statistics string textwrap typing"""


@dataclass(frozen=True, slots=True)
class Ward:
    """What the keeper needs for every job: who makes the processes, the walls, and descriptors of /proc and of the scratch folder."""

    zygote: Zygote
    walls: Walls
    proc: int
    scratch: Scratch | None

    def start(self, role: str, fds: list[int], request: dict[str, Any]) -> Child:
        self.walls.numbers.start_after(_AFTER_TESTER if role == "test" else _AFTER_PROGRAM)
        pid = self.zygote.start(role, fds, request)
        self.walls.numbers.started(pid)
        return Child(role, pid, os.pidfd_open(pid), self.proc)


def main(walls_name: str, scratch: str) -> None:
    """Serves jobs that arrive on fd 0 until it closes. `scratch` is a folder for the programs, or empty for none.

    `walls_name` is "confined", or "unsafe" for limits alone.
    """
    line = _private_socket()
    for name in _PRELOAD.split():
        importlib.import_module(name)
    random.seed(0)
    proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    walls = build(scratch, confined=walls_name == "confined")
    ward = Ward(Zygote(walls), walls, proc, Scratch(scratch) if scratch else None)
    line.send(json.dumps({"ready": True, "shared": walls.numbers.shared}).encode())
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
        reply, tester = _job(request, fds, ward, tester, line)
        line.send(json.dumps(reply).encode())


def _private_socket() -> socket.socket:
    """The caller's socket away from the standard descriptors, so that no child can find it there."""
    line = socket.socket(fileno=os.dup(0))
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)
    return line


def _receive(line: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    size = array.array("i").itemsize
    data, ancillary, _, _ = line.recvmsg(1 << 16, socket.CMSG_SPACE(MAX_FDS * size))
    fds = array.array("i")
    for _, _, payload in ancillary:
        fds.frombytes(payload[: len(payload) - len(payload) % size])
    return (json.loads(data) if data else None), list(fds)


def _job(
    request: dict[str, Any], fds: list[int], ward: Ward, tester: Child | None, line: socket.socket
) -> tuple[dict[str, Any], Child | None]:
    """Runs one job to its end. A tester outlives its job, until another is asked for or it dies."""
    children, rest = [], list(fds)
    for role, count in request["roles"]:
        own, rest = rest[:count], rest[count:]
        if role == "test":
            _end([tester] if tester else [])
            tester = ward.start(role, own, request)
        else:
            children.append(ward.start(role, own, request))
    for fd in fds:
        os.close(fd)
    before = tester.cpu() if tester else 0.0
    why, waited = _watch(children, tester, line, request, ward.scratch)
    worn = ward.walls.numbers.moved()
    if ward.scratch is not None:
        worn = ward.scratch.empty() or worn
    ended = {child.role: child.ended for child in children}
    reply: dict[str, Any] = {"why": why, "ended": ended, "tester_cpu": 0.0, "waited": waited, "worn": worn}
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


def _watch(
    children: list[Child], tester: Child | None, line: socket.socket, request: dict[str, Any], scratch: Scratch | None
) -> tuple[str, float]:
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
        why = _too_many(children, scratch)
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


def _too_many(children: list[Child], scratch: Scratch | None) -> str:
    if any(child.ended is None and child.threads() > MAX_THREADS for child in children):
        return "threads"
    return "files" if scratch is not None and scratch.full() else ""


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


if __name__ == "__main__":
    main(*sys.argv[1:])
