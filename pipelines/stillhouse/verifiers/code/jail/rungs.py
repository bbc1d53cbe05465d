"""The ladder of isolation: which command starts the keeper behind which walls.

(A) bubblewrap around the inner jail, with a sized tmpfs as scratch; (B) the inner jail alone (Landlock ABI 4,
seccomp, rlimits), without a writable folder, because no quota holds there without a mount; (C) rlimits alone,
only when unsafe execution was allowed by name. A rung is used only after `selftest` has attacked it.
"""

import os
import shutil
import sys
from dataclasses import dataclass

from stillhouse.verifiers.code.jail import landlock
from stillhouse.verifiers.pool import boot

SCRATCH_BYTES = 64 << 20
# The keeper's whole environment. The hash seed is fixed so that the order of a set is the same in every run.
ENVIRONMENT = {"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}


@dataclass(frozen=True, slots=True)
class Rung:
    """A name for the verdicts and the command that starts the keeper."""

    name: str
    command: list[str]


def _keeper(walls: str, scratch: str) -> list[str]:
    return boot.command(["-s", "-P", "-B", "-X", "utf8"], "stillhouse.verifiers.code.jail.keeper", [walls, scratch])


def bubblewrap() -> Rung | None:
    """Rung A; None where bwrap or Landlock is missing. Whether it works here only the self-test knows."""
    bwrap = shutil.which("bwrap")
    if bwrap is None or landlock.abi() < landlock.MINIMUM_ABI:
        return None
    walls = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "jail"]
    mounts = [part for path in _mounted() for part in ("--ro-bind", path, path)]
    scratch = ["--size", str(SCRATCH_BYTES), "--tmpfs", "/scratch", "--proc", "/proc", "--dev", "/dev", "--chdir", "/scratch"]
    return Rung(
        f"bubblewrap+landlock{landlock.abi()}+seccomp+rlimits", [bwrap, *walls, *mounts, *scratch, "--", *_keeper("confined", "/scratch")]
    )


def _mounted() -> list[str]:
    """Read-only in rung A: the system's libraries, this interpreter, this package; Landlock narrows them further."""
    system = ["/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime"]
    own = [sys.base_prefix, sys.prefix, str(boot.SOURCE_ROOT / "stillhouse")]
    return [path for path in dict.fromkeys([*system, *own]) if os.path.exists(path)]


def inner_jail() -> Rung | None:
    """Rung B; None below Landlock ABI 4."""
    if landlock.abi() < landlock.MINIMUM_ABI:
        return None
    return Rung(f"landlock{landlock.abi()}+seccomp+rlimits", _keeper("confined", ""))


def unsafe() -> Rung:
    """Rung C: limits of time and memory, and nothing against a program that means harm."""
    return Rung("unsafe: rlimits only", _keeper("unsafe", ""))
