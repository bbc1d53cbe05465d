"""Heavy stages as Ray jobs on a cluster, through its Jobs API; with cluster.py the only importer of ray.

The submission id is the run, the stage and its fingerprint, so a restarted flow finds the job that is already going.
A job that failed or was stopped is submitted again under the next number. Leaving early (a cancelled flow, Ctrl-C)
stops the job. Limit: the cluster's nodes must see the run's store (a shared folder or an object store) and have this
package installed.
"""

import asyncio
import os
import shlex
import time
from collections.abc import Callable, Sequence
from typing import Any

from stillhouse.errors import UserError
from stillhouse.printing import plain
from stillhouse.recipe.endpoint import check_secret_may_go
from stillhouse.records import digest

AGENT_SECONDS = 120
DONE = {"SUCCEEDED", "FAILED", "STOPPED"}


class JobFailed(Exception):
    """The Ray job of a stage ended without success; its message is Ray's."""


def submission_id(uri: str, stage: str, fingerprint: str, attempt: int) -> str:
    return f"stillhouse-{digest(uri, length=8)}-{stage.replace('/', '-')}-{fingerprint}-{attempt}"


def run_job(address: str, stage: str, uri: str, fingerprint: str, log: Callable[[str], None], flags: Sequence[str] = ()) -> str:
    """Runs one stage as a job, with `flags` after its name, and passes its log on line by line; returns the link to the job on the dashboard.

    Raises UserError when the cluster cannot be reached, JobFailed when the job fails.
    """
    client = _client(address)
    job = _submit_or_join(client, stage, uri, fingerprint, flags)
    link = f"{address.rstrip('/')}/#/jobs/{job}"
    log(f"Ray job {job}: {link}")
    try:
        status = asyncio.run(_follow(client, job, log))
    except BaseException:
        client.stop_job(job)
        raise
    if status != "SUCCEEDED":
        raise JobFailed(f"The Ray job {job} ended as {status}: {client.get_job_info(job).message}")
    return link


def _client(address: str) -> Any:
    # Ray's token authentication is on by default; the client reads the mode from its own environment.
    os.environ.setdefault("RAY_AUTH_MODE", "token")
    from ray.job_submission import JobSubmissionClient

    check_secret_may_go(address, "Ray's token")
    try:
        return JobSubmissionClient(address)
    except (ConnectionError, RuntimeError) as error:
        raise UserError(
            f"The Ray cluster at {address} cannot be reached: {str(error).splitlines()[0]}.", "Check `cluster.address` and the token."
        ) from error


def _submit_or_join(client: Any, stage: str, uri: str, fingerprint: str, flags: Sequence[str]) -> str:
    for attempt in range(1, 1000):
        job = submission_id(uri, stage, fingerprint, attempt)
        status = _status(client, job)
        if status is None:
            command = ["python", "-m", "stillhouse.job", stage, uri, *flags]
            _submit(client, job, shlex.join(command))
            return job
        if status not in DONE:
            return job
    raise JobFailed(f"The stage {stage} has failed too often on this cluster.")


def _submit(client: Any, job: str, entrypoint: str) -> None:
    """Submits a job; a cluster that has just started answers for a while that it has no agent to run it."""
    deadline = time.monotonic() + AGENT_SECONDS
    while True:
        try:
            client.submit_job(entrypoint=entrypoint, submission_id=job)
            return
        except RuntimeError as error:
            if "No available agent" not in str(error) or time.monotonic() > deadline:
                raise
        time.sleep(1)


def _status(client: Any, job: str) -> str | None:
    try:
        return str(client.get_job_status(job).value)
    except RuntimeError as error:
        if "404" in str(error) or "does not exist" in str(error):
            return None
        raise


async def _follow(client: Any, job: str, log: Callable[[str], None]) -> str:
    async for chunk in client.tail_job_logs(job):
        for line in chunk.splitlines():
            log(plain(line))
    while (status := str(client.get_job_status(job).value)) not in DONE:
        time.sleep(0.5)
    return status
