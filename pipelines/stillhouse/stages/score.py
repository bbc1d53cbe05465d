"""Score: the base model and the student on the same held-out problems, same zero-shot prompt, same sampling, same verifiers.

Two stages of one shape: `baseline` scores the model that the student starts from, `score` the trained student. Each
completion is read twice: strictly (the asked format) and leniently (the last number or choice in the response).
"""

from functools import partial
from pathlib import Path
from typing import Any

from stillhouse.checkpoints import local_path, revision
from stillhouse.cluster import join
from stillhouse.progress import track
from stillhouse.prompts import student_messages
from stillhouse.recipe import Recipe
from stillhouse.recipe.sections import Model
from stillhouse.records import Problem, Score, Trace, digest
from stillhouse.stages.base import Context, Stage, plain, shards
from stillhouse.stages.engines import complete, model_engine
from stillhouse.teachers.base import Completion, Request
from stillhouse.verifiers.base import VERDICTS

SHARD = 128


def settings(recipe: Recipe, with_model: bool) -> dict[str, Any]:
    prompt = {"system": recipe.prompt.system, "user": recipe.prompt.user}
    common = {"sampling": plain(recipe.score.sampling), "prompt": prompt, "seed": recipe.seed, "shard_size": SHARD, "verdicts": VERDICTS}
    return {**common, "model": revision(recipe.train.student)} if with_model else common


def run_baseline(context: Context) -> dict[str, float]:
    return _score(context, "base", local_path(context.recipe.train.student))


def run_student(context: Context) -> dict[str, float]:
    files = context.run.manifest("train").files
    folder = next(Path(f.path).parent for f in files if f.path.endswith("/student/config.json"))
    return _score(context, "student", context.run.store.fetch(str(folder)))


def _score(context: Context, name: str, model: Path) -> dict[str, float]:
    recipe = context.recipe
    problems = {p.id: p for p in context.run.rows("problems", "held_out", Problem)}
    requests = [_request(p, i, recipe) for p in problems.values() for i in range(recipe.score.sampling.n)]
    work = shards(requests, SHARD)
    writer = context.writer("scores")
    open_work = [(index, batch) for index, batch in work if not writer.done(index)]
    with track(context.stage.name, len(requests), "answers") as bar:
        bar.skip(len(requests) - sum(len(batch) for _, batch in open_work))
        if open_work:
            ray = join(recipe.cluster)
            engine = model_engine(Model(path=str(model)), recipe.score.engine, ray)
            for index, completions in complete(engine, open_work, recipe.score.sampling, bar):
                writer.write(index, _graded(completions, problems, name, context))
    return _summary(context, writer)


def _summary(context: Context, writer: Any) -> dict[str, float]:
    from stillhouse.manifest import read_table
    from stillhouse.records import from_table

    scores = from_table(read_table(context.run.store, writer.listed(), Score), Score)
    total = max(len(scores), 1)
    return {
        "answers": len(scores),
        "strict": round(sum(s.outcome == "correct" for s in scores) / total, 4),
        "lenient": round(sum(s.lenient_outcome == "correct" for s in scores) / total, 4),
    }


def _request(problem: Problem, index: int, recipe: Recipe) -> Request:
    seed = int(digest(recipe.seed, "score", problem.id, index, length=8), 16) & 0x7FFFFFFF
    return Request(key=f"{problem.id}:{index}", messages=student_messages(problem, recipe.prompt), seed=seed)


def _graded(completions: list[Completion], problems: dict[str, Problem], model: str, context: Context) -> list[Score]:
    from stillhouse.verifiers.readings import judge_both

    pairs = [(problems[c.key.rpartition(":")[0]], _trace(c)) for c in completions]
    recipe = context.recipe
    verdicts = judge_both(pairs, recipe.verify, recipe.cluster.verifier_workers or 2, context.run.unsafe)
    return [
        Score(
            model=model, benchmark="held_out", problem_id=problem.id, sample_index=int(c.key.rpartition(":")[2]),
            outcome=strict.outcome, lenient_outcome=lenient.outcome, extracted=strict.extracted or lenient.extracted,
            response=trace.response or trace.reasoning, finish_reason=c.finish_reason,
            reasoning_tokens=c.reasoning_tokens, output_tokens=c.output_tokens, seconds=c.seconds,
        )
        for c, (problem, trace), (strict, lenient) in zip(completions, pairs, verdicts, strict=True)
    ]  # fmt: skip


def _trace(c: Completion) -> Trace:
    return Trace(
        id=c.key, problem_id=c.key.rpartition(":")[0], round=0, sample_index=0, teacher="", effort="", seed=0,
        reasoning=c.reasoning, response=c.response, format=c.format, finish_reason=c.finish_reason,
        prompt_tokens=c.prompt_tokens, reasoning_tokens=c.reasoning_tokens, output_tokens=c.output_tokens, seconds=c.seconds,
    )  # fmt: skip


BASELINE = Stage("baseline", "1", ("problems",), partial(settings, with_model=True), run_baseline, {"scores": Score}, heavy=True)
STUDENT = Stage("score", "1", ("problems", "train"), partial(settings, with_model=False), run_student, {"scores": Score}, heavy=True)
