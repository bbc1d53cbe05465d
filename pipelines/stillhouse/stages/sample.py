"""Sample: draw what is owed of a model's traces on a table of problems. Teacher, base and student are sampled alike.

The step's own table is `requests`; the traces lie in the ledger of the way in which they are drawn, which every run of the
store shares. Nothing that is committed is drawn again, whatever recipe or process asks for it.
"""

from collections.abc import Iterator
from contextlib import closing
from typing import Any, Literal

import duckdb
import pyarrow as pa
from pydantic import SerializeAsAny

from stillhouse.cluster.session import join
from stillhouse.engines.adapters import adapter_revision
from stillhouse.engines.base import Served
from stillhouse.engines.checkpoints import local_path, revision
from stillhouse.engines.endpoint import EndpointServed
from stillhouse.engines.meter import NOTHING, Spent
from stillhouse.engines.prompts import Messages, student_messages, teacher_messages
from stillhouse.engines.replay import Recorded as Recordings
from stillhouse.progress import say, track
from stillhouse.recipe import Recipe
from stillhouse.recipe.endpoint import Server
from stillhouse.recipe.methods import Budget, Method
from stillhouse.recipe.section import Circumstance, Later, Section, identity
from stillhouse.recipe.sections import Cluster, Engine, Model, Prompt, Sampling
from stillhouse.recipe.teacher import EndpointTeacher, PluggedTeacher, ReplayTeacher, Teacher
from stillhouse.recipe.teachers import Part, Taught
from stillhouse.records import Allocated, Problem, Request, Trace, arrow_schema, digest, to_table
from stillhouse.rollouts.commit import Committer
from stillhouse.rollouts.draw import Drawing, draw
from stillhouse.rollouts.metering import Meter
from stillhouse.rollouts.requests import Purpose, Way, owed, owed_count, requests
from stillhouse.stages.base import Inputs, Output, Stage
from stillhouse.stages.lengths import check_prompts
from stillhouse.storage.contents import Contents
from stillhouse.storage.ledger import Ledger
from stillhouse.storage.place import trained
from stillhouse.storage.shards import Shard, local_files
from stillhouse.storage.store import Store
from stillhouse.tables import sql


class Local(Section):
    """A checkpoint on a vLLM engine. Without weights the model is what the step in the role `model` trained."""

    name: Circumstance[str]
    model: Circumstance[Model | None]
    weights: str
    engine: Engine


class Recorded(Section):
    """Traces from a file."""

    teacher: ReplayTeacher
    content: str


class Remote(Section):
    """A model behind an OpenAI-compatible server: its name and declared revision are what is known of its weights."""

    server: Server


class Packaged(Section):
    """A model on an engine of an installed package, which says itself what identifies it."""

    teacher: Circumstance[SerializeAsAny[PluggedTeacher]]
    identity: dict[str, Any]


class Config(Section):
    """Everything that decides which traces a step has."""

    asked: Local | Remote | Recorded | Packaged
    table: Literal["problems", "held_out"]
    part: Later[Part | None] = None
    sampling: Sampling
    prompt: Prompt
    asked_as: Literal["teacher", "student"]
    method: Method = "plain"
    purpose: Purpose
    seed: int
    shard_size: Circumstance[int]
    commit_seconds: Circumstance[float]
    cluster: Circumstance[Cluster]


def of_teacher(recipe: Recipe, taught: Taught, contents: Contents) -> Config:
    """A teacher on its training problems. Raises UserError where its checkpoint or file is not there."""
    teacher = taught.teacher
    return Config(
        asked=teacher_asked(teacher, contents),
        table="problems",
        part=taught.part,
        sampling=teacher.sampling,
        prompt=taught.prompt,
        asked_as="teacher",
        method="plain" if isinstance(teacher, ReplayTeacher) else teacher.method,
        purpose="sample",
        seed=recipe.seed,
        shard_size=teacher.shard_size,
        commit_seconds=teacher.commit_seconds,
        cluster=recipe.cluster,
    )


def teacher_asked(teacher: Teacher, contents: Contents) -> Local | Remote | Recorded | Packaged:
    """What a teacher is. Raises UserError where its checkpoint or file is not there."""
    if isinstance(teacher, ReplayTeacher):
        return recorded(teacher, contents)
    if isinstance(teacher, EndpointTeacher):
        return Remote(server=teacher.server)
    if isinstance(teacher, PluggedTeacher):
        return Packaged(teacher=teacher, identity={"kind": teacher.kind, "version": teacher.version, **teacher.identity(contents)})
    return local(teacher.model, teacher.engine)


