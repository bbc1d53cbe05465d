"""The caller's end of a tester process: kept while the tests stay the same, so that only the program needs a fork."""

import select
import socket
import time
from typing import Any

from stillhouse.verifiers.code.jail import link
from stillhouse.verifiers.code.jail.results import Limits

MAX_RUNS = 500


class Tester:
    """One tester. `used` is the CPU time that it has spent; past the limit of one test it is replaced."""

    def __init__(self, key: tuple[dict[str, Any], Limits]) -> None:
        self._key = key
        self._runs = 0
        self.used = 0.0
        self._control: socket.socket | None = None

    def fits(self, key: tuple[dict[str, Any], Limits]) -> bool:
        return self._key == key and self._runs < MAX_RUNS and self.used < self._key[1].cpu_seconds

    def start(self) -> int:
        """Opens the control line; returns the tester's end of it."""
        self._control, theirs = socket.socketpair()
        return theirs.detach()

    def hand_over(self, line: int) -> None:
        """Gives the tester its line to a candidate."""
        assert self._control is not None
        self._runs += 1
        try:
            socket.send_fds(self._control, [b"t"], [line])
        except OSError:
            # It is gone; the keeper says how.
            return

    def wait(self, keeper: int, seconds: float) -> dict[str, Any] | None:
        """The tester's report; None where it died, or is not done when the program has ended and the limits' wall time has passed as well."""
        assert self._control is not None
        deadline = time.monotonic() + seconds
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(keeper, select.POLLIN)
        while time.monotonic() < deadline:
            ready = [fd for fd, _ in poll.poll(1000)]
            if self._control.fileno() in ready:
                return self._report()
            if ready:
                poll.unregister(keeper)
                deadline = min(deadline, time.monotonic() + self._key[1].wall_seconds)
        return None

    def _report(self) -> dict[str, Any] | None:
        assert self._control is not None
        try:
            report: dict[str, Any] = link.receive(self._control.fileno())
        except (link.Gone, OSError):
            return None
        return report

    def close(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
