"""Verify: one verdict per trace, in killable workers inside a Ray actor; shard i of the verdicts judges shard i of the traces."""

import dataclasses
from collections.abc import Iterator
from typing import Any

from stillhouse.checkpoints import revision
from stillhouse.cluster import RESTARTED, Actor, join, keep_actor, spread
from stillhouse.manifest import Shard, TableWriter, read_shard
from stillhouse.progress import track
from stillhouse.recipe import Recipe
from stillhouse.recipe.verification import Verify
from stillhouse.records import OUTCOMES, Problem, Trace, Verdict, from_table
from stillhouse.stages.base import Context, Stage, plain
from stillhouse.stages.judging import Pair, check_agreement, is_local, judge_locally
from stillhouse.verifiers.base import VERDICTS

CHUNK = 64


class VerifierActor:
    """A pool of killable verifier workers, held by one Ray actor."""

    def __init__(self, settings: Verify, workers: int, unsafe: bool) -> None:
        from stillhouse.verifiers.pool import Pool

        self._pool = Pool(workers, settings, unsafe=unsafe)
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
    verify, judge = plain(recipe.verify), recipe.verify.judge
    found: dict[str, Any] = {"verify": verify, "verdicts": VERDICTS}
    if judge is not None:
        del verify["judge"]["engine"]
        if judge.local is not None:
            found["judge"] = revision(judge.local)
            del verify["judge"]["local"]
    return found


def run(context: Context) -> dict[str, float]:
    problems = {p.id: p for p in context.run.rows("problems", "problems", Problem)}
    traces = context.run.manifest("sample").tables["traces"]
    writer = context.writer("verdicts")
    open_shards = [shard for shard in traces if not writer.done(shard.index)]
    if open_shards:
        _judge_shards({s.index: _pairs(s, problems, context) for s in open_shards}, context, writer)
    verdicts = [v for s in writer.listed() for v in from_table(read_shard(context.run.store, s), Verdict)]
    outcomes: dict[str, float] = {outcome: sum(v.outcome == outcome for v in verdicts) for outcome in OUTCOMES}
    everything = (pair for shard in traces for pair in _pairs(shard, problems, context))
    agreed = check_agreement(everything, verdicts, context.recipe, lambda pairs: _remotely(pairs, context))
    return {"verdicts": float(len(verdicts)), **outcomes, **agreed}


def _pairs(shard: Shard, problems: dict[str, Problem], context: Context) -> list[Pair]:
    return [(problems[t.problem_id], t) for t in from_table(read_shard(context.run.store, shard), Trace)]


def _judge_shards(shards: dict[int, list[Pair]], context: Context, writer: TableWriter) -> None:
    """The workers' verdicts first, a shard at a time; the rest of a shard comes from the judge on the run's own engine."""
    judged = {index: [p for p in pairs if is_local(p[0], context.recipe)] for index, pairs in shards.items()}
    ruled = {index: [p for p in pairs if not is_local(p[0], context.recipe)] for index, pairs in shards.items()}
    waiting: dict[int, list[Verdict]] = {}
    for index, verdicts in _in_workers(ruled, context):
        if judged[index]:
            waiting[index] = verdicts
        else:
            writer.write(index, verdicts)
    for index, verdicts in waiting.items():
        by_trace = {v.trace_id: v for v in [*verdicts, *judge_locally(judged[index], context.recipe)]}
        writer.write(index, [by_trace[trace.id] for _, trace in shards[index]])


def _in_workers(shards: dict[int, list[Pair]], context: Context) -> Iterator[tuple[int, list[Verdict]]]:
    """The verdicts of each shard as it is finished."""
    parts: dict[int, list[Any]] = {}
    yield from ((index, []) for index, pairs in shards.items() if not pairs)
    work = [(index, pairs) for index, pairs in shards.items() if pairs]
    if not work:
        return
    with track("verify", sum(len(pairs) for _, pairs in work), "traces") as bar:
        for index, items in spread([_workers(context)], work, lambda a, pairs: a.stream("judge", pairs)):
            if items is None:
                yield index, parts.pop(index, [])
            elif items == [RESTARTED]:
                parts[index] = []
            else:
                parts.setdefault(index, []).extend(items)
                bar.advance(len(items))


def _workers(context: Context) -> Actor:
    recipe, unsafe = context.recipe, context.run.unsafe
    ray = join(recipe.cluster)
    workers = recipe.cluster.verifier_workers or max(1, ray.cpus)
    return keep_actor("verifier", lambda: Actor(VerifierActor, (recipe.verify, workers, unsafe), cpus=ray.cpus, gpus=0))


def _remotely(pairs: list[Pair], context: Context) -> list[Verdict]:
    """The judge's verdicts through its endpoint, whatever verifier the problems name."""
    asked = [(dataclasses.replace(problem, verifier="judge"), trace) for problem, trace in pairs]
    return [verdict for _, verdicts in _in_workers({0: asked}, context) for verdict in verdicts]


STAGE = Stage(
    name="verify", version="1", inputs=("problems", "sample"), settings=settings, run=run, tables={"verdicts": Verdict}, heavy=True
)
