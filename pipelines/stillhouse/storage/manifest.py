"""The manifest is the commit of a step: it lists the step's tables and files, and it is written last."""

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from stillhouse.storage.shards import Shard


class File(BaseModel):
    """A file that is no table: a checkpoint, a report."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    path: str
    bytes: int
    sha256: str


class Table(BaseModel):
    """A table of a step. Where `keys` names another table of the step, only the rows count whose id is in that one:
    the shards are a shared ledger's and may hold rows of other runs as well."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    shards: list[Shard]
    keys: str | None = None

    @property
    def rows(self) -> int:
        """Rows of the shards; with `keys` an upper bound."""
        return sum(shard.rows for shard in self.shards)


class Manifest(BaseModel):
    """What one step made, or is making. Paths are relative to the store; `ledgers` are the identities of the shared tables it adds to."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: str
    version: str
    fingerprint: str
    config: dict[str, Any]
    inputs: dict[str, str]
    tables: dict[str, Table]
    ledgers: dict[str, str] = {}
    files: list[File] = []
    counts: dict[str, float] = {}
    provenance: dict[str, str] = {}
    seconds: float = 0.0

    @model_validator(mode="after")
    def _keys_are_tables(self) -> "Manifest":
        for table in self.tables.values():
            if table.keys is not None and table.keys not in self.tables:
                raise ValueError(f"keys names no table of the step: {table.keys!r}")
        return self
