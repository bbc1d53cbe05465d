"""Small workers in pure Python for the tests of `dispatch`: each names what is wrong with it."""

import os
import signal
import threading
import time
from pathlib import Path

from stillhouse.cluster.worker import Worker
from stillhouse.errors import UserError


class Doubler(Worker[int, tuple[int, int]]):
    """Answers (n, 2n), each after `seconds`, all at once; notes the most that it ever held in `notes`."""

    def __init__(self, notes: str = "", seconds: float = 0.0) -> None:
        super().__init__()
        self._notes, self._seconds = notes, seconds
        self._most, self._dropped = 0, 0

    def begin(self, feed: str, items: list[tuple[str, int]]) -> None:
        self._most = max(self._most, len(self._feeds[feed].held))
        for key, item in items:
            self._answer(feed, key, item)

    def drop(self, feed: str, keys: set[str]) -> None:
        self._dropped += len(keys)

    def _answer(self, feed: str, key: str, item: int) -> None:
        threading.Timer(self._seconds, self.finish, (feed, key, (item, 2 * item))).start()

    def pid(self) -> int:
        return os.getpid()

    def most(self) -> int:
        return self._most

    def dropped(self) -> int:
        return self._dropped


class Poisoned(Doubler):
    """Dies of 13."""

    def _answer(self, feed: str, key: str, item: int) -> None:
        if item == 13:
            os.kill(os.getpid(), signal.SIGKILL)
        super()._answer(feed, key, item)


class Crashing(Doubler):
    """Cannot go on after 13, and says so."""

    def _answer(self, feed: str, key: str, item: int) -> None:
        if item == 13:
            self.crash(ValueError("thirteen"))
        super()._answer(feed, key, item)


class Choosy(Doubler):
    """Has no result for 13, and a reason."""

    def _answer(self, feed: str, key: str, item: int) -> None:
        if item == 13:
            self.fail(feed, key, "thirteen")
        super()._answer(feed, key, item)


class Forgetful(Doubler):
    """Loses 13 the first time it gets it, 14 always."""

    def _answer(self, feed: str, key: str, item: int) -> None:
        mark = Path(self._notes) / "lost"
        if item == 14 or (item == 13 and not mark.exists()):
            mark.touch()
            self._feeds[feed].held.discard(key)
            return
        super()._answer(feed, key, item)


class Broken(Doubler):
    """Has a bug where it takes items in."""

    def begin(self, feed: str, items: list[tuple[str, int]]) -> None:
        raise TypeError("a bug")


class Misconfigured(Doubler):
    """Cannot be made, and the user can help it."""

    def __init__(self) -> None:
        raise UserError("The dtype floot16 is unknown.", "Write float16.")


class Stillborn(Doubler):
    """Its process dies while it is made."""

    def __init__(self) -> None:
        time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGKILL)
