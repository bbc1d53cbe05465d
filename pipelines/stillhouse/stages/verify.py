"""Verify: a verdict for every trace and reading, beside the sampling where that still goes on.

The step's own table is `reviews`; the verdicts lie in a ledger of their own for each way of judging and each way of drawing.
What has a verdict there is not judged again.
"""

import time
from collections.abc import Iterator
from contextlib import closing

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from stillhouse.progress import Bar, say, track
from stillhouse.recipe import Recipe
from stillhouse.recipe.section import Circumstance, Section
from stillhouse.recipe.sections import Cluster
from stillhouse.recipe.verification import Verify
from stillhouse.records import Outcome, Reading, Request, Review, Trace, Verdict, arrow_schema, from_table
from stillhouse.rollouts.commit import Committer
from stillhouse.rollouts.lots import Lot
from stillhouse.rollouts.metering import Meter
from stillhouse.rollouts.reviews import owed, reviews
from stillhouse.stages.base import Input, Inputs, Output, Stage
from stillhouse.stages.judged import judge_revision, verdict_ledger, verifier_versions, workers
from stillhouse.stages.judging import Judging, tell, verdicts
from stillhouse.storage.ledger import Ledger
from stillhouse.storage.manifest import Manifest
from stillhouse.storage.shards import Shard, local_files
from stillhouse.storage.store import Store
from stillhouse.tables import sql
from stillhouse.verifiers.models.judge import agreement

POLL_SECONDS = 0.5


class Config(Section):
    """Everything that decides the verdicts: the verifiers' settings and versions, and how the answers are read."""

    verify: Verify
    verifiers: dict[str, str]
    judge: str | None
    readings: tuple[Reading, ...]
    table: str
    seed: int
    workers: Circumstance[int]
    unsafe: Circumstance[bool]
    cluster: Circumstance[Cluster]


def config(recipe: Recipe, readings: tuple[Reading, ...], table: str, unsafe: bool, more: tuple[str, ...] = ()) -> Config:
    """Raises UserError for a verifier that does not exist and for a judge whose checkpoint is not there."""
    return Config(
        verify=recipe.verify,
        verifiers=verifier_versions(recipe, more),
        judge=judge_revision(recipe.verify),
        readings=readings,
        table=table,
        seed=recipe.seed,
        workers=workers(recipe),
        unsafe=unsafe,
        cluster=recipe.cluster,
    )


class Followed:
    """The traces of a step that may still be drawn: its requests, and the shards of its ledger that were not seen yet."""

    def __init__(self, traces: Input) -> None:
        self._input = traces
        self.manifest = traces.begun()
        self._seen: set[str] = set()

    @property
    def requests(self) -> str:
        """A SELECT of the step's requests."""
        shards = self.manifest.tables["requests"].shards
        return sql.parquet(local_files(self._input.artifact.store, shards), arrow_schema(Request))

    @property
    def wanted(self) -> int:
        return self.manifest.tables["requests"].rows

    def news(self) -> Iterator[list[str]]:
        """Files with traces, as they are committed; an empty list while there is none. Ends with the sampling."""
        traces = Ledger.at(self._input.artifact.store, self.manifest.ledgers["traces"], Trace)
        while True:
            ended = not self._input.running()
            there = self._input.manifest().tables["traces"].shards if ended else traces.shards()
            fresh = [shard for shard in there if shard.path not in self._seen]
            self._seen |= {shard.path for shard in fresh}
            if fresh:
                yield local_files(self._input.artifact.store, fresh)
            elif ended:
                self.manifest = self._input.manifest()
                return
            else:
                yield []