def recorded(teacher: ReplayTeacher, contents: Contents) -> Recorded:
    """A file of recorded traces with its hash."""
    return Recorded(teacher=teacher, content=contents.sha256(teacher.path))


def of_scored(recipe: Recipe, model: Model | None) -> Config:
    """A model on the held-out problems, zero-shot; without a model it is the one that the plan trains."""
    return Config(
        asked=local(model, recipe.score.engine) if model else Local(name="student", model=None, weights="", engine=recipe.score.engine),
        table="held_out",
        sampling=recipe.score.sampling,
        prompt=Prompt(system=recipe.prompt.system, user=recipe.prompt.user),
        asked_as="student",
        method=recipe.score.method,
        purpose="score",
        seed=recipe.seed,
        shard_size=128,
        commit_seconds=10.0,
        cluster=recipe.cluster,
    )


def local(model: Model, engine: Engine) -> Local:
    """A checkpoint with its weights' hash, and its adapter's."""
    if engine.lora is None:
        return Local(name=model.path, model=model, weights=revision(model), engine=engine)
    name = f"{model.path.rstrip('/')}+{engine.lora.rstrip('/').rpartition('/')[2].partition('@')[0]}"
    return Local(name=name, model=model, weights=digest(revision(model), adapter_revision(engine.lora)), engine=engine)


def identify(asked: Local | Remote | Recorded | Packaged, inputs: Inputs) -> tuple[str, str, Engine | None]:
    """A model's short name, what identifies its weights, and the engine where that is ours."""
    engine: Engine | None = None
    if isinstance(asked, Recorded):
        name, weights = asked.teacher.name, digest(asked.content, asked.teacher.question, asked.teacher.text)
    elif isinstance(asked, Packaged):
        name, weights = asked.teacher.kind, digest("package", asked.identity)
    elif isinstance(asked, Remote):
        name, weights = asked.server.model.rpartition("/")[2], digest("endpoint", identity(asked.server))
    else:
        weights = asked.weights or inputs["model"].fingerprint
        name, engine = asked.name.removeprefix("package:").rstrip("/").rpartition("/")[2], asked.engine
    return f"{name}@{weights[:8]}", weights, engine


def way(config: Config, inputs: Inputs) -> Way:
    """How the traces of a config are drawn: what their ids hash."""
    model, weights, engine = identify(config.asked, inputs)
    return Way(
        model=model,
        weights=weights,
        engine=engine,
        sampling=config.sampling,
        prompt=config.prompt,
        asked_as=config.asked_as,
        method=config.method,
        seed=config.seed,
        purpose=config.purpose,
    )


def problems(config: Config, inputs: Inputs) -> str:
    """A SELECT of the problems that are asked."""
    every = inputs["problems"].selection(config.table)
    return config.part.selection(every) if config.part else every


def problem_ids(config: Config, inputs: Inputs) -> Iterator[pa.RecordBatch]:
    """Their ids, in the table's order."""
    if config.part is None:
        yield from inputs["problems"].batches(config.table, ["id"])
        return
    with sql.connection() as connection:
        yield from sql.stream(connection, f"SELECT id FROM ({problems(config, inputs)})")


def run(config: Config, inputs: Inputs, out: Output) -> None:
    drawn = way(config, inputs)
    writer = out.table("requests")
    for part in requests(drawn, problem_ids(config, inputs), config.sampling.n):
        writer.write_table(part)
    writer.flush()
    ledger = Ledger(out.store, "traces", drawn.identity, Trace)
    out.share("traces", ledger.path, [], keys="requests")
    out.open()
    with ledger.held():
        _draw(config, inputs, out, ledger, writer.shards)
        shards, found, tokens = ours(out.store, ledger, writer.shards)
        check_prompts(reasons(out.store, shards, writer.shards))
    out.share("traces", ledger.path, shards, keys="requests")
    out.counts.update(traces=found, output_tokens=tokens)


