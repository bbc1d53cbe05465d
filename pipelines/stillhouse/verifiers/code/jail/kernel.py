"""The few calls into the C library that Python has no module for. Raises OSError with the kernel's errno."""

import ctypes
import os
import threading
from collections.abc import Callable

from stillhouse.verifiers.code.jail.syscalls import architecture, number

_LIBC = ctypes.CDLL(None, use_errno=True)
_WITH_GIL = ctypes.PyDLL(None)
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, _PR_GET_TID_ADDRESS = 1, 38, 40
_CLONE_PARENT, _CLONE_CHILD_CLEARTID, _CLONE_CHILD_SETTID, _SIGCHLD = 0x8000, 0x200000, 0x1000000, 17
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


def drop_capabilities(keep: int = 0) -> None:
    """Gives up every capability of this thread but those whose bits are in `keep`: root keeps its number and nothing else."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    low, high = keep & 0xFFFFFFFF, keep >> 32
    syscall("capset", header, (ctypes.c_uint32 * 6)(low, low, 0, high, high, 0))


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


def sibling_fork() -> Callable[[], int]:
    """A fork whose child is not the caller's but its parent's, who alone can wait for it and sees how it ends. As bare as `bare_fork`."""
    tid = _own_tid()
    flags = _CLONE_PARENT | _SIGCHLD | (_CLONE_CHILD_SETTID | _CLONE_CHILD_CLEARTID if tid else 0)
    # The two last arguments, the child's number and the thread's storage, are the other way round on aarch64.
    last = (tid, 0) if architecture() == 0 else (0, tid)
    ready = [ctypes.c_long(value) for value in (number("clone"), flags, 0, 0, *last)]

    def fork() -> int:
        pid: int = _WITH_GIL.syscall(*ready)
        if pid < 0:
            raise OSError("clone failed")
        return pid

    return fork


def _own_tid() -> int:
    """Where the C library keeps the number of this thread, which a child must find its own in; 0 where the library does not (musl)."""
    where = ctypes.c_void_p()
    if _LIBC.prctl(_PR_GET_TID_ADDRESS, ctypes.byref(where), *[ctypes.c_ulong(0)] * 3) != 0 or not where.value:
        return 0
    return where.value if ctypes.c_int.from_address(where.value).value == threading.get_native_id() else 0
