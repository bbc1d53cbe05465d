"""A run in a bucket of an S3-compatible server, which the test starts as its own process."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import toy

from s3_server import s3_server

STAGES = ("problems", "sample", "verify", "curate")


@pytest.fixture(scope="module")
def bucket() -> Iterator[tuple[str, dict[str, str]]]:
    with s3_server() as environment:
        yield "s3://lab/runs/toy", {**os.environ, **environment}


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
