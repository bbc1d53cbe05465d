"""The filter as the kernel reads it: every system call number of both architectures, run through the bytecode."""

import struct

import pytest

from stillhouse.verifiers.code.jail import seccomp, syscalls

PID = 4711
ALLOW, KILL, EPERM, EAGAIN, ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x0005000B, 0x00050026


def decide(program: bytes, number: int, arguments: tuple[int, ...] = (), architecture: int = 0) -> int:
    """What the kernel would do with a call: a classic BPF machine over `struct seccomp_data`."""
    data = struct.pack("<IIQ6Q", number, architecture, 0, *arguments, *[0] * (6 - len(arguments)))
    at = held = 0
    while True:
        code, yes, no, value = struct.unpack_from("<HBBI", program, 8 * at)
        at += 1
        if code == 0x06:
            return int(value)
        if code == 0x20:
            held = struct.unpack_from("<I", data, value)[0]
        elif code == 0x05:
            at += value
        elif code == 0x54:
            held &= value
        else:
            at += yes if {0x15: held == value, 0x35: held >= value, 0x45: bool(held & value)}[code] else no


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("kind", ["keeper", "worker", "tester", "program"])
def test_only_what_the_table_names_is_allowed(monkeypatch: pytest.MonkeyPatch, machine: str, kind: seccomp.Kind) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    column = syscalls.architecture()
    audit = syscalls.AUDIT_ARCH[column]
    program = seccomp.program(kind, PID)
    named = {numbers[column]: name for name, numbers in syscalls.NUMBERS.items() if numbers[column] is not None}
    refused = {
        "keeper": frozenset[str](),
        "worker": seccomp.KEEPER_ONLY,
        "tester": seccomp.KEEPER_ONLY - {"recvmsg"},
        "program": seccomp.KEEPER_ONLY | seccomp.PIPES,
    }[kind]
    conditional = {"clone3", "ioctl", "socketpair", "sendto", "prlimit64", "madvise", "close_range"} - refused
    conditional |= set() if kind == "keeper" else {"kill", "tgkill", "tkill", "clone", "prctl", "setrlimit"}
    conditional |= {"futex"} if kind == "program" else set()
    for number in [*range(1000), 1 << 30, (1 << 30) + 1, (1 << 32) - 1]:
        name = named.get(number, "")
        assert decide(program, number, (), audit ^ 1) == KILL
        if name not in conditional:
            assert decide(program, number, (), audit) == (ALLOW if name and name not in refused else EPERM), name or number


@pytest.mark.parametrize(
    ("name", "arguments", "found"),
    [
        ("clone3", (), ENOSYS),
        ("kill", (PID, 15), ALLOW),
        ("kill", (PID, 9), EPERM),
        ("kill", (PID, (1 << 32) + 9), EPERM),
        ("kill", (PID + 1, 15), EPERM),
        ("kill", (0, 9), EPERM),
        ("kill", ((1 << 32) - 1, 9), EPERM),
        ("tgkill", (PID, 1, 6), ALLOW),
        ("tgkill", (PID, 1, 9), EPERM),
        ("tgkill", (1, PID, 6), EPERM),
        ("tkill", (1, 6), EPERM),
        ("tkill", (PID, 9), EPERM),
        ("clone", (0x3D0F00,), ALLOW),
        ("clone", (0x3D0F00 & ~0x400,), EPERM),
        ("clone", (0x3D0F00 | 0x10000000,), EPERM),
        ("madvise", (0, 0, 4), ALLOW),
        ("madvise", (0, 0, 21), EPERM),
        ("madvise", (0, 0, 22), EPERM),
        ("close_range", (3, 9, 0), ALLOW),
        ("close_range", (3, 9, 2), EPERM),
        ("setrlimit", (3, 1), ALLOW),
        ("setrlimit", (0, 1), EPERM),
        ("prlimit64", (0, 3, 1), ALLOW),
        ("prlimit64", (0, 0, 1), EPERM),
        ("prlimit64", (0, 0, 0), ALLOW),
        ("clone", (17,), EPERM),
        ("prctl", (15,), ALLOW),
        ("prctl", (1,), EPERM),
        ("ioctl", (0, 0x5401), ALLOW),
        ("ioctl", (0, 0x5412), EPERM),
        ("socketpair", (1,), ALLOW),
        ("socketpair", (2,), EPERM),
        ("sendto", (3, 0, 0, 0, 0), ALLOW),
        ("sendto", (3, 0, 0, 0, 1), EPERM),
        ("sendto", (3, 0, 0, 0, 1 << 32), EPERM),
        ("prlimit64", (0,), ALLOW),
        ("prlimit64", (PID,), ALLOW),
        ("prlimit64", (1,), EPERM),
    ],
)
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_some_calls_are_allowed_for_some_arguments_only(
    monkeypatch: pytest.MonkeyPatch, machine: str, name: str, arguments: tuple[int, ...], found: int
) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert decide(seccomp.program("worker", PID), syscalls.number(name), arguments, syscalls.AUDIT_ARCH[syscalls.architecture()]) == found


@pytest.mark.parametrize(
    ("name", "arguments", "found"),
    [
        ("mmap", (0, 4096, 3, 0x22), ALLOW),
        ("mmap", (0, 4096, 1, 0x01), ALLOW),
        ("mmap", (0, 4096, 3, 0x21), EPERM),
        ("mmap", (0, 4096, 3, 0x23), EPERM),
        ("mmap", (0, 4096, 3, 0x100021), EPERM),
        ("futex", (0, 0x80), ALLOW),
        ("futex", (0, 0x189), ALLOW),
        ("futex", (0, 0), EAGAIN),
        ("futex", (0, 0x109), EAGAIN),
        ("futex", (0, 1), EPERM),
        ("futex", (0, 6), EPERM),
        ("openat", (0, 0, 0x410002), EPERM),
        ("openat", (0, 0, 0x80042), ALLOW),
        ("socketpair", (1,), EPERM),
        ("kill", (PID, 9), EPERM),
    ],
)
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_a_program_may_less_than_a_worker(
    monkeypatch: pytest.MonkeyPatch, machine: str, name: str, arguments: tuple[int, ...], found: int
) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert decide(seccomp.program("program", PID), syscalls.number(name), arguments, syscalls.AUDIT_ARCH[syscalls.architecture()]) == found
