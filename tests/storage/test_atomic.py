"""Whole files: the user's permissions, never through a link, nothing half-written, nothing left."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stillhouse.storage import atomic
from stillhouse.storage.store import LocalStore


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize(("umask", "file", "folder"), [(0o022, 0o644, 0o755), (0o077, 0o600, 0o700), (0o002, 0o664, 0o775)])
def test_files_have_the_users_umask(tmp_path: Path, umask: int, file: int, folder: int) -> None:
    before = os.umask(umask)
    try:
        store = LocalStore(tmp_path / "run")
        store.write("a/written", b"x")
        store.put_file(tmp_path / "run/a/written", "a/copied")
        with atomic.whole_folder(tmp_path / "made") as making:
            (making / "inside").write_bytes(b"x")
    finally:
        os.umask(before)
    assert {mode(tmp_path / "run/a" / name) for name in ("written", "copied")} == {file}
    assert mode(tmp_path / "run/a") == mode(tmp_path / "made") == folder


@pytest.mark.parametrize("command", [["grade"], ["dedup", "--field", "response"]], ids=lambda c: c[0])
def test_the_tools_files_have_the_users_umask(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "in.jsonl").write_text('{"id": "1", "verifier": "math", "answer": "4", "response": "4"}\n')
    out = [tmp_path / "out.jsonl", tmp_path / "decisions.jsonl"]
    arguments = [*command, str(tmp_path / "in.jsonl"), "--out", str(out[0])]
    arguments += ["--decisions", str(out[1])] if command[0] == "dedup" else []
    subprocess.run(["sh", "-c", 'umask 027; exec "$0" "$@"', sys.executable, "-m", "stillhouse", *arguments], check=True)
    assert {mode(path) for path in out if path.exists()} == {0o640}


def test_a_failed_writer_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "kept"
    target.write_bytes(b"old")

    def file() -> None:
        with atomic.whole_file(target) as writing:
            writing.write(b"new")
            raise RuntimeError

    def folder() -> None:
        with atomic.whole_folder(tmp_path / "folder") as making:
            (making / "inside").touch()
            raise RuntimeError

    for fails in (file, folder):
        with pytest.raises(RuntimeError):
            fails()
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"kept": b"old"}


def test_a_link_is_replaced_and_what_it_points_to_stays(tmp_path: Path) -> None:
    victim, link = tmp_path / "victim", tmp_path / "link"
    victim.write_bytes(b"precious")
    link.symlink_to(victim)
    atomic.write(link, b"new")
    assert (victim.read_bytes(), link.read_bytes(), link.is_symlink()) == (b"precious", b"new", False)


def test_a_link_is_not_copied_from(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "weights").symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match="symbolic link"):
        atomic.copy(tmp_path / "weights", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_nobody_can_foresee_a_temporary_name(tmp_path: Path) -> None:
    with atomic.whole(tmp_path / "x") as first, atomic.whole(tmp_path / "x") as second:
        assert first != second
        assert all(atomic.is_temporary(p.name) for p in (first, second))


def test_a_long_name_has_a_temporary_name_too(tmp_path: Path) -> None:
    target = tmp_path / ("x" * 255)
    atomic.write(target, b"x")
    assert target.read_bytes() == b"x"
