"""A push with the Hub's own client, against a server that speaks the few requests of the Hub's protocol that a push makes.

The limit: the real Hub is not asked; what it would refuse beyond this protocol is not seen here.
"""

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import toy

TOKEN = "hf_not_to_be_found"


class Hub(ThreadingHTTPServer):
    """Remembers every request: method and path, the token, the body."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.seen: list[tuple[str, str | None, bytes]] = []


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((self.path, self.headers.get("Authorization"), body))
        answer = json.dumps(self._answer(body)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_GET(self) -> None:
        self.do_POST()

    def _answer(self, body: bytes) -> dict[str, Any]:
        repo = f"{self.server.address}/datasets/team/sums"
        if self.path == "/api/repos/create":
            return {"url": repo}
        if self.path.endswith("/preupload/main"):
            return {"files": [{"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in json.loads(body)["files"]]}
        if self.path.endswith("/commit/main"):
            return {"success": True, "commitUrl": f"{repo}/commit/{'a' * 40}", "commitOid": "a" * 40}
        return {"errors": [], "warnings": []}

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


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
    created = json.loads(next(body for path, _, body in hub.seen if path == "/api/repos/create"))
    assert (created["type"], created["visibility"]) == ("dataset", "private")
    commits = [body for path, token, body in hub.seen if path.endswith("/commit/main") and token == f"Bearer {TOKEN}"]
    assert len(commits) == 1
    pushed = {f["path"]: base64.b64decode(f["content"]) for f in (json.loads(line)["value"] for line in commits[0].splitlines()[1:])}
    (folder,) = [p for p in (curated / "run" / "publish").glob("*/dataset") if (p.parent / "manifest.json").is_file()]
    assert pushed == {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert set(pushed) == {"README.md", "data/train-00000-of-00001.parquet"}
    kept = b"".join(p.read_bytes() for p in (curated / "run").rglob("*") if p.is_file())
    assert TOKEN.encode() not in kept + done.stdout.encode() + done.stderr.encode()
