"""Unsolved: second tries on the problems of which every sample failed, after the verdicts on the samples are given.

Its traces lie in a ledger like any others and are verified, curated and billed like them. Guarantee: a student's prompt is the
plain question's, whatever was put to the teacher here; a rationale that leaks its hint has no text.
"""

from collections.abc import Iterator
from contextlib import closing
from functools import partial

from stillhouse.cluster.backlog import Failed as Lost
from stillhouse.cluster.session import join
from stillhouse.engines.base import blank_trace
from stillhouse.engines.checkpoints import local_path
from stillhouse.engines.prompts import teacher_messages
from stillhouse.errors import UserError
from stillhouse.progress import track
from stillhouse.recipe import Recipe
from stillhouse.recipe.methods import Rationalise, Second
from stillhouse.recipe.section import Circumstance, Section
from stillhouse.recipe.sections import Cluster, Prompt, Sampling
from stillhouse.recipe.teacher import VllmTeacher
from stillhouse.recipe.teachers import Taught
from stillhouse.records import Problem, Request, Trace
from stillhouse.rollouts.commit import Committer
from stillhouse.rollouts.draw import roll_all
from stillhouse.rollouts.methods.second import Failed, hinted, rationalised, refined, refused
from stillhouse.rollouts.requests import Way
from stillhouse.rollouts.unsolved import Samples, listed, owed
from stillhouse.rollouts.worker import Roll
from stillhouse.stages.base import Inputs, Output, Stage
from stillhouse.stages.sample import Local, local, ours
from stillhouse.storage.ledger import Ledger
from stillhouse.storage.shards import local_files
from stillhouse.tables import sql


class Config(Section):
    """Everything that decides which second tries there are."""

    asked: Local
    method: Second
    sampling: Sampling
    prompt: Prompt
    seed: int
    shard_size: Circumstance[int]
    commit_seconds: Circumstance[float]
    cluster: Circumstance[Cluster]


def config(recipe: Recipe, taught: Taught) -> Config:
    """Raises UserError where the teacher's checkpoint is not there."""
    teacher = taught.teacher
    if not isinstance(teacher, VllmTeacher) or teacher.unsolved is None:
        raise UserError("Only a teacher with an engine and `unsolved` can be asked again.", "Give `teacher.unsolved` to a vLLM teacher.")
    return Config(
        asked=local(teacher.model, teacher.engine),
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
    name = config.asked.name.removeprefix("package:").rstrip("/").rpartition("/")[2]
    weights = config.asked.weights
    return Way(
        model=f"{name}@{weights[:8]}",
        weights=weights,
        engine=config.asked.engine,
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
            source = owed(connection, drawn, samples, local_files(out.store, ledger.shards()))
            if total:
                _draw(config, source, total, ledger, out)
            shards, found, tokens = ours(out.store, ledger, writer.shards)
    out.share("traces", ledger.path, shards, keys="requests")
    out.counts.update(traces=found, output_tokens=tokens)


def _draw(config: Config, source: Iterator[tuple[Request, Problem, Failed]], total: int, ledger: Ledger, out: Output) -> None:
    from stillhouse.engines.vllm import VllmServed

    assert config.asked.model is not None
    served = VllmServed(str(local_path(config.asked.model)), config.asked.engine)
    committer: Committer[Trace] = Committer(ledger, Trace, config.shard_size, config.commit_seconds)
    asked: dict[str, Request] = {}
    rolls = _rolls(config, source, asked)
    with track(out.name, total, "traces") as bar, closing(roll_all(served, rolls, Trace, out.actors, join(config.cluster))) as events:
        for ended in events:
            traces = [blank_trace(asked[ended.item.key], f"error: {ended.reason}")] if isinstance(ended, Lost) else ended
            for trace in traces:
                del asked[trace.id]
            committer.add(traces)
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
