"""How far a step is: committed, or how much of it is still owed, without doing any of it."""

from dataclasses import dataclass
from typing import Literal

from stillhouse.records import Request, Trace, Verdict, arrow_schema
from stillhouse.rollouts.policies import policy
from stillhouse.rollouts.requests import owed_count, requests
from stillhouse.rollouts.reviews import reviews
from stillhouse.stages import allocate, sample, verify
from stillhouse.stages.base import Appender, Input, Inputs, Step
from stillhouse.storage.artifacts import Artifact
from stillhouse.storage.ledger import Ledger
from stillhouse.storage.manifest import Manifest
from stillhouse.storage.shards import Shard, local_files
from stillhouse.tables import sql

State = Literal["committed", "owed", "not started"]


@dataclass(frozen=True)
class Progress:
    """`owed` of `total` requests, verdicts, or the step as a whole (`unit`); None where it is not known yet.

    at_most: both are upper bounds, because a policy decides how many there will be.
    """

    step: str
    fingerprint: str
    state: State
    owed: int | None
    total: int | None
    unit: Literal["requests", "verdicts", "step"]
    at_most: bool = False


_UNITS: dict[str, Literal["requests", "verdicts", "step"]] = {"sample": "requests", "verify": "verdicts"}


def progress(step: Step, artifact: Artifact, manifest: Manifest | None, inputs: Inputs) -> Progress:
    """How far a step is. `manifest` is its own where it is committed."""
    unit = _UNITS.get(step.stage.kind, "step")
    if manifest is not None:
        return Progress(step.name, step.fingerprint, "committed", 0, _size(step, manifest), unit)
    total, owed = _counted(step, artifact, inputs)
    begun = owed is not None and total is not None and owed < total
    at_most = isinstance(step.config, allocate.Config) and total is not None
    return Progress(step.name, step.fingerprint, "owed" if begun else "not started", owed, total, unit, at_most)


def _size(step: Step, manifest: Manifest) -> int:
    keys = {"sample": "requests", "verify": "reviews"}.get(step.stage.kind)
    return manifest.tables[keys].rows if keys else 1


def _counted(step: Step, artifact: Artifact, inputs: Inputs) -> tuple[int | None, int | None]:
    """(total, owed) of a step that is not committed."""
    if isinstance(step.config, allocate.Config):
        return _allocated(step.config, artifact, inputs) if _ready(inputs["problems"]) else (None, None)
    if isinstance(step.config, sample.Config):
        return _traces(step.config, artifact, inputs) if _ready(inputs["problems"]) else (None, None)
    if isinstance(step.config, verify.Config):
        return _verdicts(step.config, inputs) if _ready(inputs["problems"]) else (None, None)
    return 1, 1


def _ready(upstream: Input) -> bool:
    return upstream.artifact.manifest() is not None


def _traces(config: sample.Config, artifact: Artifact, inputs: Inputs) -> tuple[int, int]:
    way = sample.way(config, inputs)
    ledger = Ledger(artifact.store, "traces", way.identity, Trace)
    found = artifact.begun()
    shards = found.tables["requests"].shards if found else written(config, artifact, inputs)
    total = sum(shard.rows for shard in shards)
    requested = sql.parquet(local_files(artifact.store, shards), arrow_schema(Request))
    with sql.connection() as connection:
        return total, owed_count(connection, requested, local_files(artifact.store, ledger.shards()))


def _allocated(config: allocate.Config, artifact: Artifact, inputs: Inputs) -> tuple[int, int]:
    """Of problems that have stopped what they took, of the others what they may take. Recorded traces may end sooner."""
    rounds = allocate.served(config, inputs, artifact.store, recorded=False)
    ledger = allocate.given(config, rounds, artifact.store)
    owed, total = allocate.most(policy(config.policy), allocate.walk(config, inputs, rounds, ledger, unjudged=False))
    return total, owed


def written(config: sample.Config, artifact: Artifact, inputs: Inputs) -> list[Shard]:
    """The requests, written where the step would write them: the same bytes under the same names."""
    writer = Appender(artifact.store, f"{artifact.path}/requests", Request)
    for part in requests(sample.way(config, inputs), sample.problem_ids(config, inputs), config.sampling.n):
        writer.write_table(part)
    writer.flush()
    return writer.shards


def _verdicts(config: verify.Config, inputs: Inputs) -> tuple[int | None, int | None]:
    traces = inputs["traces"]
    begun = traces.artifact.manifest() or traces.artifact.begun()
    if begun is None or "requests" not in begun.tables:
        return None, None
    store = traces.artifact.store
    total = begun.tables["requests"].rows * len(config.readings)
    requested = sql.parquet(local_files(store, begun.tables["requests"].shards), arrow_schema(Request))
    drawn = local_files(store, Ledger.at(store, begun.ledgers["traces"], Trace).shards())
    given = local_files(store, verify.ledger(config, begun, store).shards())
    wanted = reviews(requested, drawn, inputs["problems"].selection(config.table), config.readings)
    with sql.connection() as connection:
        there = sql.parquet(given, arrow_schema(Verdict))
        (done,) = connection.execute(f"SELECT count(*) FROM ({wanted}) w SEMI JOIN ({there}) v ON v.id = w.id").fetchone() or (0,)
    return total, total - int(done)
