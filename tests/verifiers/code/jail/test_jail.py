"""The jail against the attacks that its self-test makes, on every rung that this machine has; and how runs end."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import stillhouse
from stillhouse.errors import UserError
from stillhouse.verifiers.code.jail import attacks, landlock, rungs, seccomp, selftest, syscalls
from stillhouse.verifiers.code.jail.child import Child
from stillhouse.verifiers.code.jail.client import Jail
from stillhouse.verifiers.code.jail.results import Ended, Limits
from stillhouse.verifiers.code.jail.rungs import Rung

LIMITS = Limits(cpu_seconds=1, memory_mb=256, idle_seconds=1.0, output_bytes=1 << 20)
RUNGS = {"bubblewrap": rungs.bubblewrap(), "landlock": rungs.inner_jail()}
TITLES = list(attacks.programs(secret="", folder="", port=0, name="", pid=1))


DEAF = """
import signal
for number in range(1, 32):
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_IGN)
while True: pass
"""


def starts(rung: Rung | None) -> bool:
    if rung is None:
        return False
    with Jail(rung) as jail:
        return jail.stdio("print(1)", "", LIMITS).output == b"1\n"


WORKING = {name: rung for name, rung in RUNGS.items() if rung is not None and starts(rung)}


@pytest.fixture(scope="module", params=sorted(WORKING) or ["none"])
def jail(request: pytest.FixtureRequest) -> Iterator[Jail]:
    assert request.param in WORKING, "no rung works on this machine: Landlock ABI 4 is needed"
    with Jail(WORKING[request.param]) as made:
        yield made


@pytest.mark.parametrize("title", TITLES)
def test_an_attack_does_not_get_through(jail: Jail, title: str) -> None:
    with selftest.targets() as aims:
        ended = jail.stdio(attacks.programs(**aims)[title], "", LIMITS)  # type: ignore[arg-type]
        assert selftest.held(ended), ended
        assert os.listdir(str(aims["folder"])) == ["secret"]


def test_the_attacks_do_get_through_where_there_is_no_jail() -> None:
    """Without this, an attack that can never succeed would pass for a wall that holds."""
    harmless = ["tcp", "abstract socket", "environment of the caller", "read a secret", "list its folder", "shell", "signal the caller"]
    with selftest.targets() as aims:
        for title in harmless:
            program = attacks.programs(**aims)[title]  # type: ignore[arg-type]
            run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
            assert run.stdout.split()[-1] == "BROKEN", title


def end(jail: Jail, program: str) -> Ended:
    return jail.stdio(program, "", LIMITS)


@pytest.mark.parametrize(
    ("program", "status", "why"),
    [
        ("while True: pass", "timeout", "cpu"),
        ("import time; time.sleep(60)", "timeout", "idle"),
        ("input()\nimport time\nwhile True: time.sleep(0.5)", "raised", "EOFError"),
        (DEAF, "timeout", "cpu"),
        ("x = bytearray(1 << 30)", "memory", "memory"),
        ("x = []\nwhile True: x.append(bytes(1 << 20))", "memory", "memory"),
        ("import ctypes; ctypes.string_at(0)", "crash", "SIGSEGV"),
        ("while True: print('x' * 10000)", "output", "output"),
        ("raise SystemExit(3)", "exit", "3"),
        ("import os; os._exit(9)", "exit", "9"),
        ("1 / 0", "raised", "ZeroDivisionError"),
        ("def f(: pass", "raised", "SyntaxError"),
    ],
)  # fmt: skip
def test_how_a_run_ends_is_told_apart(jail: Jail, program: str, status: str, why: str) -> None:
    ended = end(jail, program)
    assert ended.status == status
    assert why in ended.why


def test_what_a_program_may_do_works(jail: Jail) -> None:
    program = """
import sys, threading, random, json, asyncio, decimal
from dataclasses import dataclass
@dataclass
class P:
    x: int
async def later():
    await asyncio.sleep(0.001)
    return await asyncio.to_thread(int, "5")
