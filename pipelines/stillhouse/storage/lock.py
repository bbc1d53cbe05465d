"""One writer at a time for what is in the making: an artifact, or a ledger.

On a local store the lock is a `flock`, free at once when its holder dies. In an object store it is a lease: a small object
made by a conditional create, renewed while it is held and taken over once it has not been renewed for LEASE_SECONDS.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from stillhouse.errors import UserError
from stillhouse.storage.store import LocalStore, Store


@contextmanager
def hold(store: Store, path: str) -> Iterator[None]:
    """Holds `path` for this process. Raises UserError when another process holds it."""
    if isinstance(store, LocalStore):
        with _flock(store, path):
            yield
        return
    from stillhouse.storage.lease import lease

    with lease(store, path):
        yield


@contextmanager
def _flock(store: LocalStore, path: str) -> Iterator[None]:
    with store.making(f"{path}/lock") as place:
        handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    with os.fdopen(handle, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = file.read().strip() or "unknown"
            raise UserError(
                f"{store.uri}/{path} is being made already (process {holder}).",
                "Wait for it, or stop that process; then run the same command again.",
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
