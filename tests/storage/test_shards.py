"""Shards of an object store: downloaded once, checked when they are, and named so that nothing else can be meant."""

from pathlib import Path

import pyarrow as pa
import pytest
from pydantic import ValidationError

from stillhouse.errors import UserError
from stillhouse.storage.shards import Shard, local_files, scan, write_shard
from stillhouse.storage.store import ObjectStore

TABLE = pa.table({"id": [f"t{i}" for i in range(100)]})


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    monkeypatch.setenv("STILLHOUSE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "bucket").mkdir()
    return ObjectStore(f"file://{tmp_path / 'bucket'}")


def spoil(tmp_path: Path, shard: Shard) -> None:
    """Other bytes, as many as before."""
    (tmp_path / "bucket" / shard.path).write_bytes(b"x" * shard.bytes)


def test_a_shard_is_downloaded_once(store: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "bucket" / "t").mkdir()
    shard = write_shard(store, "t", TABLE)
    first = local_files(store, [shard])
    spoil(tmp_path, shard)
    assert local_files(ObjectStore(f"file://{tmp_path / 'bucket'}"), [shard]) == first
    assert pa.Table.from_batches(scan(store, [shard])) == TABLE


def test_a_damaged_shard_is_not_kept(store: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "bucket" / "t").mkdir()
    shard = write_shard(store, "t", TABLE)
    spoil(tmp_path, shard)
    for _ in range(2):
        with pytest.raises(UserError, match="damaged"):
            local_files(store, [shard])
    assert list((tmp_path / "cache").rglob("*.parquet")) == []


def test_a_shards_name_cannot_lead_out_of_the_cache() -> None:
    with pytest.raises(ValidationError):
        Shard(path="t/x.parquet", rows=1, bytes=1, sha256="../../../etc/passwd")