def _draw(config: Config, inputs: Inputs, out: Output, ledger: Ledger, wanted: list[Shard]) -> None:
    """Draws what is owed and commits it as it ends."""
    total = sum(shard.rows for shard in wanted)
    requested = sql.parquet(local_files(out.store, wanted), arrow_schema(Request))
    there = local_files(out.store, ledger.shards())
    asked = problems(config, inputs)
    with sql.connection() as connection, track(out.name, total, "traces") as bar:
        open_requests = owed_count(connection, requested, there)
        bar.skip(total - open_requests)
        out.counts["bought"] = 0
        if not open_requests:
            return
        drawing = Drawing(engine(config, inputs, asked, spent_on(connection, requested, there)), config.sampling, config.method)
        session = None if isinstance(config.asked, Recorded) else join(config.cluster)
        committer = Committer(ledger, config.shard_size, config.commit_seconds)
        source = ((request, chat(config, problem)) for request, problem in owed(connection, requested, asked, there))
        meter = Meter(out.name)
        with closing(committer), closing(draw(drawing, source, out.actors, session)) as events:
            for traces in events:
                committer.add(to_table(traces, Trace))
                tokens = sum(trace.output_tokens for trace in traces)
                out.counts["bought"] += tokens
                if traces:
                    bar.advance(len(traces), tokens)
                    meter.drawn(traces, total - bar.done)


def spent_on(connection: duckdb.DuckDBPyConnection, requested: str, there: list[str]) -> Spent:
    """What the traces of these requests have cost so far."""
    found = sql.parquet(there, arrow_schema(Trace))
    query = (
        f"SELECT coalesce(sum(prompt_tokens), 0), coalesce(sum(output_tokens), 0) FROM ({found}) t SEMI JOIN ({requested}) r ON r.id = t.id"
    )
    prompt, output = connection.execute(query).fetchone() or (0, 0)
    return Spent(int(prompt), int(output))


def engine(config: Config, inputs: Inputs, problems: str, spent: Spent = NOTHING) -> Served | Recordings:
    """What answers. `spent` is what the step's traces have cost so far. Raises UserError for recorded traces of which none matches a problem."""
    asked = config.asked
    if isinstance(asked, Recorded):
        found = Recordings(asked.teacher)
        with sql.connection() as connection:
            questions = (q for batch in sql.stream(connection, f"SELECT question FROM ({problems})") for q in batch.column(0).to_pylist())
            say(f"  {found.match(questions, config.sampling.n).line()}")
        return found
    if isinstance(asked, Packaged):
        return asked.teacher.served()
    if isinstance(asked, Remote):
        return EndpointServed(asked.server, spent)
    from stillhouse.engines.vllm import VllmServed

    path = local_path(asked.model) if asked.model else trained(inputs["model"].artifact)
    return VllmServed(str(path), asked.engine, budgets=isinstance(config.method, Budget) and config.method.by == "engine")


def chat(config: Config, problem: Problem) -> Messages:
    """What is asked."""
    if isinstance(config.asked, Recorded):
        return [{"role": "user", "content": problem.question}]
    return (teacher_messages if config.asked_as == "teacher" else student_messages)(problem, config.prompt)


def ours(store: Store, ledger: Ledger, wanted: list[Shard]) -> tuple[list[Shard], int, int]:
    """The ledger's shards that hold traces of these requests, how many traces they are, and their tokens."""
    shards = ledger.shards()
    paths = dict(zip(local_files(store, shards), shards, strict=True))
    if not paths:
        return [], 0, 0
    requested = sql.parquet(local_files(store, wanted), arrow_schema(Request))
    files = ", ".join(map(sql.quoted, paths))
    with sql.connection() as connection:
        rows = connection.execute(
            f"SELECT filename, count(*), sum(output_tokens) FROM read_parquet([{files}], filename = true) t "
            f"SEMI JOIN ({requested}) r ON r.id = t.id GROUP BY 1"
        ).fetchall()
    return (
        [shard for path, shard in paths.items() if path in {row[0] for row in rows}],
        sum(r[1] for r in rows),
        int(sum(r[2] for r in rows)),
    )


def reasons(store: Store, shards: list[Shard], wanted: list[Shard]) -> dict[str, int]:
    """How many of these requests' traces ended for which reason."""
    there = sql.parquet(local_files(store, shards), arrow_schema(Trace))
    requested = sql.parquet(local_files(store, wanted), arrow_schema(Request))
    query = f"SELECT finish_reason, count(*) FROM ({there}) WHERE id IN (SELECT id FROM ({requested})) GROUP BY 1"
    with sql.connection() as connection:
        return dict(connection.execute(query).fetchall())


TABLES = {"requests": Request, "traces": Trace, "allocated": Allocated}
"""`allocated` is there where a policy looked at verdicts (`stages/allocate.py`)."""
STAGE = Stage("sample", "2", run, TABLES, heavy=True)
