"""The store: whole files or none, one writer, and a manifest that notices every change."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stillhouse.errors import UserError
from stillhouse.manifest import Folder, Manifest, TableWriter, fingerprint, read_table
from stillhouse.records import Decision
from stillhouse.store import LocalStore, _impatient, open_store, run_lock


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


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc/passwd", "a/b/../../../x", "nul\0"])
def test_no_path_leads_out_of_a_store(tmp_path: Path, path: str) -> None:
    (tmp_path / "x").write_text("secret")
    store = LocalStore(tmp_path / "run")
    for access in (store.read, store.exists, store.list, store.fetch, lambda p: store.write(p, b"")):
        with pytest.raises(UserError, match="leads out"):
            access(path)
    assert (tmp_path / "x").read_text() == "secret"


@pytest.mark.parametrize("name", ["link", "folder/inside", "loop"])
def test_links_in_a_run_are_not_followed(tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "inside").write_text("precious")
    store = LocalStore(tmp_path / "run")
    store.write("whole", b"x")
    (tmp_path / "run/link").symlink_to(outside / "inside")
    (tmp_path / "run/folder").symlink_to(outside)
    (tmp_path / "run/loop").symlink_to("loop")
    source = tmp_path / "source"
    source.write_text("new")
    for access in (store.read, store.fetch, store.exists, lambda p: store.write(p, b"new"), lambda p: store.put_file(source, p)):
        with pytest.raises(UserError, match="link"):
            access(name)
    assert (outside / "inside").read_text() == "precious"


def test_a_runs_own_folder_may_be_reached_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "runs").symlink_to(tmp_path / "real")
    open_store(str(tmp_path / "runs/a")).write("x/y", b"1")
    assert (tmp_path / "real/a/x/y").read_bytes() == b"1"


def test_a_lock_that_is_a_link_overwrites_nothing(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "run").mkdir()
    (tmp_path / "run/run.lock").symlink_to(victim)
    with pytest.raises(UserError, match="is a link"), run_lock(open_store(str(tmp_path / "run"))):
        pass
    assert victim.read_text() == "precious"


@pytest.mark.parametrize("where", ["file", "file/below", "/proc/nowhere", "x" * 300])
def test_an_impossible_folder_is_one_line(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("")
    store = open_store(str(tmp_path / where))
    with pytest.raises(UserError, match=r"cannot be used|is a link"), run_lock(store):
        pass
    with pytest.raises(UserError, match="cannot be used"):
        store.write("run.json", b"{}")


def test_credentials_in_a_uri_are_shown_nowhere() -> None:
    store = open_store("s3://AKIAKEY:very%2Fsecret@bucket/runs/a?region=eu-west-1&scheme=http&endpoint_override=127.0.0.1:9")
    assert store.uri.startswith("s3://bucket/runs/a")
    with pytest.raises(UserError) as told:
        store.exists("run.json")
    with pytest.raises(UserError) as refused:
        open_store("s9://AKIAKEY:very%2Fsecret@bucket/runs/a")
    assert not any(secret in str(e.value) for e in (told, refused) for secret in ("AKIAKEY", "very", "secret"))


def test_an_object_store_that_does_not_answer_is_one_line() -> None:
    store = open_store("s3://bucket/runs/a?scheme=http&endpoint_override=127.0.0.1:9&region=us-east-1")
    for access in (store.read, store.list, lambda p: store.write(p, b"")):
        with pytest.raises(UserError, match="Cannot"):
            access("run.json")


@pytest.mark.parametrize(
    ("given", "opened"),
    [
        ("gs://b/x", "gs://b/x?retry_limit_seconds=30"),
        ("gs://b/x?project_id=p", "gs://b/x?project_id=p&retry_limit_seconds=30"),
        ("gs://b/x?retry_limit_seconds=5", "gs://b/x?retry_limit_seconds=5"),
        ("s3://b/x", "s3://b/x"),
    ],
)
def test_a_store_that_does_not_answer_is_not_asked_for_a_quarter_of_an_hour(given: str, opened: str) -> None:
    assert _impatient(given) == opened
