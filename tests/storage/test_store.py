"""The store: whole files or none, one maker of each thing, and nothing outside of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stillhouse.errors import UserError
from stillhouse.storage.lock import hold
from stillhouse.storage.store import LocalStore, _impatient, open_store


def held(code: str, root: Path) -> subprocess.Popen[str]:
    """Another process that holds `artifacts/x` of the store."""
    holder = subprocess.Popen([sys.executable, "-c", code, str(root)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


HOLD = (
    "import sys, time; from stillhouse.storage.store import open_store; from stillhouse.storage.lock import hold\n"
    "with hold(open_store(sys.argv[1]), 'artifacts/x'):\n    print('held', flush=True); time.sleep(60)"
)


def test_a_second_maker_is_refused_and_a_killed_one_leaves_no_lock(tmp_path: Path) -> None:
    holder = held(HOLD, tmp_path)
    try:
        with pytest.raises(UserError, match=f"process {holder.pid}"), hold(open_store(str(tmp_path)), "artifacts/x"):
            pass
    finally:
        holder.kill()
        holder.wait()
    with hold(open_store(str(tmp_path)), "artifacts/x"):
        assert (tmp_path / "artifacts/x/lock").read_text() == str(os.getpid())


def test_one_who_may_wait_gets_the_lock_when_it_is_free(tmp_path: Path) -> None:
    holder = held(HOLD.replace("time.sleep(60)", "time.sleep(2)"), tmp_path)
    with hold(open_store(str(tmp_path)), "artifacts/x", wait=True):
        assert (tmp_path / "artifacts/x/lock").read_text() == str(os.getpid())
    assert holder.wait() == 0


def test_a_folder_that_vanishes_is_not_made_again(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "run")
    store.write("a", b"1")
    (tmp_path / "run").rename(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="has gone"):
        store.write("b", b"2")
    assert not (tmp_path / "run").exists()
    (tmp_path / "run").mkdir()
    with pytest.raises(UserError, match="another one"):
        store.write("b", b"2")


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
    (tmp_path / "run/x").mkdir(parents=True)
    (tmp_path / "run/x/lock").symlink_to(victim)
    with pytest.raises(UserError, match="is a link"), hold(open_store(str(tmp_path / "run")), "x"):
        pass
    assert victim.read_text() == "precious"


@pytest.mark.parametrize("where", ["file", "file/below", "/proc/nowhere", "x" * 300])
def test_an_impossible_folder_is_one_line(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("")
    store = open_store(str(tmp_path / where))
    with pytest.raises(UserError, match=r"cannot be used|is a link"), hold(store, "x"):
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
