"""Verify: one verdict per trace, in killable workers inside a Ray actor; shard i of the verdicts judges shard i of the traces."""

from collections.abc import Iterator
from typing import Any

from stillhouse.cluster import RESTARTED, Actor, join, keep_actor, spread
from stillhouse.manifest import Shard, read_shard
from stillhouse.progress import track
from stillhouse.recipe import Recipe
from stillhouse.recipe.verification import Verify
from stillhouse.records import OUTCOMES, Problem, Trace, Verdict, from_table
from stillhouse.stages.base import Context, Stage, plain
from stillhouse.verifiers.base import VERDICTS

CHUNK = 64


class VerifierActor:
    """A pool of killable verifier workers, held by one Ray actor."""

    def __init__(self, settings: Verify, workers: int) -> None:
        from stillhouse.verifiers.pool import Pool

        self._pool = Pool(workers, settings)
        self._pool.__enter__()

    def judge(self, pairs: list[tuple[Problem, Trace]]) -> Iterator[list[Verdict]]:
        """Verdicts in the order of the pairs, in chunks."""
        chunk: list[Verdict] = []
        for verdict in self._pool.judge(pairs):
            chunk.append(verdict)
            if len(chunk) == CHUNK:
                yield chunk
                chunk = []
        if chunk:
            yield chunk


def settings(recipe: Recipe) -> dict[str, Any]:
    return {"verify": plain(recipe.verify), "verdicts": VERDICTS}


def run(context: Context) -> dict[str, float]:
    problems = {p.id: p for p in context.run.rows("problems", "problems", Problem)}
    traces = context.run.manifest("sample").tables["traces"]
    writer = context.writer("verdicts")
    open_shards = [shard for shard in traces if not writer.done(shard.index)]
    with track("verify", sum(s.rows for s in traces), "traces") as bar:
        bar.skip(sum(s.rows for s in traces) - sum(s.rows for s in open_shards))
        for index, verdicts in _judged(open_shards, problems, context, bar) if open_shards else ():
            writer.write(index, verdicts)
    outcomes = _outcomes(context, writer.listed())
    return {"verdicts": float(sum(s.rows for s in writer.listed())), **outcomes}


def _judged(open_shards: list[Shard], problems: dict[str, Problem], context: Context, bar: Any) -> Iterator[tuple[int, list[Verdict]]]:
    recipe, store = context.recipe, context.run.store
    work = [(s.index, [(problems[t.problem_id], t) for t in from_table(read_shard(store, s), Trace)]) for s in open_shards]
    parts: dict[int, list[Any]] = {}
    ray = join(recipe.cluster)
    workers = recipe.cluster.verifier_workers or max(1, ray.cpus)
    actor = keep_actor("verifier", lambda: Actor(VerifierActor, (recipe.verify, workers), cpus=ray.cpus, gpus=0))
    for index, items in spread([actor], work, lambda a, pairs: a.stream("judge", pairs)):
        if items is None:
            yield index, parts.pop(index, [])
        elif items == [RESTARTED]:
            parts[index] = []
        else:
            parts.setdefault(index, []).extend(items)
            bar.advance(len(items))


def _outcomes(context: Context, shards: list[Shard]) -> dict[str, float]:
    verdicts = [v for s in shards for v in from_table(read_shard(context.run.store, s), Verdict)]
    return {outcome: float(sum(v.outcome == outcome for v in verdicts)) for outcome in OUTCOMES}


STAGE = Stage(
    name="verify", version="1", inputs=("problems", "sample"), settings=settings, run=run, tables={"verdicts": Verdict}, heavy=True
)
