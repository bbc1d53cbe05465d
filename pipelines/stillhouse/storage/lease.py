"""A lock in an object store: an object that only one process can create, and that it must keep renewing.

The create and every renewal are conditional (the store compares), so of two machines that try at once one wins. A lease that
was not renewed for LEASE_SECONDS is taken over, by a conditional write on the version that was seen. The holder's renewal
then fails, which fences it off: `check` raises before it commits anything more. The limit: clocks are compared over
machines, so they must agree within LEASE_SECONDS.
"""

import json
import os
import platform
import secrets
import threading
import time
from typing import TYPE_CHECKING

from stillhouse.errors import UserError
from stillhouse.storage.store import ObjectStore, Store

if TYPE_CHECKING:
    from obstore import ObjectMeta, PutResult, UpdateVersion
    from obstore.store import AzureStore, GCSStore, S3Store


LEASE_SECONDS = 60.0
RENEW_SECONDS = 15.0


class Lease:
    """A lease that is held; a thread renews it."""

    def __init__(self, store: "S3Store | GCSStore | AzureStore", key: str, token: str, version: "UpdateVersion") -> None:
        self._store, self._key, self._token, self._version = store, key, token, version
        self._ended = threading.Event()
        self.lost = False
        threading.Thread(target=self._renew, daemon=True).start()

    def release(self) -> None:
        """Gives the lease back, unless somebody else has it by now."""
        self._ended.set()
        if not self.lost:
            _write(self._store, self._key, _note("", 0.0), self._version)

    def _renew(self) -> None:
        while not self._ended.wait(RENEW_SECONDS):
            version = _write(self._store, self._key, _note(self._token, time.time()), self._version)
            if version is None:
                self.lost = True
                return
            self._version = version


def attempt(store: Store, path: str) -> Lease | str:
    """The lease on `path`, or the name of the process that holds it."""
    assert isinstance(store, ObjectStore)
    objects, key = store.objects(), f"{path}/lease.json"
    token = f"{os.getpid()} on {platform.node()}, {secrets.token_hex(4)}"
    version = _write(objects, key, _note(token, time.time()), None)
    if version is None:
        holder, renewed, seen = _read(objects, key)
        if holder and time.time() - renewed < LEASE_SECONDS:
            return holder
        version = _write(objects, key, _note(token, time.time()), seen)
        if version is None:
            return "unknown"
    lease = Lease(objects, key, token, version)
    store.fence(lambda: _still_held(lease, path))
    return lease


def _still_held(lease: Lease, path: str) -> None:
    """Raises UserError once another process has taken the lease over."""
    if lease.lost:
        raise UserError(
            f"Another process has taken {path} over.", "This machine was out of touch for too long; run the same command again."
        )


def _note(holder: str, renewed: float) -> bytes:
    return json.dumps({"holder": holder, "renewed": renewed}).encode()


def _read(objects: "S3Store | GCSStore | AzureStore", key: str) -> "tuple[str, float, UpdateVersion]":
    found = objects.get(key)
    note = json.loads(bytes(found.bytes()))
    return note["holder"], float(note["renewed"]), _version(found.meta)


def _write(objects: "S3Store | GCSStore | AzureStore", key: str, data: bytes, seen: "UpdateVersion | None") -> "UpdateVersion | None":
    """The new version; None where the object is not as it was seen (None: not there)."""
    from obstore.exceptions import AlreadyExistsError, PreconditionError

    try:
        return _version(objects.put(key, data, mode="create" if seen is None else seen))
    except (AlreadyExistsError, PreconditionError):
        return None


def _version(meta: "ObjectMeta | PutResult") -> "UpdateVersion":
    """What names the state of an object in a conditional write; a store without versions gives an e_tag alone."""
    return {name: meta[name] for name in ("e_tag", "version") if meta.get(name)}  # type: ignore[return-value]
