"""Heavy stages as Ray jobs on a cluster, through its Jobs API.

The submission id is the run, the stage and its fingerprint, so a restarted flow finds the job that is already going.
A job that failed or was stopped is submitted again under the next number. Leaving early (a cancelled flow, Ctrl-C)
stops the job. Limit: the cluster's nodes must see the run's store (a shared folder or an object store) and have this
package installed.
"""

import asyncio
import os
import shlex
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import Protocol
from urllib.parse import urlsplit

from stillhouse.errors import UserError
from stillhouse.printing import plain
from stillhouse.recipe.endpoint import check_secret_may_go
from stillhouse.records import digest

AGENT_SECONDS = 120
AWAY_SECONDS = 300
AWAY = (ConnectionError, RuntimeError, OSError)  # what the client raises when the cluster does not answer, or refuses
DONE = {"SUCCEEDED", "FAILED", "STOPPED"}


class JobFailed(Exception):
    """The Ray job of a stage ended without success; its message is Ray's."""


def submission_id(uri: str, stage: str, fingerprint: str, attempt: int) -> str:
    return f"stillhouse-{digest(uri, length=8)}-{stage.replace('/', '-')}-{fingerprint}-{attempt}"


class _Client(Protocol):
    """What is used of Ray's JobSubmissionClient."""

    def submit_job(self, *, entrypoint: str, submission_id: str) -> str: ...
    def get_job_status(self, job: str) -> "_Status": ...
    def get_job_info(self, job: str) -> "_Info": ...
    def stop_job(self, job: str) -> bool: ...
    def tail_job_logs(self, job: str) -> AsyncIterator[str]: ...


class _Status(Protocol):
    value: str


class _Info(Protocol):
    message: str


def run_job(
    address: str,
    stage: str,
    uri: str,
    fingerprint: str,
    log: Callable[[str], None],
    flags: Sequence[str] = (),
    wanted: Callable[[], bool] = lambda: True,
) -> str:
    """Runs one step as a job, with `flags` after its name, and passes its log on line by line; returns the link to the job on the dashboard.

    Several may run at once, each in a thread of its own. Raises UserError when the cluster cannot be reached, JobFailed
    when the job fails, or when it was stopped because `wanted` said so. A cluster that is out of reach for AWAY_SECONDS
    does not stop the job.
    """
    client = _client(address)
    job = _submit_or_join(client, stage, uri, fingerprint, flags)
    link = f"{address.rstrip('/')}/#/jobs/{job}"
    log(f"Ray job {job}: {link}")
    try:
        status = asyncio.run(_watched(client, job, log, wanted))
    except UserError:
        raise
    except BaseException:
        with suppress(*AWAY):
            client.stop_job(job)
        raise
    if status != "SUCCEEDED":
        raise JobFailed(f"The Ray job {job} ended as {status}: {client.get_job_info(job).message}")
    return link


def _client(address: str) -> _Client:
    if urlsplit(address).scheme not in ("http", "https"):
        raise UserError(f"`cluster.address` is {address!r}, which is no address of a Jobs API.", "Write http://host:8265.")
    check_secret_may_go(address, "Ray's token")
    # Ray's token authentication is on by default; the client reads the mode from its own environment.
    os.environ.setdefault("RAY_AUTH_MODE", "token")
    from ray.job_submission import JobSubmissionClient

    try:
        client: _Client = JobSubmissionClient(address)
    except AWAY as error:
        raise UserError(
            f"The Ray cluster at {address} cannot be reached: {_line(error)}.", "Check `cluster.address` and the token."
        ) from error
    return client


def _submit_or_join(client: _Client, stage: str, uri: str, fingerprint: str, flags: Sequence[str]) -> str:
    for attempt in range(1, 1000):
        job = submission_id(uri, stage, fingerprint, attempt)
        status = _status(client, job)
        if status is None:
            _submit(client, job, shlex.join(["python", "-m", "stillhouse.job", stage, uri, *flags]))
            return job
        if status not in DONE:
            return job
    raise JobFailed(f"The stage {stage} has failed too often on this cluster.")


def _submit(client: _Client, job: str, entrypoint: str) -> None:
    """Submits a job, unless another process has just done so: Ray answers a second submission with an error.

    A cluster that has just started answers for a while that it has no agent to run it.
    """
    deadline = time.monotonic() + AGENT_SECONDS
    while True:
        try:
            client.submit_job(entrypoint=entrypoint, submission_id=job)
            return
        except AWAY as error:
            if _status(client, job) is not None:
                return
            if "No available agent" not in str(error) or time.monotonic() > deadline:
                raise UserError(f"The Ray cluster refuses the job {job}: {_line(error)}.", "See its dashboard.") from error
        time.sleep(1)


def _status(client: _Client, job: str) -> str | None:
    try:
        return client.get_job_status(job).value
    except RuntimeError as error:
        if "404" in str(error) or "does not exist" in str(error):
            return None
        raise


async def _watched(client: _Client, job: str, log: Callable[[str], None], wanted: Callable[[], bool]) -> str:
    """Follows the job as long as it is wanted. Raises JobFailed once it is not."""
    following = asyncio.ensure_future(_follow(client, job, log))
    while not (await asyncio.wait({following}, timeout=1.0))[0]:
        if not wanted():
            following.cancel()
            raise JobFailed(f"The Ray job {job} was stopped: what it follows has failed.")
    return following.result()


async def _follow(client: _Client, job: str, log: Callable[[str], None]) -> str:
    """Passes the log on until the job ends; a connection that breaks is made again, and no line comes twice."""
    passed, heard = 0, time.monotonic()
    while True:
        try:
            async for line in _lines(client, job, passed):
                passed, heard = passed + 1, time.monotonic()
                log(plain(line))
            status, heard = client.get_job_status(job).value, time.monotonic()
            if status in DONE:
                return status
        except AWAY as error:
            if time.monotonic() - heard > AWAY_SECONDS:
                raise UserError(
                    f"The Ray cluster cannot be reached any more: {_line(error)}.", f"The job {job} goes on: start again to join it."
                ) from error
        await asyncio.sleep(0.5)


async def _lines(client: _Client, job: str, skip: int) -> AsyncIterator[str]:
    """The lines of a job's log after the first `skip`; a line that is still being written comes once it is whole."""
    rest, number = "", 0
    async for chunk in client.tail_job_logs(job):
        *whole, rest = (rest + chunk).split("\n")
        for line in whole:
            number += 1
            if number > skip:
                yield line
    if rest and number >= skip:
        yield rest


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
