"""A seccomp filter that allows a list of system calls and refuses the rest with EPERM.

A worker can do what a Python program that computes needs: no process, socket, exec, namespace, mount, ptrace, bpf,
io_uring or shared memory; signals go to itself only, and never SIGKILL, which must mean that someone else ended it.
A keeper can do what a supervisor of such programs needs as well; a tester can take descriptors. A program can do less than
a worker: nothing that leaves a trace in a count of the machine's (see PIPES), and no waiting for or waking of another process.
"""

import ctypes
import os
import struct
from typing import Literal

from stillhouse.verifiers.code.jail.kernel import no_new_privileges, prepared
from stillhouse.verifiers.code.jail.syscalls import AUDIT_ARCH, NUMBERS, architecture

KEEPER_ONLY = frozenset(
    {"fork", "vfork", "sendmsg", "recvmsg", "pidfd_open", "pidfd_send_signal", "setsid", "setpgid", "fstatfs"}
) | frozenset({"seccomp", "capset", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"})
# Every pipe, socket and piece of shared memory takes the next number of a count that all processes of the machine share, and
# fstat tells it; SO_COOKIE is another. openat2 hides its flags.
PIPES = frozenset({"pipe", "pipe2", "socketpair", "getsockopt", "sendto", "recvfrom", "shutdown", "openat2"})
_LOAD, _AND, _JUMP_SET, _JUMP, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x54, 0x45, 0x05, 0x15, 0x35, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _EAGAIN, _ENOSYS = 1, 11, 38
# The flags with which glibc and musl make a thread. Fewer would give it descriptors of its own (and so more buffers than one
# table can hold), more a namespace.
_THREADS = (0x003D0F00, 0x007D0F00)
# Advice about a program's own memory. What is not named here loads or drops pages of files, which the next program could time.
_ADVICE = (0, 1, 2, 4, 8, 14, 15, 16)
_CLOSE_RANGE = (0, 4)
_RLIMIT_STACK, _SIGKILL = 3, 9
_AF_UNIX = 1
_MAP_SHARED_ANONYMOUS = 0x21
# A file without a name takes an inode number, and its folder does not show it.
_O_TMPFILE = 0x400000
_FUTEX_PRIVATE, _FUTEX_CLOCK, _FUTEX_WAIT, _FUTEX_WAIT_BITSET = 0x80, 0x100, 0, 9
_TERMINAL_QUESTIONS = (0x5401, 0x5413, 0x5421, 0x541B, 0x5450, 0x5451)
_PR_SET_NAME, _PR_GET_NAME = 15, 16
# The clocks of the machine and the caller's own; the two last are the CPU time of "this process" and "this thread" by number 0.
# The other negative numbers are the CPU time of any process that lives.
_CLOCKS = (*range(12), -6 & 0xFFFFFFFF, -2 & 0xFFFFFFFF)
# Calls that take a process number first and tell something of that process.
_ASKING_AFTER = ("getpgid", "getsid", "sched_getaffinity", "sched_getscheduler", "sched_getparam", "get_robust_list")
_SET_MODE_FILTER, _ON_ALL_THREADS = 1, 1
# Stands for the pid of the process that a filter is for, until there is one; larger than any pid.
_PLACEHOLDER = 0x2B7E1516

Instruction = tuple[int, int, int, int]
Kind = Literal["keeper", "worker", "tester", "program"]


def _load(offset: int) -> Instruction:
    return (_LOAD, 0, 0, offset)


def _argument(index: int) -> int:
    return 16 + 8 * index


def _if_equal(value: int, then: int) -> list[Instruction]:
    return [(_JUMP_EQUAL, 0, 1, value), (_RETURN, 0, 0, then)]


def _require(index: int, values: tuple[int, ...]) -> list[Instruction]:
    """Goes on when the low half of an argument is one of the values; the kernel reads no more of it."""
    checks = [(_JUMP_EQUAL, len(values) - at, 0, value) for at, value in enumerate(values)]
    return [_load(_argument(index)), *checks, (_RETURN, 0, 0, _ERRNO | _EPERM)]


def _one_of(index: int, values: tuple[int, ...]) -> list[Instruction]:
    return [*_require(index, values), (_RETURN, 0, 0, _ALLOW)]


def _signal(to: int, what: int, pid: int) -> list[Instruction]:
    """Allows a signal to the process itself that it could catch."""
    return [*_require(to, (pid,)), _load(_argument(what)), *_if_equal(_SIGKILL, _ERRNO | _EPERM), (_RETURN, 0, 0, _ALLOW)]


def _own_limits(pid: int) -> list[Instruction]:
    """Allows reading a limit; setting only that of the stack, as deeply recursive programs do."""
    return [*_require(0, (0, pid)), _load(_argument(1)), *_if_equal(_RLIMIT_STACK, _ALLOW), *_null(2)]


def _null(index: int) -> list[Instruction]:
    refuse = (_RETURN, 0, 0, _ERRNO | _EPERM)
    low = [_load(_argument(index)), (_JUMP_EQUAL, 1, 0, 0), refuse]
    high = [_load(_argument(index) + 4), (_JUMP_EQUAL, 1, 0, 0), refuse]
    return [*low, *high, (_RETURN, 0, 0, _ALLOW)]


def _without(index: int, flags: int) -> list[Instruction]:
    """Allows a call in which not all of these flags are set."""
    return [_load(_argument(index)), (_AND, 0, 0, flags), *_if_equal(flags, _ERRNO | _EPERM), (_RETURN, 0, 0, _ALLOW)]


def _own_futexes() -> list[Instruction]:
    """Only those that say that they are the process's own: others reach whoever has the same page of a library.

    The C library waits for the end of a thread by one that does not say so; told that it has changed, it looks again.
    """
    waits = [*_if_equal(_FUTEX_WAIT, _ERRNO | _EAGAIN), *_if_equal(_FUTEX_WAIT_BITSET, _ERRNO | _EAGAIN)]
    private = [(_JUMP_SET, 0, 1, _FUTEX_PRIVATE), (_RETURN, 0, 0, _ALLOW)]
    return [_load(_argument(1)), *private, (_AND, 0, 0, ~_FUTEX_CLOCK & 0xFFFFFFFF), *waits, (_RETURN, 0, 0, _ERRNO | _EPERM)]


def _conditions(kind: Kind, pid: int) -> dict[str, list[Instruction]]:
    """Calls that are allowed for some arguments only. clone3 hides its flags, so the C library must fall back to clone."""
    found = {
        "clone3": [(_RETURN, 0, 0, _ERRNO | _ENOSYS)],
        "ioctl": _one_of(1, _TERMINAL_QUESTIONS),
        "socketpair": _one_of(0, (_AF_UNIX,)),
        "sendto": _null(4),
        "madvise": _one_of(2, _ADVICE),
        "close_range": _one_of(2, _CLOSE_RANGE),
    }
    if kind == "keeper":
        return {**found, "prlimit64": _one_of(0, (0, pid))}
    signals = {"kill": _signal(0, 1, pid), "tkill": _signal(0, 1, pid), "tgkill": _signal(0, 2, pid)}
    limits = {"setrlimit": _one_of(0, (_RLIMIT_STACK,)), "prlimit64": _own_limits(pid)}
    others = {name: _one_of(0, (0, pid)) for name in _ASKING_AFTER} | {"getpriority": _one_of(1, (0, pid))}
    clocks = {name: _one_of(0, _CLOCKS) for name in ("clock_gettime", "clock_getres", "clock_nanosleep")}
    own = {"clone": _one_of(0, _THREADS), "prctl": _one_of(0, (_PR_SET_NAME, _PR_GET_NAME))}
    if kind == "program":
        own |= {"mmap": _without(3, _MAP_SHARED_ANONYMOUS), "futex": _own_futexes()}
        own |= {"open": _without(1, _O_TMPFILE), "openat": _without(2, _O_TMPFILE)}
    return {**found, **signals, **limits, **others, **clocks, **own}


def _allows(kind: Kind, name: str) -> bool:
    if kind == "keeper":
        return True
    if name in KEEPER_ONLY:
        return kind == "tester" and name == "recvmsg"
    return kind != "program" or name not in PIPES


def program(kind: Kind, pid: int) -> bytes:
    """The filter for the process `pid` as BPF bytecode."""
    column = architecture()
    conditions = _conditions(kind, pid)
    bodies: dict[int, list[Instruction]] = {}
    for name, numbers in NUMBERS.items():
        number = numbers[column]
        if number is not None and _allows(kind, name):
            bodies[number] = conditions.get(name, [(_RETURN, 0, 0, _ALLOW)])
    code = [_load(4), (_JUMP_EQUAL, 1, 0, AUDIT_ARCH[column]), (_RETURN, 0, 0, _KILL), _load(0), *_search(_ranges(bodies))]
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in code)


def _ranges(bodies: dict[int, list[Instruction]]) -> list[tuple[int, list[Instruction]]]:
    """What to do with every number: (first number, instructions) of each run of numbers that are treated alike."""
    refuse: list[Instruction] = [(_RETURN, 0, 0, _ERRNO | _EPERM)]
    ranges: list[tuple[int, list[Instruction]]] = []
    for number in range(max(bodies) + 2):
        body = bodies.get(number, refuse)
        if not ranges or ranges[-1][1] != body:
            ranges.append((number, body))
    return ranges


def _search(ranges: list[tuple[int, list[Instruction]]]) -> list[Instruction]:
    """A binary search for the number that is loaded: the kernel tries a new filter on every number there is, so a list is slow."""
    if len(ranges) == 1:
        return ranges[0][1]
    middle = len(ranges) // 2
    below, above = _search(ranges[:middle]), _search(ranges[middle:])
    return [(_JUMP_AT_LEAST, 0, 1, ranges[middle][0]), (_JUMP, 0, 0, len(below)), *below, *above]


class Filter:
    """A filter in memory, ready to be installed by this process or, after a fork, by a child of it."""

    def __init__(self, kind: Kind) -> None:
        code = program(kind, _PLACEHOLDER)
        wanted = _PLACEHOLDER.to_bytes(4, "little")
        self._own_pid = [at for at in range(4, len(code), 8) if code[at : at + 4] == wanted]
        self._code = ctypes.create_string_buffer(code, len(code))
        header = ctypes.create_string_buffer(struct.pack("<HxxxxxxQ", len(code) // 8, ctypes.addressof(self._code)))
        self._call = prepared("seccomp", _SET_MODE_FILTER, _ON_ALL_THREADS, header)

    def install(self) -> None:
        """Puts the filter on every thread of this process, for good; new privileges must be given up already."""
        for at in self._own_pid:
            struct.pack_into("<I", self._code, at, os.getpid())
        self._call()


def confine(kind: Kind) -> None:
    """Builds and installs the filter for this process."""
    no_new_privileges()
    Filter(kind).install()
