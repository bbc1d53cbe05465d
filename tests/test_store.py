"""The store: whole files or none, one writer, and a manifest that notices every change."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stillhouse.errors import UserError
from stillhouse.manifest import Folder, Manifest, TableWriter, fingerprint, read_table
from stillhouse.records import Decision
from stillhouse.store import LocalStore, open_store, run_lock


def rows(start: int, count: int) -> list[Decision]:
    return [Decision(f"d{i:04d}", "trace", "step", True, "kept") for i in range(start, start + count)]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(LocalStore(tmp_path), "stage", "abc")


def commit(folder: Folder, writer: TableWriter) -> Manifest:
    manifest = Manifest(
        stage="stage", version="1", fingerprint=folder.fingerprint, settings={}, inputs={}, tables={"decisions": writer.listed()}
    )
    folder.commit(manifest)
    return manifest


def test_nothing_is_read_before_the_manifest(folder: Folder) -> None:
    TableWriter(folder, "decisions", Decision).write(0, rows(0, 3))
    assert folder.manifest() is None


def test_a_restarted_writer_keeps_what_was_committed(folder: Folder) -> None:
    first = TableWriter(folder, "decisions", Decision)
    first.write(0, rows(0, 3))
    again = TableWriter(folder, "decisions", Decision)
    assert again.done(0)
    assert not again.done(1)
    again.write(1, rows(3, 2))
    manifest = commit(folder, again)
    assert read_table(folder.store, manifest.tables["decisions"], Decision)["id"].to_pylist() == [f"d{i:04d}" for i in range(5)]


@pytest.mark.parametrize("harm", ["truncate", "flip", "remove"])
def test_a_damaged_shard_is_found_and_only_it_is_made_again(folder: Folder, tmp_path: Path, harm: str) -> None:
    writer = TableWriter(folder, "decisions", Decision)
    good, bad = writer.write(0, rows(0, 3)), writer.write(1, rows(3, 3))
    manifest = commit(folder, writer)
    path = tmp_path / bad.path
    data = path.read_bytes()
    if harm == "remove":
        path.unlink()
    else:
        path.write_bytes(data[: len(data) // 2] if harm == "truncate" else data[:50] + bytes([data[50] ^ 1]) + data[51:])
    with pytest.raises(UserError, match=r"damaged|cannot be read"):
        read_table(folder.store, manifest.tables["decisions"], Decision)
    again = TableWriter(folder, "decisions", Decision)
    assert (again.done(good.index), again.done(bad.index)) == (True, False)


def test_a_damaged_manifest_is_an_error_with_a_way_out(folder: Folder, tmp_path: Path) -> None:
    manifest = commit(folder, TableWriter(folder, "decisions", Decision))
    assert folder.manifest() == manifest
    (tmp_path / "stage/abc/manifest.json").write_text('{"stage": ')
    with pytest.raises(UserError, match="damaged"):
        folder.manifest()


def test_another_stages_manifest_is_refused(folder: Folder) -> None:
    folder.commit(Manifest(stage="stage", version="1", fingerprint="other", settings={}, inputs={}, tables={}))
    with pytest.raises(UserError, match="not abc"):
        folder.manifest()


def test_the_fingerprint_follows_decisions_and_inputs() -> None:
    base = fingerprint("s", "1", {"n": 4}, {"a": "x"})
    assert base == fingerprint("s", "1", {"n": 4}, {"a": "x"})
    assert len({base, fingerprint("s", "2", {"n": 4}, {"a": "x"}), fingerprint("s", "1", {"n": 5}, {"a": "x"}),
                fingerprint("s", "1", {"n": 4}, {"a": "y"})}) == 4  # fmt: skip


def test_a_second_start_is_refused_and_a_killed_one_leaves_no_lock(tmp_path: Path) -> None:
    code = (
        "import sys, time; from stillhouse.store import open_store, run_lock\n"
        "with run_lock(open_store(sys.argv[1])):\n    print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(UserError, match=f"process {holder.pid}"), run_lock(open_store(str(tmp_path))):
            pass
    finally:
        holder.kill()
        holder.wait()
    with run_lock(open_store(str(tmp_path))):
        assert (tmp_path / "run.lock").read_text() == str(os.getpid())


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_is_one_line_and_loses_nothing(tmp_path: Path) -> None:
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(tmp_path)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("this machine does not let us mount")
    try:
        store = LocalStore(tmp_path)
        store.write("kept", b"x" * 1000)
        with pytest.raises(UserError, match="full"):
            store.write("big", os.urandom(1_000_000))
        assert store.read("kept") == b"x" * 1000
        assert store.list("") == ["kept"]
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