def run(config: Config, inputs: Inputs, out: Output) -> None:
    followed = Followed(inputs["traces"])
    given = ledger(config, followed.manifest, out.store)
    with given.held():
        _judge(config, inputs, out, followed, given)
        keys = _write_reviews(config, inputs, out, followed)
        if config.verify.judge is not None and config.verify.judge.check and "plain" in config.readings:
            _check(config, inputs, out, followed, given)
    out.table("reviews").flush()
    out.share("verdicts", given.path, given.shards(), keys="reviews")
    out.counts.update(_outcomes(out, given, keys))
    _warn_of_missing_answers(config, inputs, out, given, keys)


def ledger(config: Config, traces: Manifest, store: Store) -> Ledger:
    """The ledger of the verdicts: one for each way of judging traces that were drawn in one way."""
    return verdict_ledger(store, config.verify, config.verifiers, config.judge, traces.ledgers["traces"])


def _judge(config: Config, inputs: Inputs, out: Output, followed: Followed, given: Ledger) -> None:
    """Gives every verdict that is owed, and commits as they come."""
    committer = Committer(given, config.verify.commit_rows, config.verify.commit_seconds)
    with sql.connection() as connection, track(out.name, followed.wanted * len(config.readings), "verdicts") as bar:
        lots = _lots(config, inputs["problems"].selection(config.table), followed, given, connection, bar)
        meter = Meter(out.name)
        with closing(verdicts(_how(config), lots, out.actors)) as found_now:
            for found in found_now:
                committer.add(found)
                if found.num_rows:
                    bar.advance(found.num_rows)
                    plain = found.filter(pc.equal(found["reading"], "plain"))
                    meter.judged((1, outcome) for outcome in plain["outcome"].to_pylist())
                    meter.owes(bar.total - bar.done)
        committer.close()


def _lots(
    config: Config, problems: str, followed: Followed, given: Ledger, connection: duckdb.DuckDBPyConnection, bar: Bar
) -> Iterator[Lot | None]:
    """What is owed on the traces as they come; None while there is nothing."""
    store_files = local_files(given.store, given.shards())
    for files in followed.news():
        if not files:
            yield None
            time.sleep(POLL_SECONDS)
            continue
        wanted = reviews(followed.requests, files, problems, config.readings)
        (all_of_them,) = connection.execute(f"SELECT count(*) FROM ({wanted})").fetchone() or (0,)
        open_cases = 0
        for lot in owed(connection, wanted, files, problems, store_files):
            open_cases += lot.rows
            yield lot
        bar.skip(all_of_them - open_cases)


def _how(config: Config) -> Judging:
    return Judging(config.verify, config.workers, config.unsafe, config.cluster)


def _check(config: Config, inputs: Inputs, out: Output, followed: Followed, given: Ledger) -> None:
    """Puts some traces that a rule has decided to the judge as well, drawn by the seed, and counts how far it agrees."""
    problems = inputs["problems"].selection(config.table)
    traces = local_files(out.store, inputs["traces"].manifest().tables["traces"].shards)
    with sql.connection() as connection:
        drawn = _drawn_for_check(connection, config, followed, traces, problems, given)
        connection.register("drawn_here", drawn)
        connection.execute("CREATE TABLE drawn AS SELECT * FROM drawn_here")  # cursors see tables, not what was registered
        wanted = "SELECT id, trace_id, reading FROM drawn"
        ruled = [Verdict(trace, name, "", outcome, 0.0, "", "", 0.0, "") for trace, name, outcome in _ruled(drawn)]
        asked = f"SELECT * REPLACE ('judge' AS verifier) FROM ({problems})"
        lots = owed(connection, wanted, traces, asked, local_files(out.store, given.shards()))
        committer = Committer(given, config.verify.commit_rows, config.verify.commit_seconds)
        for found in verdicts(_how(config), lots, out.actors):
            committer.add(found)
        committer.close()
        checked = sql.parquet(local_files(out.store, given.shards()), arrow_schema(Verdict))
        table = connection.execute(f"SELECT * FROM ({checked}) WHERE id IN (SELECT id FROM drawn)").to_arrow_table()
    out.table("reviews").write_table(drawn)
    agreed = agreement(from_table(table, Verdict), ruled)
    tell(agreed, len(ruled))
    out.counts.update(
        judge_asked=len(ruled), judge_decided=agreed.both, judge_agreed=agreed.agreed,
        judge_false_accepts=agreed.false_accepts, judge_false_rejects=agreed.false_rejects,
    )  # fmt: skip
    if agreed.both:
        out.counts["judge_kappa"] = round(agreed.kappa, 3)


