"""One writer at a time for what is in the making: an artifact, or a ledger.

On a local store the lock is a `flock`, free at once when its holder dies. In an object store it is a lease: a small object
made by a conditional create, renewed while it is held and taken over once it has not been renewed for LEASE_SECONDS.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from stillhouse.errors import UserError
from stillhouse.progress import say
from stillhouse.storage.store import LocalStore, Store

WAIT_SECONDS = 1.0


@contextmanager
def hold(store: Store, path: str, wait: bool = False) -> Iterator[None]:
    """Holds `path` for this process. Where another process holds it, waits for it, or raises UserError."""
    taken = _flock(store, path) if isinstance(store, LocalStore) else _lease(store, path)
    with _patiently(taken, store, path, wait):
        yield


@contextmanager
def _patiently(attempt: Callable[[], "Held | str"], store: Store, path: str, wait: bool) -> Iterator[None]:
    told = False
    while isinstance(held := attempt(), str):
        if not wait:
            raise UserError(
                f"{store.uri}/{path} is being made already (by process {held}).",
                "Wait for it, or stop that process; then run the same command again.",
            )
        if not told:
            say(f"  waiting for process {held}, which writes to {path}")
        told = True
        time.sleep(WAIT_SECONDS)
    try:
        yield
    finally:
        held.release()


class Held(Protocol):
    """A lock that is held."""

    def release(self) -> None: ...


class _File:
    def __init__(self, file: TextIO) -> None:
        self._file = file

    def release(self) -> None:
        self._file.close()


def _flock(store: LocalStore, path: str) -> Callable[[], Held | str]:
    """An attempt to get the lock: the lock, or who has it."""

    def attempt() -> Held | str:
        with store.making(f"{path}/lock") as place:
            handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        file = os.fdopen(handle, "r+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with file:
                return file.read().strip() or "unknown"
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        return _File(file)

    return attempt


def _lease(store: Store, path: str) -> Callable[[], Held | str]:
    from stillhouse.storage.lease import attempt

    return lambda: attempt(store, path)
