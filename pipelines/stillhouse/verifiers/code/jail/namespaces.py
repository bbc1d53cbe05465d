"""Namespaces of the keeper's own: process numbers that start anew for each program, and a file system without what none needs.

What a program could move and the next one read is the kernel's count of processes and threads, and what /proc tells of both.
Inside a user namespace a process may set that count and cover folders, without being root. The limit: some machines let nobody
make one; then the numbers are shared, which is said (`Numbers.shared`), or, where they are at least this keeper's own
(bubblewrap's), it is seen that a program has moved them and the keeper is replaced.
"""

import ctypes
import os
import signal
from collections.abc import Iterable

from stillhouse.verifiers.code.jail import kernel

# What setting the count needs: CAP_CHECKPOINT_RESTORE, in the keeper's own namespace.
COUNTING = 1 << 40
_LIBC = ctypes.CDLL(None, use_errno=True)
_NEW_USER, _NEW_PID, _NEW_MOUNTS = 0x10000000, 0x20000000, 0x20000
_READ_ONLY, _NO_SUID_DEVICES_PROGRAMS = 1, 0b1110
# The same number on every architecture; the C library has no name for it before glibc 2.36.
_MOUNT_SETATTR, _AT_CWD, _RECURSIVE = 442, -100, 0x8000
_COUNT = "/proc/sys/kernel/ns_last_pid"


class Numbers:
    """The count of process numbers. `shared`: it is the machine's own, and programs can tell each other things by it."""

    def __init__(self, fd: int, settable: bool) -> None:
        self._fd, self._settable = fd, settable
        self._last = 0

    @property
    def shared(self) -> bool:
        return self._fd < 0

    @property
    def keep(self) -> int:
        """The capabilities that the keeper still needs."""
        return COUNTING if self._settable else 0

    def start_after(self, number: int) -> None:
        """The next process is to be number + 1; its threads follow."""
        if self._settable:
            os.pwrite(self._fd, b"%d" % number, 0)

    def started(self, pid: int) -> None:
        self._last = pid

    def moved(self) -> bool:
        """Whether the last process has started threads, where that cannot be made good."""
        return self._fd >= 0 and not self._settable and int(os.pread(self._fd, 32, 0)) != self._last


def enter(needed: Iterable[str], own_already: bool) -> Numbers:
    """Moves this process into namespaces of its own, as their first process; the one that called waits for it and ends with it.

    `needed` are the paths that programs read or write; other folders of the root are empty from now on, and where
    `own_already` is false everything is read-only. `own_already`: the process has a namespace of process numbers (bubblewrap's).
    """
    if _LIBC.unshare(_NEW_USER | _NEW_PID | _NEW_MOUNTS) != 0:
        return Numbers(os.open(_COUNT, os.O_RDONLY), settable=False) if own_already else Numbers(-1, settable=False)
    first = kernel.bare_fork()
    if first:
        os._exit(os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]) & 0xFF)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    try:
        if not own_already:
            _make_read_only()
        count = os.open(_COUNT, os.O_RDWR)
        os.pwrite(count, b"1", 0)
        _cover(needed)
    except OSError:
        return Numbers(-1, settable=False)
    return Numbers(count, settable=True)


def _make_read_only() -> None:
    """All mounts, so that reading a file does not even change when it was read last; the count of numbers is set through /proc."""
    for path, flags, set_, clear in ((b"/", _RECURSIVE, _READ_ONLY, 0), (b"/proc", 0, 0, _READ_ONLY)):
        attributes = (ctypes.c_uint64 * 4)(set_, clear, 0, 0)
        arguments = [ctypes.c_long(_MOUNT_SETATTR), ctypes.c_long(_AT_CWD), path, ctypes.c_long(flags), attributes, ctypes.c_long(32)]
        _check(_LIBC.syscall(*arguments), "mount_setattr")


def _cover(needed: Iterable[str]) -> None:
    """Puts an empty folder over each folder of the root in which nothing is needed; /proc and /sys among them."""
    tops = {path.split("/")[1] for name in needed for path in (name, os.path.realpath(name))} | {"dev"}
    for entry in os.scandir("/"):
        if entry.name not in tops and entry.is_dir(follow_symlinks=False):
            flags = ctypes.c_ulong(_READ_ONLY | _NO_SUID_DEVICES_PROGRAMS)
            _check(_LIBC.mount(b"none", entry.path.encode(), b"tmpfs", flags, b"size=4k"), f"cover {entry.path}")


def _check(result: int, what: str) -> None:
    if result != 0:
        errno = ctypes.get_errno()
        raise OSError(errno, f"{what}: {os.strerror(errno)}")
