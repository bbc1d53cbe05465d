"""How far the steps of a run are: what is committed and whole, what was begun, and how many traces are owed."""

from dataclasses import dataclass, field
from typing import Literal

from stillhouse.errors import UserError
from stillhouse.records import Request, Trace, arrow_schema
from stillhouse.storage.artifacts import Artifact
from stillhouse.storage.ledger import Ledger
from stillhouse.storage.manifest import Manifest
from stillhouse.storage.run import OpenRun
from stillhouse.storage.shards import local_files
from stillhouse.tables import sql

State = Literal["committed", "damaged", "started", "not started"]


@dataclass(frozen=True)
class StepStatus:
    """One step. `owed` of `total` traces are still to be drawn, where a step draws them and has begun; `missing` files are gone or cut.

    at_most: both are upper bounds of a few seconds ago, because a policy decides how many there will be.
    """

    step: str
    kind: str
    fingerprint: str
    state: State
    seconds: float = 0.0
    counts: dict[str, float] = field(default_factory=dict)
    owed: int | None = None
    total: int | None = None
    missing: list[str] = field(default_factory=list)
    at_most: bool = False


def status(run: OpenRun) -> list[StepStatus]:
    """Every step of the run's plan, in its order. Files are checked by size."""
    return [_status(name, artifact) for name, artifact in run.steps.items()]


def _status(name: str, artifact: Artifact) -> StepStatus:
    place = (name, artifact.kind, artifact.fingerprint)
    try:
        manifest, opened = artifact.manifest(), artifact.begun()
    except UserError:
        return StepStatus(*place, "damaged", missing=[f"{artifact.path}/manifest.json"])
    if manifest is not None:
        missing = artifact.missing(manifest)
        return StepStatus(*place, "damaged" if missing else "committed", manifest.seconds, manifest.counts, missing=missing)
    if opened is not None and "most_owed" in opened.counts:
        counts = opened.counts
        return StepStatus(*place, "started", owed=int(counts["most_owed"]), total=int(counts["most_requests"]), at_most=True)
    if opened is not None and "traces" in opened.ledgers:
        owed, total = _owed(artifact, opened)
        return StepStatus(*place, "started", owed=owed, total=total)
    return StepStatus(*place, "started" if artifact.store.list(artifact.path) else "not started")


def _owed(artifact: Artifact, opened: Manifest) -> tuple[int, int]:
    """Requests without a trace, and all of them."""
    wanted = opened.tables["requests"].shards
    drawn = Ledger.at(artifact.store, opened.ledgers["traces"], Trace).shards()
    requests = sql.parquet(local_files(artifact.store, wanted), arrow_schema(Request))
    traces = sql.parquet(local_files(artifact.store, drawn), arrow_schema(Trace))
    with sql.connection() as connection:
        (owed,) = connection.execute(f"SELECT count(*) FROM ({requests}) r ANTI JOIN ({traces}) t ON t.id = r.id").fetchone() or (0,)
    return int(owed), sum(shard.rows for shard in wanted)
