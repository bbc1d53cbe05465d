"""Landlock: what of the file system a process may read or write, and no TCP at all.

A ruleset is made once and can be applied to many processes. From ABI 6 signals and abstract sockets cannot
leave the process's own domain either. The limit: below ABI 4 (Linux 6.7) TCP is not covered, so that is refused.
"""

import ctypes
import os
import struct
from collections.abc import Callable, Iterable

from stillhouse.verifiers.code.jail.kernel import prepared, syscall

MINIMUM_ABI = 4
_READ_FILE, _READ_DIR, _WRITE_FILE, _TRUNCATE = 1 << 2, 1 << 3, 1 << 1, 1 << 14
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_READ = _READ_FILE | _READ_DIR
_WRITE = _READ | _WRITE_FILE | _TRUNCATE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG
_ON_A_FILE = _READ_FILE | _WRITE_FILE | _TRUNCATE
_ALL_FS, _IOCTL_DEV = (1 << 15) - 1, 1 << 15
_ALL_TCP, _ALL_SCOPES = 0b11, 0b11


def abi() -> int:
    """The kernel's Landlock ABI; 0 where Landlock is missing or switched off."""
    try:
        return syscall("landlock_create_ruleset", 0, 0, 1)
    except OSError:
        return 0


def ruleset(read: Iterable[str], write: Iterable[str]) -> int:
    """A descriptor of a ruleset that handles everything and allows only these paths, where they exist.

    `read` opens files and lists folders (never executes); `write` also makes and removes plain files and
    folders, but no links and no devices. Raises OSError where the kernel refuses.
    """
    version = abi()
    handled = _ALL_FS | (_IOCTL_DEV if version >= 5 else 0)
    attributes = struct.pack("<QQQ", handled, _ALL_TCP, _ALL_SCOPES if version >= 6 else 0)[: 24 if version >= 6 else 16]
    fd = syscall("landlock_create_ruleset", ctypes.c_char_p(attributes), len(attributes), 0)
    os.set_inheritable(fd, False)
    for paths, access in ((read, _READ), (write, _WRITE)):
        for path in paths:
            _allow(fd, path, access)
    return fd


def _allow(ruleset_fd: int, path: str, access: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not os.path.isdir(path):
            access &= _ON_A_FILE
        syscall("landlock_add_rule", ruleset_fd, 1, ctypes.c_char_p(struct.pack("<Qi", access, fd)), 0)
    finally:
        os.close(fd)


def restriction(ruleset_fd: int) -> Callable[[], int]:
    """Calling it applies a ruleset to this thread and all that come from it, for good; new privileges must be given up already."""
    return prepared("landlock_restrict_self", ruleset_fd, 0)