def _drawn_for_check(
    connection: duckdb.DuckDBPyConnection, config: Config, followed: Followed, traces: list[str], problems: str, given: Ledger
) -> pa.Table:
    """The reviews with reading "check", each with the outcome of the rule beside it."""
    assert config.verify.judge is not None
    plain = sql.parquet(local_files(given.store, given.shards()), arrow_schema(Verdict))
    return connection.execute(f"""
        SELECT w.id, w.trace_id, w.reading, v.verifier, v.outcome
        FROM ({reviews(followed.requests, traces, problems, ("check",))}) w
        JOIN ({plain}) v ON v.trace_id = w.trace_id AND v.reading = 'plain'
        WHERE v.verifier != 'judge' AND v.outcome IN ('correct', 'wrong')
        ORDER BY sha256('{config.seed} judge check ' || w.trace_id) LIMIT {config.verify.judge.check}
    """).to_arrow_table()


def _ruled(drawn: pa.Table) -> Iterator[tuple[str, str, Outcome]]:
    return zip(*(drawn[name].to_pylist() for name in ("trace_id", "verifier", "outcome")), strict=True)


def _write_reviews(config: Config, inputs: Inputs, out: Output, followed: Followed) -> list[Shard]:
    """The step's own table: every review, given by now."""
    writer = out.table("reviews")
    traces = local_files(out.store, inputs["traces"].manifest().tables["traces"].shards)
    wanted = reviews(followed.requests, traces, inputs["problems"].selection(config.table), config.readings)
    with sql.connection() as connection:
        for batch in sql.stream(connection, wanted):
            writer.write_table(pa.Table.from_batches([batch]))
    writer.flush()
    return writer.shards


def _warn_of_missing_answers(config: Config, inputs: Inputs, out: Output, given: Ledger, keys: list[Shard]) -> None:
    """Says at the step's end where so many responses have no answer that the reader rather than the model may be at fault."""
    from stillhouse.report.extraction import audited

    verdicts = sql.parquet(local_files(out.store, given.shards()), arrow_schema(Verdict))
    mine = sql.parquet(local_files(out.store, keys), arrow_schema(Review))
    traces = local_files(out.store, inputs["traces"].manifest().tables["traces"].shards)
    plain = f"SELECT * FROM ({verdicts}) WHERE reading = 'plain' AND id IN (SELECT id FROM ({mine}))"
    with sql.connection() as connection:
        warning = audited(connection, plain, sql.parquet(traces, arrow_schema(Trace))).warning(config.verify.extraction_warning)
    if warning:
        say(f"  WARNING: {warning}")


def _outcomes(out: Output, given: Ledger, keys: list[Shard]) -> dict[str, float]:
    """How many reviews came to which outcome; more readings than one are counted apart."""
    found = sql.parquet(local_files(out.store, given.shards()), arrow_schema(Verdict))
    mine = sql.parquet(local_files(out.store, keys), arrow_schema(Review))
    with sql.connection() as connection:
        query = f"SELECT reading, outcome, count(*) FROM ({found}) WHERE id IN (SELECT id FROM ({mine})) GROUP BY ALL ORDER BY ALL"
        rows = connection.execute(query).fetchall()
    counts = {"verdicts": float(sum(n for _, _, n in rows))}
    return counts | {outcome if reading == "plain" else f"{reading} {outcome}": float(n) for reading, outcome, n in rows}


STAGE = Stage("verify", "2", run, {"reviews": Review, "verdicts": Verdict}, heavy=True)
