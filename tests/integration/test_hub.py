"""A push with the Hub's own client, against a server that speaks its protocol as far as hub_server.py says."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import toy
from hub_server import TOKEN, Hub, serving


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def curated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hub")
    toy.write(folder)
    for name in ("problems", "sample", "verify", "curate"):
        done = stage(name, folder, "")
        assert done.returncode == 0, done.stderr
    return folder


def stage(name: str, folder: Path, endpoint: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "stillhouse", "stage", name, str(folder / "toy.yaml"), "--run", str(folder / "run")]
    environment = {**os.environ, "HF_ENDPOINT": endpoint, "HF_TOKEN": TOKEN, "HF_HUB_OFFLINE": "0"} if endpoint else None
    more = ["--set", "publish.repo_id=team/sums"]
    return subprocess.run([*command, *more], env=environment, capture_output=True, text=True, check=False)


def test_an_unreachable_hub_is_one_line_and_the_dataset_stays(curated: Path) -> None:
    done = stage("publish", curated, "http://127.0.0.1:9")
    assert done.returncode == 2
    assert "could not be pushed to team/sums" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_push_is_one_private_commit_of_the_runs_own_files(curated: Path, hub: Hub) -> None:
    done = stage("publish", curated, hub.address)
    assert done.returncode == 0, done.stderr
    created = json.loads(next(s.body for s in hub.seen if s.path == "/api/repos/create"))
    assert (created["type"], created["visibility"]) == ("dataset", "private")
    commits = [s.body for s in hub.seen if s.path.endswith("/commit/main") and s.token == f"Bearer {TOKEN}"]
    assert len(commits) == 1
    pushed = {f["path"]: base64.b64decode(f["content"]) for f in (json.loads(line)["value"] for line in commits[0].splitlines()[1:])}
    (folder,) = [p for p in (curated / "run/artifacts/publish").glob("*/dataset/*") if (p.parents[1] / "manifest.json").is_file()]
    assert pushed == {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert set(pushed) == {"README.md", "data/train-00000-of-00001.parquet"}
    kept = b"".join(p.read_bytes() for p in (curated / "run").rglob("*") if p.is_file())
    assert TOKEN.encode() not in kept + done.stdout.encode() + done.stderr.encode()
