"""The caller's end of the jail: hands a program and its input over as sealed memory, reads what comes back, capped.

`Jail` keeps one keeper process and starts another when it is lost. Nothing that a program makes is ever opened:
results come through pipes only. Not for several threads at once.
"""

import array
import contextlib
import json
import os
import signal
import socket
import subprocess
from types import TracebackType
from typing import Any

from stillhouse.verifiers.jail.pipes import Reader, drain, messages, sealed
from stillhouse.verifiers.jail.results import Ended, Limits, judge_end
from stillhouse.verifiers.jail.rungs import ENVIRONMENT, Rung

ATTEMPTS = 3
MAX_REPORT = 32 << 20
_START_SECONDS, _GRACE_SECONDS = 60.0, 30.0


class KeeperLost(Exception):
    """The keeper did not start, ended, or did not answer."""


class Jail:
    """`with Jail(rung) as jail: jail.stdio(program, "input", Limits())`."""

    def __init__(self, rung: Rung) -> None:
        self.rung = rung
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None

    def __enter__(self) -> "Jail":
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def stdio(self, program: str, text: str, limits: Limits, setup: str = "") -> Ended:
        """Runs a program as a script with `text` on its stdin."""
        return self._retried([("stdio", {"program": program, "setup": setup})], limits, text)

    def calls(self, program: str, entry_point: str, cases: list[Any], limits: Limits, setup: str = "") -> Ended:
        """Calls `entry_point(*args, **kwargs)` for each case [args, kwargs], in one process; one report each."""
        job = {"program": program, "setup": setup, "entry_point": entry_point, "cases": cases}
        return self._retried([("calls", job)], limits)

    def tests(self, program: str, tests: str, entry_point: str, check: bool, limits: Limits, setup: str = "") -> Ended:
        """Runs test code in one process against the program in another; `check` also calls `check(entry_point)`."""
        job = {"tests": tests, "setup": setup, "entry_point": entry_point, "check": check}
        return self._retried([("serve", {"program": program, "setup": setup}), ("test", job)], limits)

    def start(self) -> None:
        """Starts the keeper. Raises KeeperLost where it does not come up."""
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                self.rung.command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=ENVIRONMENT,
                cwd="/",
                close_fds=True,
                start_new_session=True,
            )
        self._line.settimeout(_START_SECONDS)
        self._receive()

    def close(self) -> None:
        """Ends the keeper and everything in it."""
        if self._line is not None:
            self._line.close()
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._line = self._process = None

    def _retried(self, jobs: list[tuple[str, dict[str, Any]]], limits: Limits, text: str = "") -> Ended:
        ended = Ended("infrastructure", "", 0.0)
        for _ in range(ATTEMPTS):
            try:
                ended = self._run(jobs, limits, text)
            except KeeperLost as error:
                self.close()
                ended = Ended("infrastructure", str(error), 0.0)
            if ended.status != "infrastructure":
                break
        return ended

    def _run(self, jobs: list[tuple[str, dict[str, Any]]], limits: Limits, text: str) -> Ended:
        if self._line is None:
            self.start()
        with contextlib.ExitStack() as mine, contextlib.ExitStack() as theirs:
            roles, readers = self._open(jobs, limits, text, mine, theirs)
            self._send(roles, limits)
            theirs.close()
            # The children hold the other ends now: their end is the end of the pipes.
            assert self._line is not None
            drain(readers, self._line.fileno(), limits.wall_seconds + _GRACE_SECONDS)
            for reader in readers:
                reader.close()
            reply = self._receive()
        return _ended(reply, readers, limits)

    def _open(
        self, jobs: list[tuple[str, dict[str, Any]]], limits: Limits, text: str, mine: contextlib.ExitStack, theirs: contextlib.ExitStack
    ) -> tuple[list[tuple[str, list[int]]], list[Reader]]:
        """Each role's descriptors: its job, its report, and what it talks through."""
        roles, readers = [], []
        lines = [end.detach() for end in socket.socketpair()] if len(jobs) > 1 else []
        for fd in lines:
            theirs.callback(os.close, fd)
        for role, job in jobs:
            report = Reader(role, MAX_REPORT, mine, theirs)
            fds = [sealed(json.dumps(job).encode(), theirs), report.their_end]
            readers.append(report)
            if role == "stdio":
                output = Reader("output", limits.output_bytes, mine, theirs)
                readers.append(output)
                fds += [sealed(text.encode("utf-8", "surrogatepass"), theirs), output.their_end]
            elif lines:
                fds.append(lines.pop())
            roles.append((role, fds))
        return roles, readers

    def _send(self, roles: list[tuple[str, list[int]]], limits: Limits) -> None:
        request = {
            "roles": [(role, len(fds)) for role, fds in roles],
            "cpu_seconds": limits.cpu_seconds,
            "memory_mb": limits.memory_mb,
            "idle_seconds": limits.idle_seconds,
            "wall_seconds": limits.wall_seconds,
        }
        fds = array.array("i", [fd for _, own in roles for fd in own])
        assert self._line is not None
        try:
            self._line.sendmsg([json.dumps(request).encode()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
        except OSError as error:
            raise KeeperLost(f"the keeper is gone: {error}") from error

    def _receive(self) -> dict[str, Any]:
        assert self._line is not None
        try:
            data = self._line.recv(1 << 16)
        except OSError as error:
            raise KeeperLost(f"the keeper did not answer: {error}") from error
        if not data:
            raise KeeperLost(f"the keeper ended ({self.rung.name})")
        reply: dict[str, Any] = json.loads(data)
        return reply


def _ended(reply: dict[str, Any], readers: list[Reader], limits: Limits) -> Ended:
    reports = {r.name: messages(r.data) for r in readers if r.name != "output"}
    output = next((bytes(r.data) for r in readers if r.name == "output"), b"")
    cpu = sum(child["cpu"] for child in reply["ended"].values())
    if any(r.overflowed for r in readers):
        return Ended("output", "output: more than the limit", cpu, output, reports)
    status, why = _worst(reply, limits, reports)
    return Ended(status, why, cpu, output, reports)


def _worst(reply: dict[str, Any], limits: Limits, reports: dict[str, list[Any]]) -> tuple[Any, str]:
    """The tester's report stands when it could make one; a candidate is killed when its tester has ended."""
    ends = {role: judge_end(role, reply, limits, reports.get(role, [])) for role in reply["ended"]}
    if "test" not in ends:
        return next(iter(ends.values()))
    if ends["test"][0] != "ok" or not reports["test"]:
        return ends["test"] if ends["test"][0] != "ok" else ("infrastructure", "the tester said nothing")
    lost = reports["test"][0].get("kind") == "lost"
    return ends["serve"] if lost and ends["serve"][0] != "ok" else ("ok", "")
