"""Sample: draw the teacher's traces, shard by shard, each committed exactly once.

A trace's id and seed come from the problem, the teacher, the sampling settings and the sample's index: a shard that
was lost is drawn again with the same requests in the same batch and so gives the same rows.
"""

from collections import Counter
from typing import Any

from stillhouse.checkpoints import revision
from stillhouse.cluster import join
from stillhouse.manifest import read_shard
from stillhouse.progress import track
from stillhouse.prompts import teacher_messages
from stillhouse.recipe import Recipe
from stillhouse.recipe.sections import ReplayTeacher
from stillhouse.records import Problem, Trace, digest, from_table
from stillhouse.stages.base import Context, Stage, plain, shards
from stillhouse.stages.engines import complete, teacher_engine
from stillhouse.stages.lengths import check_prompts
from stillhouse.teachers.base import Completion, Request


def teacher_identity(recipe: Recipe) -> dict[str, Any]:
    """What makes the teacher this teacher: its weights or its file, and how it is asked."""
    teacher = recipe.teacher
    common = {"sampling": plain(teacher.sampling), "prompt": plain(recipe.prompt), "shard_size": teacher.shard_size}
    if isinstance(teacher, ReplayTeacher):
        from stillhouse.problems.files import file_sha256

        return {**common, "replay": file_sha256(teacher.path), "columns": [teacher.question, teacher.text]}
    return {**common, "model": revision(teacher.model)}


def settings(recipe: Recipe) -> dict[str, Any]:
    return {**teacher_identity(recipe), "seed": recipe.seed}


def run(context: Context) -> dict[str, float]:
    recipe, teacher = context.recipe, context.recipe.teacher
    problems = {p.id: p for p in context.run.rows("problems", "problems", Problem)}
    keys = [(pid, i) for pid in problems for i in range(teacher.sampling.n)]
    work = shards([_request(problems[pid], i, recipe) for pid, i in keys], teacher.shard_size)
    writer = context.writer("traces")
    open_work = [(index, batch) for index, batch in work if not writer.done(index)]
    identity = digest(teacher_identity(recipe))
    with track("sample", len(keys), "traces") as bar:
        bar.skip(len(keys) - sum(len(batch) for _, batch in open_work))
        if open_work:
            ray = join(recipe.cluster)
            for index, completions in complete(teacher_engine(teacher, ray), open_work, teacher.sampling, bar):
                writer.write(index, [_trace(c, recipe, identity) for c in completions])
    written = writer.listed()
    check_prompts(Counter(t.finish_reason for shard in written for t in from_table(read_shard(context.run.store, shard), Trace)))
    return {"traces": sum(s.rows for s in written), "shards": len(written)}


def _request(problem: Problem, index: int, recipe: Recipe) -> Request:
    messages = teacher_messages(problem, recipe.prompt)
    if isinstance(recipe.teacher, ReplayTeacher):
        messages = [{"role": "user", "content": problem.question}]
    return Request(key=f"{problem.id}:{index}", messages=messages, seed=_seed(recipe.seed, problem.id, index))


def _seed(seed: int, problem: str, index: int) -> int:
    return int(digest(seed, "sample", problem, 0, index, length=8), 16) & 0x7FFFFFFF


def _trace(c: Completion, recipe: Recipe, identity: str) -> Trace:
    problem, _, index = c.key.rpartition(":")
    return Trace(
        id="t" + digest(problem, identity, recipe.seed, 0, int(index)),
        problem_id=problem,
        round=0,
        sample_index=int(index),
        teacher=identity,
        effort=f"{recipe.teacher.sampling.max_tokens} tokens",
        seed=_seed(recipe.seed, problem, int(index)),
        reasoning=c.reasoning,
        response=c.response,
        format=c.format,
        finish_reason=c.finish_reason,
        prompt_tokens=c.prompt_tokens,
        reasoning_tokens=c.reasoning_tokens,
        output_tokens=c.output_tokens,
        seconds=c.seconds,
    )


STAGE = Stage(name="sample", version="1", inputs=("problems",), settings=settings, run=run, tables={"traces": Trace}, heavy=True)
