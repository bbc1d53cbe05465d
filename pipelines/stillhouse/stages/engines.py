"""From a recipe's teacher or model to engines in Ray actors, and requests spread over them shard by shard."""

from collections.abc import Iterator
from typing import Any

from stillhouse.engines.checkpoints import local_path
from stillhouse.cluster import RESTARTED, Actor, Session, keep_actor, spread
from stillhouse.progress import Bar
from stillhouse.recipe.sections import Engine, Model, ReplayTeacher, Sampling, Teacher
from stillhouse.teachers.base import Completion, Request


def teacher_engine(teacher: Teacher, session: Session) -> Actor:
    """The actor that serves the recipe's teacher."""
    if isinstance(teacher, ReplayTeacher):
        from stillhouse.teachers.replay import ReplayEngine

        return keep_actor(f"replay {teacher.path}", lambda: Actor(ReplayEngine, (teacher,), cpus=1, gpus=0))
    return model_engine(teacher.model, teacher.engine, session)


def model_engine(model: Model, engine: Engine, session: Session) -> Actor:
    """A vLLM actor for a model: on a GPU where the cluster has one, else on all its cores. Kept while it is the one in use."""
    from stillhouse.teachers.vllm import VllmEngine

    path = str(local_path(model))
    gpus = engine.tensor_parallel_size if session.gpus else 0
    cpus = 1 if gpus else session.cpus
    key = f"vllm {path} {engine.model_dump_json()}"
    return keep_actor(key, lambda: Actor(VllmEngine, (path, engine, cpus, bool(gpus)), cpus=cpus, gpus=gpus))


def complete(actor: Actor, work: list[tuple[int, list[Request]]], sampling: Sampling, bar: Bar) -> Iterator[tuple[int, list[Completion]]]:
    """Each shard's completions once it is whole, in the order of its requests. Raises when one is missing or twice."""
    parts: dict[int, list[Any]] = {}
    requests = dict(work)
    actor.wait()
    bar.start()
    for index, items in spread([actor], work, lambda a, batch: a.stream("generate", batch, sampling)):
        if items is None:
            yield index, _in_order(requests[index], parts.pop(index, []))
        elif items == [RESTARTED]:
            parts[index] = []
        else:
            parts.setdefault(index, []).extend(items)
            bar.advance(len(items), sum(c.output_tokens for c in items))


def _in_order(requests: list[Request], completions: list[Completion]) -> list[Completion]:
    by_key = {c.key: c for c in completions}
    if len(completions) != len(requests) or set(by_key) != {r.key for r in requests}:
        raise RuntimeError(f"the engine returned {len(completions)} completions for {len(requests)} requests")
    return [by_key[r.key] for r in requests]
