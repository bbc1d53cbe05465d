"""What wakes asyncio's event loops in a program, which can have no sockets: an event descriptor with the four methods they use."""

import errno
import os
import sys
from typing import Any


class Waker:
    """In the place of the two ends of the pair by which a loop wakes itself. A signal handler of the loop's own is not woken for."""

    def __init__(self) -> None:
        self._fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def fileno(self) -> int:
        return self._fd

    def setblocking(self, flag: bool) -> None:
        """Never blocks, as the loops want it."""

    def send(self, data: bytes) -> int:
        os.eventfd_write(self._fd, len(data))
        return len(data)

    def recv(self, size: int) -> bytes:
        """Zeros, of which the loops only want to know that there are some. Raises BlockingIOError where nothing was sent."""
        return bytes(min(size, os.eventfd_read(self._fd)))

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def socketpair(*args: Any, **kwargs: Any) -> tuple[Waker, Waker]:
    """`socket.socketpair` in a program: what it is for asyncio, and for anyone else what the kernel says."""
    if sys._getframe(1).f_globals.get("__name__") != "asyncio.selector_events":
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
    waker = Waker()
    return waker, waker