found = []
t = threading.Thread(target=lambda: found.append(P(int(input()))))
t.start(); t.join()
print(found[0].x, asyncio.run(later()), decimal.Decimal("0.1") + 1)
print("ä", file=sys.stdout)
"""
    assert jail.stdio(program, "7\n", LIMITS).output.decode() == "7 5 1.1\nä\n"


def test_a_run_leaves_nothing_for_the_next(jail: Jail) -> None:
    end(jail, "import builtins, sys\nbuiltins.left = 1\nsys.modules['math'] = None\nopen('left', 'w').write('x')")
    ended = end(jail, "import builtins, math, os\nprint(hasattr(builtins, 'left'), os.path.exists('left'))")
    assert ended.output == b"False False\n"


def test_a_run_may_make_folders_only_where_a_quota_holds_and_they_go_with_it(jail: Jail) -> None:
    made = end(jail, "import os\nos.makedirs('folder/inner')\nopen('folder/inner/file', 'w').write('x')")
    assert made.status == ("ok" if jail.rung.name.startswith("bubblewrap") else "raised"), made
    assert end(jail, "import os; print(os.path.exists('folder'))").output == b"False\n"


def test_a_run_is_forked_from_this_package_and_nothing_large(jail: Jail) -> None:
    """Each page of the keeper is paid for by every run; and another copy of the package may be installed beside this one."""
    program = "import sys; print(sys.modules['stillhouse'].__file__, *{'numpy', 'pyarrow', 'pydantic', 'yaml'} & set(sys.modules))"
    assert end(jail, program).output.decode().split() == [stillhouse.__file__]


def test_a_library_that_is_installed_can_be_imported(jail: Jail) -> None:
    assert jail.stdio("import numpy; print(numpy.arange(3).sum())", "", Limits(memory_mb=256)).output == b"3\n"


def test_random_numbers_and_hashes_are_the_same_in_every_run(jail: Jail) -> None:
    program = "import random; print(random.random(), hash('a'), {str(i) for i in range(5)})"
    with Jail(jail.rung) as other:
        assert end(jail, program).output == end(jail, program).output == end(other, program).output


def test_a_lost_keeper_is_replaced_and_the_run_repeated(jail: Jail) -> None:
    end(jail, "print(1)")
    assert jail._process is not None
    jail._process.kill()
    jail._process.wait()
    assert end(jail, "print(2)").output == b"2\n"


def below(pid: int) -> list[int]:
    """The process and those that come from it."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [pid, *(found for child in file.read().split() for found in below(int(child)))]


