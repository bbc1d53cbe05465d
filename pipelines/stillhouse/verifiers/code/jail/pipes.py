"""Pipes and sealed memory between the caller and the jail."""

import contextlib
import fcntl
import os
import select
import time
from typing import Any

from stillhouse.verifiers.code.jail import values

_SEAL_EVERYTHING = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


class Reader:
    """A pipe that the caller reads, up to a cap; past it the pipe is closed and its writer gets an error."""

    def __init__(self, cap: int, mine: contextlib.ExitStack, theirs: contextlib.ExitStack) -> None:
        self._cap = cap
        self.data = bytearray()
        self.overflowed = False
        self.fd, self.their_end = os.pipe()
        self.open = True
        mine.callback(self.close)
        theirs.callback(os.close, self.their_end)

    def read(self) -> None:
        part = os.read(self.fd, 1 << 20)
        self.data += part
        self.overflowed = len(self.data) > self._cap
        if not part or self.overflowed:
            self.close()

    def close(self) -> None:
        if self.open:
            os.close(self.fd)
            self.open = False


def drain(readers: list[Reader], until: int, seconds: float) -> None:
    """Reads all pipes until they end, or until `until` has something to say, or for so many seconds."""
    deadline = time.monotonic() + seconds
    answered = False
    while any(r.open for r in readers) and time.monotonic() < deadline:
        poll = select.poll()
        by_fd = {r.fd: r for r in readers if r.open}
        for fd in by_fd:
            poll.register(fd, select.POLLIN)
        if not answered:
            poll.register(until, select.POLLIN)
        ready = [fd for fd, _ in poll.poll(0 if answered else 1000)]
        for fd in ready:
            if fd in by_fd:
                by_fd[fd].read()
        # The answer comes after the last child has ended: what is in the pipes then is all there will be.
        if answered and not ready:
            return
        answered = answered or until in ready


def sealed(data: bytes, owner: contextlib.ExitStack) -> int:
    """A descriptor of memory that nobody can change, at its start."""
    fd = os.memfd_create("job", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    owner.callback(os.close, fd)
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, _SEAL_EVERYTHING)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def messages(data: bytes | bytearray) -> list[Any]:
    """The whole messages of a report; what follows the first malformed one is ignored.

    What they hold is counted together: a report of the size that is allowed can still be made of ten million empty lists.
    """
    found: list[Any] = []
    at = items = 0
    while at + 4 <= len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "little")
        body = bytes(data[at + 4 : end])
        items += body.count(b",")
        if end > len(data) or items > values.MAX_ITEMS:
            break
        try:
            found.append(values.load(body))
        except (ValueError, RecursionError):
            break
        at = end
    return found
