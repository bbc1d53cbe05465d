"""The caller's end of the jail: hands a program and its input over as sealed memory, reads what comes back, capped.

`Jail` keeps one keeper process and starts another when it is lost. Nothing that a program makes is ever opened:
results come through pipes only. Not for several threads at once.
"""

import contextlib
import json
import marshal
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

from stillhouse.verifiers.code.jail.pipes import Reader, drain, messages, sealed
from stillhouse.verifiers.code.jail.results import Ended, Limits, judge_end, tests_ended
from stillhouse.verifiers.code.jail.rungs import ENVIRONMENT, Rung
from stillhouse.verifiers.code.jail.testing import Tester

ATTEMPTS = 3
MAX_REPORT = 32 << 20
# Not a limit for programs: the keeper ends those. A keeper that is silent for this long is taken for dead.
_START_SECONDS, _PATIENCE_SECONDS = 60.0, 3600.0


class KeeperLost(Exception):
    """The keeper did not start, ended, or did not answer."""


class Jail:
    """`with Jail(rung) as jail: jail.stdio(program, "input", Limits())`. `spent` is the CPU time of all that has run in it, in seconds.

    `shared`: on this machine programs are numbered by a count that they share with all other processes (see `namespaces`).
    """

    def __init__(self, rung: Rung) -> None:
        self.rung = rung
        self.spent = 0.0
        self.shared = False
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._tester: Tester | None = None
        self._worn = False

    def __enter__(self) -> "Jail":
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def stdio(self, program: str, text: str, limits: Limits, setup: str = "") -> Ended:
        """Runs a program as a script with `text` on its stdin."""
        return self._retried(lambda: self._run("stdio", {"program": program, "setup": setup}, limits, text))

    def calls(self, program: str, entry_point: str, cases: list[Any], limits: Limits, setup: str = "") -> Ended:
        """Calls `entry_point(*args, **kwargs)` for each case [args, kwargs], in one process; one report each.

        All cases are called whatever the first of them gave: a program that is ended early knows that it was wrong.
        """
        job = {"program": program, "setup": setup, "entry_point": entry_point, "cases": cases}
        return self._retried(lambda: self._run("calls", job, limits))

    def tests(self, program: str, tests: str, entry_point: str, check: bool, limits: Limits, setup: str = "") -> Ended:
        """Runs test code in one process against the program in another; `check` also calls `check(entry_point)`.

        The tester's process is kept for the next program with the same tests; the program's never is.
        """
        job = {"tests": tests, "setup": setup, "entry_point": entry_point, "check": check, "cpu_seconds": limits.cpu_seconds}
        return self._retried(lambda: self._run_tests({"program": program, "setup": setup}, job, limits))

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
        self.shared = bool(self._receive()["shared"])

    def close(self) -> None:
        """Ends the keeper and everything in it."""
        self._drop_tester()
        if self._line is not None:
            self._line.close()
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._line = self._process = None
        self._worn = False

    def _retried(self, run: Callable[[], Ended]) -> Ended:
        ended = Ended("infrastructure", "", 0.0)
        for _ in range(ATTEMPTS):
            try:
                if self._line is None:
                    self.start()
                ended = run()
                if self._worn:
                    # The program moved a count that the next one could read, and that starts anew only with another keeper.
                    self.close()
            except KeeperLost as error:
                self.close()
                ended = Ended("infrastructure", str(error), 0.0)
            self.spent += ended.cpu
            if ended.status != "infrastructure":
                break
        return ended

    def _run(self, role: str, job: dict[str, Any], limits: Limits, text: str = "") -> Ended:
        with contextlib.ExitStack() as mine, contextlib.ExitStack() as theirs:
            report = Reader(MAX_REPORT, mine, theirs)
            output = Reader(limits.output_bytes, mine, theirs)
            fds = [sealed(marshal.dumps(job), theirs), report.their_end]
            if role == "stdio":
                fds += [sealed(text.encode("utf-8", "surrogatepass"), theirs), output.their_end]
            self._send([(role, fds)], limits)
            theirs.close()
            # The children hold the other ends now: their end is the end of the pipes.
            drain([report, output], self._fileno(), _PATIENCE_SECONDS)
            report.close()
            output.close()
            reply = self._reply()
        if report.overflowed or output.overflowed:
            return Ended("output", "output: more than the limit", reply["ended"][role]["cpu"])
        found = messages(report.data)
        status, why = judge_end(role, reply, limits, found)
        return Ended(status, why, reply["ended"][role]["cpu"], bytes(output.data), found, reply["waited"])

    def _run_tests(self, job: dict[str, Any], tests: dict[str, Any], limits: Limits) -> Ended:
        with contextlib.ExitStack() as mine, contextlib.ExitStack() as theirs:
            report = Reader(MAX_REPORT, mine, theirs)
            candidate, tester_end = (end.detach() for end in socket.socketpair())
            theirs.callback(os.close, candidate)
            theirs.callback(os.close, tester_end)
            roles = [("serve", [sealed(marshal.dumps(job), theirs), report.their_end, candidate])]
            tester, new = self._tester_for(tests, limits, theirs)
            self._send([*roles, *new], limits)
            tester.hand_over(tester_end)
            theirs.close()
            verdict = tester.wait(self._fileno(), _PATIENCE_SECONDS)
            if verdict is not None:
                self._line_send(b'{"stop": true}')
            reply = self._reply()
            drain([report], self._fileno(), 1.0)
            if verdict is None and "test" not in reply["ended"]:
                self._line_send(b'{"forget": true}')
                reply["ended"]["test"] = self._receive()
        tester.used += reply["tester_cpu"]
        if "test" in reply["ended"] or verdict is None:
            self._drop_tester()
        return tests_ended(reply, verdict, messages(report.data), limits)

    def _tester_for(
        self, tests: dict[str, Any], limits: Limits, theirs: contextlib.ExitStack
    ) -> tuple[Tester, list[tuple[str, list[int]]]]:
        key = (tests, limits)
        if self._tester is not None and self._tester.fits(key):
            return self._tester, []
        self._drop_tester()
        self._tester = Tester(key)
        their_end = self._tester.start()
        theirs.callback(os.close, their_end)
        return self._tester, [("test", [sealed(marshal.dumps(tests), theirs), their_end])]

    def _drop_tester(self) -> None:
        if self._tester is not None:
            self._tester.close()
            self._tester = None

    def _fileno(self) -> int:
        assert self._line is not None
        return self._line.fileno()

    def _send(self, roles: list[tuple[str, list[int]]], limits: Limits) -> None:
        request = {
            "roles": [(role, len(fds)) for role, fds in roles],
            "cpu_seconds": limits.cpu_seconds,
            "memory_mb": limits.memory_mb,
            "idle_seconds": limits.idle_seconds,
            "wall_seconds": limits.wall_seconds,
        }
        self._line_send(json.dumps(request).encode(), [fd for _, own in roles for fd in own])

    def _line_send(self, data: bytes, fds: Sequence[int] = ()) -> None:
        assert self._line is not None
        try:
            socket.send_fds(self._line, [data], list(fds))
        except OSError as error:
            raise KeeperLost(f"the keeper is gone: {error}") from error

    def _reply(self) -> dict[str, Any]:
        reply = self._receive()
        self._worn = reply["worn"]
        return reply

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
