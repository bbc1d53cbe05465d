"""A command that is told to end says one line, leaves nothing running and exits as shells expect."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

sys.path.insert(0, str(Path(__file__).parent / "integration"))
import toy

ROOT = Path(__file__).parents[1]
MODULE = [sys.executable, "-m", "stillhouse"]
SAID = "stillhouse: interrupted. What is committed stays; the same command goes on from there."


def started(command: list[str], line: str) -> subprocess.Popen[str]:
    """The command, once it has printed `line`."""
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for printed in process.stdout:
        if line in printed:
            return process
    raise AssertionError(process.communicate())


def children(pid: int) -> list[int]:
    """The processes that a command has started, once there are some."""
    deadline = time.monotonic() + 60
    while not (found := [p.pid for p in psutil.Process(pid).children(recursive=True)]):
        assert time.monotonic() < deadline, "it started no process"
        time.sleep(0.1)
    time.sleep(0.5)
    return found


def gone(pids: list[int]) -> bool:
    deadline = time.monotonic() + 30
    while any(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@pytest.mark.parametrize(
    ("stage", "number", "code"),
    [("problems", signal.SIGHUP, 129), ("problems", signal.SIGTERM, 143), ("verify", signal.SIGINT, 130), ("verify", signal.SIGTERM, 143)],
)
def test_a_stage_that_is_told_to_end(tmp_path: Path, stage: str, number: signal.Signals, code: int) -> None:
    recipe, run = toy.write(tmp_path, problems=3_000 if stage == "problems" else 400, shard_size=1), tmp_path / "run"
    command = [*MODULE, "stage", stage, str(recipe), "--run", str(run)]
    if stage == "verify":
        subprocess.run([*MODULE, "run-all", str(recipe), "--run", str(run), "--until", "sample"], check=True)
    process = started(command, "problems: started" if stage == "problems" else "Ray dashboard")
    family = children(process.pid)
    process.send_signal(number)
    _, said = process.communicate(timeout=120)
    assert process.returncode == code
    assert said.strip().splitlines() == [SAID]
    assert gone(family)


def test_what_is_ignored_stays_ignored() -> None:
    code = """
import os, signal
signal.signal(signal.SIGHUP, signal.SIG_IGN)
from stillhouse.interrupts import ending_tidily
with ending_tidily():
    os.kill(os.getpid(), signal.SIGHUP)
    print("on")
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "on\n"
