"""A server that speaks the parts of the Hub's protocol that Stillhouse's clients use: pushes in commits, and the reading of datasets.

Parquet files are served as LFS files: a redirect to another host, which must not be sent the token. The limits: Xet, which
the real Hub offers its newest clients beside LFS, is not spoken, and what the real Hub would refuse beyond this is not seen.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

FIRST = "0" * 40
TOKEN = "hf_not_to_be_found"
FILE = re.compile(r"/datasets/(?P<name>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<path>.+)")
API = re.compile(
    r"/api/datasets/(?P<name>[^/]+/[^/]+)(/(?P<what>revision|tree|paths-info|commits|commit|preupload)/(?P<revision>[^/]+)(/(?P<path>.+))?)?"
)


@dataclass
class Repository:
    """A dataset's commits (each a path to content), newest last. `gated`: for nobody; `private`: for the token's owner."""

    commits: dict[str, dict[str, bytes]]
    gated: bool = False
    private: bool = False
    messages: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Title and description of the commits that were pushed."""

    def at(self, revision: str) -> tuple[str, dict[str, bytes]] | None:
        commit = list(self.commits)[-1] if revision == "main" else revision
        return (commit, self.commits[commit]) if commit in self.commits else None


class Seen(NamedTuple):
    """A request."""

    method: str
    path: str
    token: str | None
    body: bytes


class Answer(NamedTuple):
    """A response; `head` goes out with either method, the body with GET and POST alone."""

    status: int
    body: bytes = b""
    head: dict[str, str] = {}