@pytest.mark.skipif("landlock" not in WORKING, reason="needs Landlock ABI 4")
def test_the_keeper_does_not_grow() -> None:
    runs = 16
    with Jail(WORKING["landlock"]) as jail:
        jail.start()
        assert jail._process is not None
        # The process that was started, the keeper, and its zygote; a tester comes and goes.
        keeper = below(jail._process.pid)
        assert len(keeper) == 3
        jail.tests("def f(x): return x", "assert f(1) == 1", "", False, LIMITS)
        before = [len(os.listdir(f"/proc/{pid}/fd")) for pid in [*keeper, "self"]]
        for number in range(runs // 2):
            jail.stdio("print(1)", "", LIMITS)
            jail.tests("def f(x): return x", f"assert f(1) == {number}", "", False, LIMITS)
        assert [len(os.listdir(f"/proc/{pid}/fd")) for pid in keeper] == before[:-1]
        # Other tests' threads may open a descriptor of this process meanwhile; one that a run leaves open would be there sixteen times.
        assert len(os.listdir("/proc/self/fd")) < before[-1] + runs


def test_a_named_rung_that_is_missing_is_refused_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(UserError, match=r"bubblewrap: not available.*--allow-unsafe-execution"):
        selftest.choose("bubblewrap", unsafe=False)


def test_a_rung_that_holds_comes_before_none_whatever_was_wanted_and_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert selftest.choose("bubblewrap", unsafe=True).name == WORKING["landlock"].name
    monkeypatch.setattr(selftest.rungs, "inner_jail", lambda: None)
    assert selftest.choose("bubblewrap", unsafe=True).name.startswith("unsafe")


@pytest.mark.skipif("landlock" not in WORKING, reason="needs Landlock ABI 4")
def test_a_rung_says_where_it_can_have_no_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a machine does that lets nobody make one, made by a namespace that allows no further one."""
    inner = WORKING["landlock"]
    forbid = ["unshare", "-U", "-r", "sh", "-c", 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"', "sh"]
    monkeypatch.setattr(selftest.rungs, "inner_jail", lambda: Rung(inner.name, [*forbid, *inner.command]))
    assert selftest.choose("landlock", unsafe=False).name == f"{inner.name}, {selftest.SHARED}"


@pytest.mark.skipif("bubblewrap" not in WORKING, reason="needs bubblewrap")
def test_bubblewrap_without_further_namespaces_replaces_a_keeper_whose_numbers_moved() -> None:
    rung = WORKING["bubblewrap"]
    look, move = "import os; print(os.getpid())", "import threading\nfor _ in range(20): threading.Thread(target=int).start()"
    with Jail(Rung(rung.name, [rung.command[0], "--unshare-user", "--disable-userns", *rung.command[1:]])) as jail:
        alone = jail.stdio(look, "", LIMITS).output
        assert not jail.shared
        assert jail.stdio(move, "", LIMITS).status == "ok"
        assert jail.stdio(look, "", LIMITS).output == alone


def test_the_chosen_rung_has_withstood_every_attack() -> None:
    assert selftest.choose("best", unsafe=False).name in {rung.name for rung in WORKING.values()}


def test_confine_self_takes_files_network_and_processes_away_for_good() -> None:
    program = """
import os, socket, sys
from stillhouse.verifiers.code.jail import confine_self
print(confine_self(cpu_seconds=5, address_space=4 << 30))
for attempt in (lambda: open("/etc/passwd"), socket.socket, os.fork, lambda: os.kill(os.getppid(), 0), lambda: open("/tmp/x", "w")):
    try:
        attempt()
    except PermissionError:
        print("refused")
import fractions
print(sum(range(10)))
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == [f"landlock{landlock.abi()}+seccomp+rlimits", *["refused"] * 5, "45"]


def test_both_architectures_have_every_call_that_has_no_replacement(monkeypatch: pytest.MonkeyPatch) -> None:
    old = {"stat", "lstat", "open", "access", "readlink", "mkdir", "unlink", "rmdir", "rename", "getpgrp", "time", "pipe", "poll", "select"}
    old |= {"epoll_create", "epoll_wait", "dup2", "alarm", "pause", "arch_prctl", "fork", "vfork"}
    assert {name for name, numbers in syscalls.NUMBERS.items() if numbers[1] is None} == old
    filters = []
    for machine in ("x86_64", "aarch64"):
        monkeypatch.setattr("platform.machine", lambda machine=machine: machine)
        filters.append(seccomp.program("program", 7))
    assert filters[0] != filters[1]
    assert len(filters[1]) % 8 == 0
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(UserError, match="riscv64"):
        seccomp.program("program", 7)


def test_a_process_that_could_run_is_told_from_one_that_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By their states, whatever else the machine does: starved of CPU time is not idle."""
    monkeypatch.chdir(tmp_path)  # the keeper goes into a folder of /proc and stays there; here it is left again at the end
    for program, wants in (("while True: pass", True), ("import time; time.sleep(60)", False)):
        with subprocess.Popen([sys.executable, "-c", f"print(1, flush=True)\n{program}"], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            child = Child("serve", process.pid, os.pidfd_open(process.pid), os.open("/proc", os.O_RDONLY))
            try:
                # It may not have come to its sleep yet.
                assert any(child.wants_cpu() == wants or time.sleep(0.01) for _ in range(3000))
            finally:
                os.close(child.pidfd)
                os.close(child.proc)
                process.kill()
