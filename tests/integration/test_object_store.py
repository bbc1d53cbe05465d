"""A run in a bucket of an S3-compatible server, which the test starts as its own process."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import toy

STAGES = ("problems", "sample", "verify", "curate")


@pytest.fixture(scope="module")
def bucket() -> Iterator[tuple[str, dict[str, str]]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [str(Path(sys.executable).with_name("moto_server")), "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                httpx.put(f"http://127.0.0.1:{port}/lab").raise_for_status()
                break
            except httpx.TransportError:
                assert time.monotonic() < deadline, "the S3 server did not start"
                time.sleep(0.2)
        keys = {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_REGION": "us-east-1",
        }
        yield "s3://lab/runs/toy", {**os.environ, **keys}
    finally:
        server.kill()
        server.wait()


def run(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "stillhouse", *arguments], env=environment, capture_output=True, text=True, check=False)


def test_a_run_lives_in_a_bucket(bucket: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    uri, environment = bucket
    recipe = toy.write(tmp_path)
    for where in (uri, str(tmp_path / "local")):
        for stage in STAGES:
            done = run(["stage", stage, str(recipe), "--run", where], environment)
            assert done.returncode == 0, done.stderr[-2000:]
    again = run(["stage", "curate", str(recipe), "--run", uri], environment)
    assert "already done" in again.stdout
    remote, local = (run(["plan", str(recipe), "--json", "--run", where], environment).stdout for where in (uri, str(tmp_path / "local")))
    timeless = [json.loads(text) for text in (remote, local)]
    assert timeless[0] == timeless[1]
    assert not list(tmp_path.glob("s3*")), "something was written beside the bucket"


def test_a_missing_bucket_is_one_line(bucket: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    done = run(["stage", "problems", str(toy.write(tmp_path)), "--run", "s3://no-such-bucket/x"], bucket[1])
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "s3://no-such-bucket/x" in done.stderr
