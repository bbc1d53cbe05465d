"""The walls that every process of a job is put behind, made once, because making them is the slow part."""

import os
import resource
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stillhouse.verifiers.code.jail import kernel, landlock, namespaces, seccomp
from stillhouse.verifiers.code.jail.confine import interpreter_paths, limit
from stillhouse.verifiers.code.jail.namespaces import Numbers

TESTER_CPU = 4
_OPEN_FILES = 64


@dataclass(frozen=True, slots=True)
class Walls:
    """`restrict` and `filters` are None and empty for limits alone; `numbers` is the count that the processes are numbered by."""

    restrict: Callable[[], int] | None
    filters: dict[bool, seccomp.Filter]
    address_space: int
    scratch: str
    numbers: Numbers

    def close_in(self, request: dict[str, Any], tester: bool, keep: set[int]) -> None:
        """Confines this process, for good. A tester lives for many candidates, so it has more time and may take descriptors.

        The filter comes last: until then this process can still say that it failed.
        """
        os.setsid()
        limit(request["cpu_seconds"] * (TESTER_CPU if tester else 1), self.address_space + (request["memory_mb"] << 20))
        resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
        if self.scratch:
            os.chdir(self.scratch)
        if self.restrict is not None:
            self.restrict()
        _close_all_but(keep)
        if self.restrict is not None:
            self.filters[tester].install()


def build(scratch: str, confined: bool) -> Walls:
    """Puts the calling process behind its own, wider walls, in another process (see `namespaces.enter`), and makes its children's."""
    with open("/proc/self/statm", "rb") as file:
        address_space = int(file.read().split()[0]) * resource.getpagesize()
    if not confined:
        return Walls(None, {}, address_space, scratch, Numbers(-1, settable=False))
    read, write = [*interpreter_paths(), "/dev/urandom"], ["/dev/null", *([scratch] if scratch else [])]
    # Its own rules let the keeper see whether a child waits or is starved; a child is behind both.
    own, rules = landlock.ruleset([*read, "/proc"], write), landlock.ruleset(read, write)
    numbers = namespaces.enter([*read, *write], own_already=bool(scratch))
    kernel.drop_capabilities(numbers.keep)
    kernel.no_new_privileges()
    landlock.restriction(own)()
    os.close(own)
    seccomp.confine("keeper")
    filters = {tester: seccomp.Filter("tester" if tester else "program") for tester in (False, True)}
    return Walls(landlock.restriction(rules), filters, address_space, scratch, numbers)


def _close_all_but(keep: set[int]) -> None:
    last = -1
    for fd in [*sorted(keep), 1 << 10]:
        # closerange(0, 0) would close everything: it asks the kernel for 0 to -1.
        if last + 1 < fd:
            os.closerange(last + 1, fd)
        last = fd
