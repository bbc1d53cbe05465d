"""Shared tables and artifacts: a shard counts with its entry, a step with its manifest, and what is harmed is owed again."""

from pathlib import Path

import pyarrow as pa
import pytest

from stillhouse.errors import UserError
from stillhouse.recipe.section import Circumstance, Section
from stillhouse.records import Decision, to_table
from stillhouse.storage.artifacts import Artifact
from stillhouse.storage.fingerprint import fingerprint
from stillhouse.storage.ledger import Ledger
from stillhouse.storage.manifest import Manifest, Table
from stillhouse.storage.reading import rows
from stillhouse.storage.shards import Shard, write_shard
from stillhouse.storage.store import LocalStore


def table(start: int, count: int) -> pa.Table:
    return to_table([Decision(f"d{i:04d}", "trace", "step", True, "kept") for i in range(start, start + count)], Decision)


def ledger(root: Path) -> Ledger:
    return Ledger(LocalStore(root), "decisions", "abc", Decision)


def ids(root: Path, shards: list[Shard]) -> list[str]:
    manifest = Manifest(kind="k", version="1", fingerprint="f", config={}, inputs={}, tables={"decisions": Table(shards=shards)})
    return [row.id for row in rows(LocalStore(root), manifest, "decisions", Decision)]


def test_what_is_committed_is_seen_by_others_in_order(tmp_path: Path) -> None:
    mine, theirs = ledger(tmp_path), ledger(tmp_path)
    mine.append(table(0, 3))
    assert len(theirs.shards()) == 1
    mine.append(table(3, 2))
    assert ids(tmp_path, theirs.shards()) == [f"d{i:04d}" for i in range(5)]


def test_a_shard_without_its_entry_does_not_count(tmp_path: Path) -> None:
    write_shard(LocalStore(tmp_path), ledger(tmp_path).path, table(0, 3))
    assert ledger(tmp_path).shards() == []


@pytest.mark.parametrize("harm", ["cut", "removed", "garbage entry"])
def test_a_harmed_shard_is_owed_again(tmp_path: Path, harm: str) -> None:
    made = ledger(tmp_path)
    good, bad = made.append(table(0, 3)), made.append(table(3, 3))
    path = tmp_path / bad.path
    if harm == "cut":
        path.write_bytes(path.read_bytes()[:-1])
    elif harm == "removed":
        path.unlink()
    else:
        sorted((tmp_path / made.path / "entries").iterdir())[1].write_text("{")
    assert ledger(tmp_path).shards() == [good]


def test_rows_of_other_runs_in_a_shared_shard_do_not_count(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    shard = ledger(tmp_path).append(table(0, 10))
    keys = write_shard(store, "artifacts/k/f/wanted", pa.table({"id": ["d0003", "d0007", "d0099"]}))
    tables = {"decisions": Table(shards=[shard], keys="wanted"), "wanted": Table(shards=[keys])}
    manifest = Manifest(kind="k", version="1", fingerprint="f", config={}, inputs={}, tables=tables)
    assert [row.id for row in rows(store, manifest, "decisions", Decision)] == ["d0003", "d0007"]


def test_a_manifest_that_is_damaged_or_anothers_is_refused(tmp_path: Path) -> None:
    artifact = Artifact(LocalStore(tmp_path), "curate", "abc")
    assert artifact.manifest() is None
    artifact.commit(Manifest(kind="curate", version="1", fingerprint="other", config={}, inputs={}, tables={}))
    with pytest.raises(UserError, match="not abc"):
        artifact.manifest()
    (tmp_path / artifact.path / "manifest.json").write_text('{"kind": ')
    with pytest.raises(UserError, match="damaged"):
        artifact.manifest()


class Config(Section):
    n: int = 4
    cores: Circumstance[int] = 2
    parts: tuple["Config", ...] = ()


def test_a_fingerprint_follows_decisions_and_inputs_and_no_circumstance() -> None:
    base = fingerprint("k", "1", Config(parts=(Config(),)), {"a": "x"})
    assert base == fingerprint("k", "1", Config(cores=64, parts=(Config(cores=8),)), {"a": "x"})
    others = {
        fingerprint("k", "2", Config(parts=(Config(),)), {"a": "x"}),
        fingerprint("k", "1", Config(n=5, parts=(Config(),)), {"a": "x"}),
        fingerprint("k", "1", Config(parts=(Config(n=5),)), {"a": "x"}),
        fingerprint("k", "1", Config(parts=(Config(),)), {"a": "y"}),
        fingerprint("l", "1", Config(parts=(Config(),)), {"a": "x"}),
    }
    assert len(others | {base}) == 6
