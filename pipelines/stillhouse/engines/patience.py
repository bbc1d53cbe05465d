"""How hard a server may be pressed, and whether it or a request is at fault when nothing comes.

Slots are additive increase, multiplicative decrease (Chiu and Jain, 1989) with a doubling start: the number of requests that
are out grows while answers come, and shrinks on 429 and while answers take far longer than they did at best.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from stillhouse.errors import UserError

START = 8.0
DECREASE = 0.7
STRAINED = 3.0  # an answer takes so many times what it took at best: no more requests at once
OVERLOADED = 6.0  # … fewer
SMOOTH = 0.05
POLL_SECONDS = 0.1


class Slots:
    """At most `most` requests at once, and as many of them as the server bears."""

    def __init__(self, most: int) -> None:
        self.limit, self.out = min(START, float(most)), 0
        self._most = float(most)
        self._free = asyncio.Condition()
        self._starting, self._cut, self._open_at = True, 0.0, 0.0
        self._pace = self._best = 0.0

    @asynccontextmanager
    async def one(self) -> AsyncIterator[float]:
        """Waits for a slot and holds it; gives the time at which it was taken."""
        async with self._free:
            while self.out >= int(self.limit) or self._open_at > time.monotonic():
                if self._open_at > time.monotonic():
                    self._free.release()
                    try:
                        await asyncio.sleep(self._open_at - time.monotonic())
                    finally:
                        await self._free.acquire()
                else:
                    await self._free.wait()
            self.out += 1
        try:
            yield time.monotonic()
        finally:
            self.out -= 1
            async with self._free:
                self._free.notify(max(1, int(self.limit) - self.out))

    def answered(self, taken: float, tokens: int) -> None:
        """An answer has come to a request that took its slot then."""
        pace = (time.monotonic() - taken) / (tokens + 1)
        self._pace = pace if not self._pace else self._pace + SMOOTH * (pace - self._pace)
        self._best = min(self._best or self._pace, self._pace)
        if self._pace > OVERLOADED * self._best:
            self._fewer(taken)
        elif self._pace <= STRAINED * self._best and self.out + 1 >= int(self.limit):
            self.limit = min(self._most, self.limit + (1.0 if self._starting else 1.0 / self.limit))

    def busy(self, taken: float, pause: float) -> None:
        """The server refused a request for now; nobody asks again before the pause is over."""
        self._fewer(taken)
        self._open_at = max(self._open_at, time.monotonic() + pause)

    def _fewer(self, taken: float) -> None:
        """Once for all the requests that were out together."""
        self._starting = False
        if taken > self._cut:
            self.limit, self._cut = max(1.0, self.limit * DECREASE), time.monotonic()


class Blame:
    """Tells a request that cannot be answered from a server that answers nobody.

    A request that failed for good waits until another one is answered: then it is to blame itself, and becomes a row with
    its reason. When `limit` of them wait, the server is: that is a UserError, and all of them stay owed. When nobody else is
    at work, the request is given up after a moment.
    """

    def __init__(self, limit: int, moment: float = 2.0) -> None:
        self._limit, self._moment = limit, moment
        self.answers = self._waiting = self._active = 0
        self._found = False

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        self._active += 1
        try:
            yield
        finally:
            self._active -= 1

    def answered(self) -> None:
        self.answers += 1

    async def settle(self, problem: str, way_out: str) -> None:
        """Returns when the request is to blame. Raises UserError when the server is."""
        since = self.answers
        self._waiting += 1
        alone_since = time.monotonic()
        try:
            while self.answers == since:
                self._found = self._found or self._waiting >= self._limit
                if self._found:
                    raise UserError(problem, way_out)
                if self._active > self._waiting:
                    alone_since = time.monotonic()
                if time.monotonic() - alone_since >= self._moment:
                    return
                await asyncio.sleep(POLL_SECONDS)
        finally:
            self._waiting -= 1
