"""The few calls into the C library that Python has no module for. Raises OSError with the kernel's errno."""

import ctypes
import os
from collections.abc import Callable

from stillhouse.verifiers.code.jail.syscalls import number

_LIBC = ctypes.CDLL(None, use_errno=True)
_WITH_GIL = ctypes.PyDLL(None)
PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION_3 = 0x20080522


def prepared(name: str, *args: object) -> Callable[[], int]:
    """A system call by name, ready to be made; pointers are ctypes objects, everything else is an integer.

    A child of the keeper pays for every page that it touches, so what can be worked out before the fork is.
    """
    ready = [ctypes.c_long(number(name)), *[ctypes.c_long(a) if isinstance(a, int) else a for a in args]]

    def call() -> int:
        result: int = _LIBC.syscall(*ready)
        if result < 0:
            errno = ctypes.get_errno()
            raise OSError(errno, f"{name}: {os.strerror(errno)}")
        return result

    return call


def syscall(name: str, *args: object) -> int:
    """Makes a system call by name, at once. Raises OSError."""
    return prepared(name, *args)()


def prctl(option: int, value: int) -> None:
    if _LIBC.prctl(option, *[ctypes.c_ulong(v) for v in (value, 0, 0, 0)]) != 0:
        errno = ctypes.get_errno()
        raise OSError(errno, f"prctl {option}: {os.strerror(errno)}")


def drop_capabilities() -> None:
    """Gives up every capability of this thread: root keeps its number and nothing else."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    syscall("capset", header, (ctypes.c_uint32 * 6)())


def no_new_privileges() -> None:
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def bare_fork() -> int:
    """fork() without Python's hooks, for a process that never had a second thread.

    The hooks renew the locks of threads that do not exist and reseed `random`; they are most of the cost of a
    fork (0.9 against 0.3 ms), and without them every child starts from the same random state.
    """
    pid: int = _WITH_GIL.fork()
    if pid < 0:
        raise OSError("fork failed")
    return pid
