"""Two machines on one bucket: a lease by conditional create, taken over when it is not renewed, against a real S3-compatible server."""

import time
from collections.abc import Iterator

import pytest

from s3_server import s3_server
from stillhouse.errors import UserError
from stillhouse.storage import lease
from stillhouse.storage.lock import hold
from stillhouse.storage.store import ObjectStore


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with s3_server() as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield


@pytest.fixture
def machines(server: None) -> tuple[ObjectStore, ObjectStore]:
    """The same bucket as two machines see it."""
    return ObjectStore("s3://lab/store"), ObjectStore("s3://lab/store")


def test_what_one_machine_holds_the_other_is_refused(machines: tuple[ObjectStore, ObjectStore]) -> None:
    mine, theirs = machines
    with hold(mine, "artifacts/x"):
        with pytest.raises(UserError, match="being made already"), hold(theirs, "artifacts/x"):
            pass
        with hold(theirs, "artifacts/y"):
            pass
    with hold(theirs, "artifacts/x"):
        pass


def test_a_lease_that_is_not_renewed_is_taken_over_and_its_holder_writes_no_more(
    machines: tuple[ObjectStore, ObjectStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = machines
    monkeypatch.setattr(lease, "LEASE_SECONDS", 1.0)
    monkeypatch.setattr(lease, "RENEW_SECONDS", 3.0)
    held = lease.attempt(mine, "artifacts/x")
    assert isinstance(held, lease.Lease)
    mine.write("artifacts/x/before", b"1")
    time.sleep(1.5)
    taken = lease.attempt(theirs, "artifacts/x")
    assert isinstance(taken, lease.Lease)
    time.sleep(3.0)  # the first holder tries to renew, and learns that it has lost
    with pytest.raises(UserError, match="taken"):
        mine.write("artifacts/x/after", b"2")
    theirs.write("artifacts/x/theirs", b"3")
    taken.release()