class Hub(ThreadingHTTPServer):
    """Holds repositories and remembers every request."""

    daemon_threads = True

    def __init__(self, repositories: dict[str, Repository] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.cdn = f"http://localhost:{self.server_port}/cdn"
        self.repositories = repositories or {}
        self.seen: list[Seen] = []
        self.faults: list[str] = []
        """What becomes of the next commits, one after the other: a status, `lost` (made, and no answer), `unmade` (no answer, nothing
        made), or `late` (made, and 500 for an answer); `other` is another writer's commit just before."""


@contextmanager
def serving(repositories: dict[str, Repository] | None = None) -> Iterator[Hub]:
    """A Hub on a free port of this machine, until the end of the block."""
    hub = Hub(repositories)
    threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()


class Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append(Seen(self.command, self.path, self.headers.get("Authorization"), body))
        answer = self._answer(unquote(urlsplit(self.path).path), body)
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in ({"Content-Length": str(len(answer.body))} | answer.head).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def do_GET(self) -> None:
        self.do_POST()

    def do_HEAD(self) -> None:
        self.do_POST()

    def _answer(self, path: str, body: bytes) -> Answer | None:
        if path.startswith("/cdn/"):
            return self._ranged(self._blob(path.removeprefix("/cdn/")))
        if found := FILE.fullmatch(path):
            return self._of(found, body)
        if found := API.fullmatch(path):
            return self._of(found, body)
        return self._push(path, body)

    def _of(self, found: re.Match[str], body: bytes) -> Answer | None:
        """What a request for a repository gets once it, its revision and the right to read it are there."""
        repository = self.server.repositories.get(found["name"])
        if repository is None or (repository.private and self.headers.get("Authorization") != f"Bearer {TOKEN}"):
            return refused(401, "RepoNotFound", "Repository not found")
        if repository.gated and found.re is FILE:
            return refused(403, "GatedRepo", "Access to this dataset is restricted")
        at = repository.at(found["revision"] or "main")
        if at is None:
            return refused(404, "RevisionNotFound", f"Invalid rev id: {found['revision']}")
        commit, files = at
        if found.re is API and found["what"] == "commits":
            return as_json(
                [commit_info(one, *repository.messages.get(one, ("initial commit", ""))) for one in reversed(repository.commits)]
            )
        if found.re is API and found["what"] == "commit":
            return self._committed(found["name"], repository, body)
        if found.re is API and found["what"] == "preupload":
            names = [f["path"] for f in json.loads(body)["files"]]
            return as_json({"files": [{"path": name, "uploadMode": "regular", "shouldIgnore": False} for name in names]})
        if found.re is FILE:
            return self._file(commit, files, found["path"])
        if found["what"] == "tree":
            return self._tree(files, f"{found['path']}/" if found["path"] else "")
        if found["what"] == "paths-info":
            asked = parse_qs(body.decode())["paths"]
            return as_json([entry for entry in entries(files) if entry["path"] in asked])
        siblings = [{"rfilename": path} for path in files]
        return as_json({"id": found["name"], "sha": commit, "private": repository.private, "siblings": siblings})

    def _tree(self, files: dict[str, bytes], below: str) -> Answer:
        """What is below a folder, with all that is in its folders where that is asked for."""
        found = [e for e in entries(files) if e["path"].startswith(below)]
        if "recursive=true" not in self.path.lower():
            found = [e for e in found if "/" not in e["path"].removeprefix(below)]
        return as_json(found) if found else refused(404, "EntryNotFound", f"{below} does not exist")

    def _file(self, commit: str, files: dict[str, bytes], path: str) -> Answer:
        if path not in files:
            answer = refused(404, "EntryNotFound", "Entry not found")
            return answer._replace(head=answer.head | {"X-Repo-Commit": commit})
        data, head = files[path], {"X-Repo-Commit": commit, "ETag": f'"{git_oid(files[path])}"'}
        if not path.endswith(".parquet"):
            return self._ranged(data, head)
        oid = hashlib.sha256(data).hexdigest()
        linked = {"X-Linked-ETag": f'"{oid}"', "X-Linked-Size": str(len(data)), "Location": f"{self.server.cdn}/{oid}"}
        return Answer(302, head=head | linked)

    def _blob(self, oid: str) -> bytes:
        files = (data for repo in self.server.repositories.values() for commit in repo.commits.values() for data in commit.values())
        return next(data for data in files if hashlib.sha256(data).hexdigest() == oid)

    def _ranged(self, data: bytes, head: dict[str, str] | None = None) -> Answer:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        more = {"Content-Length": str(len(data)), "Accept-Ranges": "bytes"} | (head or {})
        if not asked:
            return Answer(200, data, more)
        start = int(asked[1])
        part = data[start : int(asked[2]) + 1 if asked[2] else None]
        reach = f"bytes {start}-{start + len(part) - 1}/{len(data)}"
        return Answer(206, part, more | {"Content-Length": str(len(part)), "Content-Range": reach})

    def _push(self, path: str, body: bytes) -> Answer:
        if path == "/api/repos/create":
            made = json.loads(body)
            name = f"{made['organization']}/{made['name']}"
            self.server.repositories.setdefault(name, Repository({FIRST: {}}, private=made["visibility"] == "private"))
            return as_json({"url": f"{self.server.address}/datasets/{name}"})
        if path == "/api/validate-yaml":
            return as_json({"errors": [], "warnings": []})
        return refused(404, "", f"{self.command} {path} is not spoken here")

    def _committed(self, name: str, repository: Repository, body: bytes) -> Answer | None:
        """A commit on the head that its writer saw, with the fault whose turn it is."""
        fault = self.server.faults.pop(0) if self.server.faults else ""
        if fault.isdigit():
            answer = refused(int(fault), "", "Try again later")
            return answer._replace(head=answer.head | {"Retry-After": "0"})
        if fault == "unmade":
            return None
        if fault == "other":
            repository.commits[git_oid(b"another" + body)] = {**list(repository.commits.values())[-1], "notes.md": b"Somebody else's.\n"}
        lines = [json.loads(line) for line in body.splitlines()]
        header, (head, files) = lines[0]["value"], list(repository.commits.items())[-1]
        if header["parentCommit"] != head:
            return refused(412, "", "A commit has happened since")
        commit = git_oid(body + head.encode())
        new = {line["value"]["path"]: base64.b64decode(line["value"]["content"]) for line in lines[1:]}
        repository.commits[commit] = files | new
        repository.messages[commit] = (header["summary"], header["description"])
        if fault == "lost":
            return None
        if fault == "late":
            return refused(500, "", "Internal error")
        return as_json({"success": True, "commitUrl": f"{self.server.address}/datasets/{name}/commit/{commit}", "commitOid": commit})

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


def as_json(value: Any) -> Answer:
    return Answer(200, json.dumps(value).encode(), {"Content-Type": "application/json"})


def refused(status: int, code: str, message: str) -> Answer:
    head = {"Content-Type": "application/json", "X-Error-Message": message} | ({"X-Error-Code": code} if code else {})
    return Answer(status, json.dumps({"error": message}).encode(), head)


def commit_info(commit: str, title: str, message: str) -> dict[str, Any]:
    """A commit as it is listed."""
    return {"id": commit, "title": title, "message": message, "date": "2026-01-01T00:00:00.000Z", "authors": [{"user": "team"}]}


def entries(files: dict[str, bytes]) -> list[dict[str, Any]]:
    """Files and their folders as a recursive `tree` lists them."""
    folders = sorted({path.rpartition("/")[0] for path in files if "/" in path})
    listed: list[dict[str, Any]] = [{"type": "directory", "path": name, "oid": git_oid(name.encode()), "size": 0} for name in folders]
    for path, data in files.items():
        lfs = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
        entry = {"type": "file", "path": path, "oid": git_oid(data), "size": len(data)}
        listed.append(entry | ({"lfs": lfs} if path.endswith(".parquet") else {}))
    return listed


def git_oid(data: bytes) -> str:
    """The id that git gives a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
