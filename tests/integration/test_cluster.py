"""The flow on a Ray cluster of its own: heavy stages are Ray Jobs, submitted through the Jobs API."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import toy
from small import ROOT, command

from ray_head import ray_head
from stillhouse.cluster.jobs import JobFailed, run_job
from stillhouse.records import Trace
from stillhouse.storage.run import OpenRun


@pytest.fixture(scope="module")
def head() -> Iterator[str]:
    with ray_head() as address:
        yield address


@pytest.mark.slow
def test_the_flows_heavy_stages_run_as_ray_jobs(head: str, done: tuple[Path, str], tmp_path: Path) -> None:
    """Verify, train and score again with other settings, on the traces of the shared run."""
    run = shutil.copytree(done[0], tmp_path / "run")
    changed = {"cluster.address": head, "verify.cpu_seconds": 6, "train.epochs": 1}
    finished = subprocess.run(command(run, changed), cwd=ROOT, capture_output=True, text=True, check=False)
    said = finished.stdout + finished.stderr
    assert finished.returncode == 0, said[-3000:]
    jobs = statuses(head)
    for step in ("verify", "train", "score-student-sample", "score-student-verify", "score-base-verify"):
        assert [status for name, status in jobs.items() if re.fullmatch(f"stillhouse-[0-9a-f]{{8}}-{step}-[0-9a-f]{{16}}-1", name)] == [
            "SUCCEEDED"
        ], jobs
    assert "sample: done" in said
    assert "bought 0" in said, "traces were bought again"
    assert "render gate" in said, "the job's log was not passed on"
    assert len(OpenRun.at(str(run)).rows("score/student/sample", "traces", Trace)) == 4


def test_sampling_runs_as_a_ray_job_once(head: str, tmp_path: Path) -> None:
    recipe, run = toy.write(tmp_path), tmp_path / "run"
    for stage in ("problems", "sample", "sample"):
        arguments = ["stage", stage, str(recipe), "--run", str(run), "--set", f"cluster.address={head}"]
        subprocess.run([sys.executable, "-m", "stillhouse", *arguments], check=True)
    assert [s for name, s in statuses(head).items() if "-sample-" in name and "score" not in name].count("SUCCEEDED") >= 1
    assert len(OpenRun.at(str(run)).rows("sample", "traces", Trace)) == 40


def statuses(head: str) -> dict[str, str]:
    from ray.job_submission import JobSubmissionClient

    return {job.submission_id: str(job.status.value) for job in JobSubmissionClient(head).list_jobs()}


def test_a_failed_job_fails_its_task(head: str, tmp_path: Path) -> None:
    heard: list[str] = []
    with pytest.raises(JobFailed, match="FAILED"):
        run_job(head, "sample", str(tmp_path / "nothing"), "abc", heard.append)
    assert any("There is no run in" in line for line in heard)


def test_an_unreachable_cluster_is_one_line(tmp_path: Path) -> None:
    started = subprocess.run(
        command(tmp_path / "run", {"cluster.address": "http://127.0.0.1:9"}), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert started.returncode == 2, json.dumps(started.stderr[-2000:])
    assert "cannot be reached" in started.stderr
    assert "Traceback" not in started.stderr.splitlines()[-1]


def test_a_follower_ends_when_what_it_follows_fails(head: str, tmp_path: Path) -> None:
    recipe, run = toy.write(tmp_path), tmp_path / "run"
    subprocess.run([sys.executable, "-m", "stillhouse", "stage", "problems", str(recipe), "--run", str(run)], check=True)
    (tmp_path / "traces.jsonl").write_text('{"question": "Something else?", "text": "1"}\n')
    arguments = ["run-all", str(recipe), "--run", str(run), "--until", "verify", "--set", f"cluster.address={head}"]
    done = subprocess.run([sys.executable, "-m", "stillhouse", *arguments], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode != 0
    assert "the question of a problem" in done.stdout + done.stderr
