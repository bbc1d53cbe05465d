"""Unsolved: second tries on the problems of which every sample failed, after the verdicts on the samples are given.

Its traces lie in a ledger like any others and are verified, curated and billed like them. Guarantee: a student's prompt is the
plain question's, whatever was put to the teacher here; a rationale that leaks its hint has no text.
"""

from collections.abc import Iterator
from contextlib import closing
from functools import partial

from stillhouse.cluster.backlog import Failed as Lost
from stillhouse.cluster.session import join
from stillhouse.engines.base import Served, blank_trace
from stillhouse.engines.checkpoints import local_path
from stillhouse.engines.endpoint import EndpointServed
from stillhouse.engines.meter import Spent
from stillhouse.engines.prompts import teacher_messages
from stillhouse.progress import track
from stillhouse.recipe import Recipe
from stillhouse.recipe.methods import Rationalise, Second
from stillhouse.recipe.section import Circumstance, Section
from stillhouse.recipe.sections import Cluster, Prompt, Sampling
from stillhouse.recipe.teacher import EndpointTeacher, VllmTeacher
from stillhouse.recipe.teachers import Taught
from stillhouse.records import Problem, Request, Trace, arrow_schema, to_table
from stillhouse.rollouts.commit import Committer
from stillhouse.rollouts.draw import roll_all
from stillhouse.rollouts.methods.second import Failed, hinted, rationalised, refined, refused
from stillhouse.rollouts.requests import Way
from stillhouse.rollouts.unsolved import Samples, listed, owed
from stillhouse.rollouts.worker import Roll
from stillhouse.stages.base import Inputs, Output, Stage
from stillhouse.stages.sample import Local, Remote, identify, local, ours, spent_on
from stillhouse.storage.ledger import Ledger
from stillhouse.storage.shards import local_files
from stillhouse.tables import sql


class Config(Section):
    """Everything that decides which second tries there are."""

    asked: Local | Remote
    method: Second
    sampling: Sampling
    prompt: Prompt
    seed: int
    shard_size: Circumstance[int]
    commit_seconds: Circumstance[float]
    cluster: Circumstance[Cluster]


def config(recipe: Recipe, taught: Taught) -> Config:
    """The second tries of a teacher that has `unsolved`. Raises UserError where its checkpoint is not there."""
    teacher = taught.teacher
    assert isinstance(teacher, VllmTeacher | EndpointTeacher), "a file of traces cannot be asked again"
    assert teacher.unsolved is not None
    return Config(
        asked=Remote(server=teacher.server) if isinstance(teacher, EndpointTeacher) else local(teacher.model, teacher.engine),
        method=teacher.unsolved,
        sampling=teacher.sampling,
        prompt=taught.prompt,
        seed=recipe.seed,
        shard_size=teacher.shard_size,
        commit_seconds=teacher.commit_seconds,
        cluster=recipe.cluster,
    )


def way(config: Config) -> Way:
    """How these traces are drawn: what their ids hash."""
    model, weights, engine = identify(config.asked, {})
    return Way(
        model=model,
        weights=weights,
        engine=engine,
        sampling=config.sampling,
        prompt=config.prompt,
        asked_as="teacher",
        method=config.method,
        seed=config.seed,
        purpose="sample",
    )


def run(config: Config, inputs: Inputs, out: Output) -> None:
    drawn = way(config)
    samples = Samples(
        inputs["problems"].selection("problems"), inputs["sample"].selection("traces"), inputs["verify"].selection("verdicts")
    )
    ledger = Ledger(out.store, "traces", drawn.identity, Trace)
    writer = out.table("requests")
    with sql.connection() as connection:
        for some in listed(connection, drawn, samples):
            writer.write(some)
        writer.flush()
        total = sum(shard.rows for shard in writer.shards)
        out.share("traces", ledger.path, [], keys="requests")
        out.open()
        with ledger.held():
            there = local_files(out.store, ledger.shards())
            source = owed(connection, drawn, samples, there)
            if total:
                wanted = sql.parquet(local_files(out.store, writer.shards), arrow_schema(Request))
                served = _serve(config.asked, spent_on(connection, wanted, there))
                _draw(config, served, source, total, ledger, out)
            shards, found, tokens = ours(out.store, ledger, writer.shards)
    out.share("traces", ledger.path, shards, keys="requests")
    out.counts.update(traces=found, output_tokens=tokens)


def _serve(asked: Local | Remote, spent: Spent) -> Served:
    """What answers. `spent` is what these traces have cost so far: a server's budget counts it."""
    if isinstance(asked, Remote):
        return EndpointServed(asked.server, spent)
    from stillhouse.engines.vllm import VllmServed

    assert asked.model is not None
    return VllmServed(str(local_path(asked.model)), asked.engine)


def _draw(
    config: Config, served: Served, source: Iterator[tuple[Request, Problem, Failed]], total: int, ledger: Ledger, out: Output
) -> None:
    committer = Committer(ledger, config.shard_size, config.commit_seconds)
    asked: dict[str, Request] = {}
    rolls = _rolls(config, source, asked)
    with track(out.name, total, "traces") as bar, closing(roll_all(served, rolls, Trace, out.actors, join(config.cluster))) as events:
        for ended in events:
            traces = [blank_trace(asked[ended.item.key], f"error: {ended.reason}")] if isinstance(ended, Lost) else ended
            for trace in traces:
                del asked[trace.id]
            committer.add(to_table(traces, Trace))
            bar.advance(len(traces), sum(trace.output_tokens for trace in traces))
    committer.close()


def _rolls(config: Config, source: Iterator[tuple[Request, Problem, Failed]], asked: dict[str, Request]) -> Iterator[Roll]:
    for request, problem, failed in source:
        asked[request.id] = request
        chat = teacher_messages(problem, config.prompt)
        if isinstance(config.method, Rationalise):
            run = partial(rationalised, request, hinted(config.method, chat, problem), problem)
        else:
            run = partial(refined, request, refused(config.method, chat, problem, failed), failed.id)
        yield Roll(request.id, run, config.sampling)


STAGE = Stage("unsolved", "1", run, {"requests": Request, "traces": Trace}, heavy=True)
