"""Ray jobs against a real head: joined, followed, stopped, and never answered with Ray's own error."""

import threading
import time
from collections.abc import Iterator

import pytest

from ray_head import ray_head
from stillhouse.cluster import jobs
from stillhouse.cluster.jobs import JobFailed, run_job
from stillhouse.errors import UserError


@pytest.fixture(scope="module")
def head() -> Iterator[str]:
    with ray_head() as address:
        yield address


def test_a_second_submission_joins_the_first(head: str) -> None:
    client = jobs._client(head)
    for _ in range(2):
        jobs._submit(client, "twice", "sleep 30")
    assert jobs._status(client, "twice") not in (None, *jobs.DONE)
    client.stop_job("twice")


def test_each_line_of_a_log_comes_once_and_whole(head: str) -> None:
    import asyncio

    client = jobs._client(head)
    jobs._submit(client, "lines", """python -c "for i in range(5000): print('line', i)" """)
    heard: list[str] = []
    assert asyncio.run(jobs._follow(client, "lines", heard.append)) == "SUCCEEDED"
    assert [line for line in heard if line.startswith("line ")] == [f"line {i}" for i in range(5000)]


def test_steps_fail_apart_from_each_other_at_once(head: str) -> None:
    """Two steps of a run that does not exist, each followed in a thread of its own."""
    found: dict[str, str] = {}

    def follow(step: str) -> None:
        try:
            run_job(head, step, "/no/such/run", "abc", lambda line: None)
        except JobFailed as error:
            found[step] = str(error)

    threads = [threading.Thread(target=follow, args=(step,)) for step in ("sample", "score/base")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "-sample-abc-1 ended as FAILED" in found["sample"]
    assert "-score-base-abc-1 ended as FAILED" in found["score/base"]


def test_leaving_stops_the_job(head: str) -> None:
    """Ctrl-C while a job runs, here one that another process has submitted under the same name."""
    client = jobs._client(head)
    name = jobs.submission_id("/run", "sample", "def", 1)
    jobs._submit(client, name, "bash -c 'echo begun; sleep 600'")

    def leave(line: str) -> None:
        if "begun" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_job(head, "sample", "/run", "def", leave)
    deadline = time.monotonic() + 120
    while jobs._status(client, name) != "STOPPED":
        assert time.monotonic() < deadline
        time.sleep(0.5)


@pytest.mark.parametrize(
    ("address", "told"),
    [("127.0.0.1:8265", "no address of a Jobs API"), ("http://127.0.0.1:9", "cannot be reached"), ("http://192.0.2.7:8265", "unencrypted")],
)
def test_a_wrong_address_is_one_line(address: str, told: str) -> None:
    with pytest.raises(UserError, match=told) as error:
        run_job(address, "sample", "/run", "abc", print)
    assert "\n" not in str(error.value)
