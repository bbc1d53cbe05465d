"""The zygote: forks one fresh process per role for the keeper, and never learns how any of them ended.

A child begins with all that the process knows that it is forked from. So that is not the keeper, who sees exit codes and
times: a program would read there what the one before it left. The children are the keeper's (`kernel.sibling_fork`).
"""

import gc
import json
import marshal
import os
import signal
import socket
from collections.abc import Callable
from typing import Any

from stillhouse.verifiers.code.jail import candidate, kernel, tester, waker
from stillhouse.verifiers.code.jail.walls import Walls

MAX_FDS = 8
_ROLES: dict[str, Callable[..., int]] = {"stdio": candidate.stdio, "calls": candidate.calls, "serve": candidate.serve, "test": tester.run}


class Zygote:
    """The keeper's end: `start` has a process made."""

    def __init__(self, walls: Walls) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if kernel.bare_fork() == 0:
            self._line.close()
            _serve(theirs, walls)
        theirs.close()

    def start(self, role: str, fds: list[int], request: dict[str, Any]) -> int:
        """The number of a new process, a child of the caller. Raises ConnectionError where the zygote is gone."""
        own = {"role": role, "cpu_seconds": request["cpu_seconds"], "memory_mb": request["memory_mb"]}
        socket.send_fds(self._line, [json.dumps(own).encode()], fds)
        answer = self._line.recv(64)
        if not answer:
            raise ConnectionError("the zygote is gone")
        return int(answer)


def _serve(line: socket.socket, walls: Walls) -> None:
    """Forks until the keeper is gone."""
    if walls.restrict is not None:
        kernel.drop_capabilities()
    fork = kernel.sibling_fork()
    gc.collect()
    gc.freeze()
    while True:
        data, fds, _, _ = socket.recv_fds(line, 1 << 12, MAX_FDS)
        if not data:
            os._exit(0)
        request = json.loads(data)
        pid = fork()
        if pid == 0:
            _live(request, fds, walls)
        for fd in fds:
            os.close(fd)
        line.send(b"%d" % pid)


def _live(request: dict[str, Any], fds: list[int], walls: Walls) -> None:
    """The child's whole life. Where the walls cannot be closed it ends by a signal that no program can send itself."""
    role, code = request["role"], candidate.FAILED
    try:
        job, *own = _put_in_place(role, fds)
        if role != "test":
            socket.socketpair = waker.socketpair  # type: ignore[assignment]
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
