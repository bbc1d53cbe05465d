"""Confines the calling process for good: Landlock, seccomp, no capabilities, rlimits. Needs no dependency and no root.

Guarantee: afterwards this process reads only the interpreter's own files and `read`, writes only `write`, runs
no other program, opens no socket, signals nobody but itself, and cannot undo any of it. Limits: it sees its
own environment and open descriptors (start it with neither), and threads that exist already keep their file
rights (call it before any is started).
"""

import os
import resource
import sys
import sysconfig
from collections.abc import Iterable

from stillhouse.errors import UserError
from stillhouse.verifiers.code.jail import kernel, landlock, seccomp

MAX_FILE_BYTES = 16 << 20


def interpreter_paths() -> list[str]:
    """What Python needs to go on importing: its libraries, the C libraries, time zones. No user's files."""
    libraries = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    system = ["/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib", "/usr/share/zoneinfo", "/etc/localtime", "/etc/ld.so.cache"]
    return [*dict.fromkeys([*libraries, os.path.join(sys.base_prefix, "lib"), *system])]


def confine_self(
    *,
    read: Iterable[str] = (),
    write: Iterable[str] = (),
    cpu_seconds: int | None = None,
    address_space: int | None = None,
    fork: bool = False,
) -> str:
    """Confines this process and what it forks; returns the rung's name, for `Verdict.isolation`.

    `read` and `write` are further paths. `cpu_seconds` (whole seconds of CPU time, then SIGKILL) and
    `address_space` (bytes) are hard limits; None leaves them as they are. `fork=True` keeps the right to fork
    and to signal (a nursery; its children can call this again without it). No single file can grow over 16 MiB.
    Raises UserError where the kernel has no Landlock ABI 4 and OSError where it refuses.
    """
    abi = landlock.abi()
    if abi < landlock.MINIMUM_ABI:
        raise UserError(f"This kernel's Landlock ABI is {abi}; the jail needs {landlock.MINIMUM_ABI}.", "Use Linux 6.7 or newer.")
    rules = landlock.ruleset([*interpreter_paths(), "/dev/urandom", "/dev/zero", *read], ["/dev/null", *write])
    try:
        limit(cpu_seconds, address_space)
        kernel.drop_capabilities()
        kernel.no_new_privileges()
        landlock.restriction(rules)()
        seccomp.confine("keeper" if fork else "worker")
    finally:
        os.close(rules)
    return f"landlock{abi}+seccomp+rlimits"


def limit(cpu_seconds: int | None, address_space: int | None) -> None:
    """Hard limits of this process; core dumps are always off."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE_BYTES, MAX_FILE_BYTES))
    if cpu_seconds is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    if address_space is not None:
        resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
