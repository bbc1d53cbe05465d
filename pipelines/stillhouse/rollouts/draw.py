"""Requests in, traces out: the one loop that feeds engines, whoever asks (the teacher's step, scoring, a judge).

Guarantees: each request ends once; what ends is yielded in the order in which it ends, a few at a time; engines are kept
full whatever the lengths. Closing the iterator cancels what is in the engines.
"""

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from stillhouse.cluster.actors import Actors
from stillhouse.cluster.backlog import Failed
from stillhouse.cluster.dispatch import POLL_SECONDS, Finished, dispatch
from stillhouse.cluster.session import Session
from stillhouse.cluster.stops import Heard, nothing
from stillhouse.engines.base import Served, blank_trace
from stillhouse.engines.prompts import Messages
from stillhouse.engines.replay import Recorded
from stillhouse.recipe.methods import Method
from stillhouse.recipe.sections import Sampling
from stillhouse.records import Request, Trace
from stillhouse.rollouts.methods import Roller, roller
from stillhouse.rollouts.worker import ModelWorker, Roll

R = TypeVar("R")
Asked = tuple[Request, Messages]
REPLAYED = 256


@dataclass(frozen=True)
class Drawing:
    """What answers, and how: a served model or recorded traces, the sampling of one completion, and the way to a trace."""

    engine: Served | Recorded
    sampling: Sampling
    method: Method = "plain"


def draw(
    drawing: Drawing, source: Iterator[Asked | None], actors: Actors, session: Session | None, stopped: Heard = nothing
) -> Generator[list[Trace]]:
    """Yields traces as they end; an empty list when nothing has come for a moment.

    source: requests with the chats to ask them with, None when there is none at the moment. A request that failed for
    good is a trace with finish_reason "error: …" and no text. Recorded traces need no session; the last message is then
    the problem's question as it is, and a request for which nothing was recorded ends without a trace. stopped: gives the
    ids of requests that are no longer wanted; they end without a trace as well, unless they have ended already. Raises
    UserError when the engine cannot serve the model or the method.
    """
    if isinstance(drawing.engine, Recorded):
        yield from _replay(drawing.engine, source)
        return
    assert session is not None, "a model is served on a cluster"
    out: dict[str, Request] = {}
    rolls = _rolls(drawing.sampling, roller(drawing.method, drawing.engine), source, out)
    for ended in roll_all(drawing.engine, rolls, Trace, actors, session, _forgetting(out, stopped)):
        if isinstance(ended, Failed):
            yield [blank_trace(out.pop(ended.item.key), f"error: {ended.reason}")]
        else:
            for trace in ended:
                del out[trace.id]
            yield ended


def roll_all(
    served: Served, source: Iterator[Roll | None], kind: type[R], actors: Actors, session: Session, stopped: Heard = nothing
) -> Generator[list[R] | Failed[Roll]]:
    """Runs rolls beside a model's engines, wherever the cluster has them; yields their results (of type `kind`) as they end.

    An empty list says that nothing has come for a moment. Users of the same model at the same time share its engines.
    """
    placement = served.place(session)
    with actors.acquire(served.key, ModelWorker, (served, placement), placement.cpus, placement.gpus, placement.count) as workers:
        for event in dispatch(workers, source, lambda roll: roll.key, placement.window, stopped=stopped):
            if isinstance(event, Failed):
                yield event
            else:
                yield [_checked(one, kind) for one in event.results] if isinstance(event, Finished) else []


def _checked(result: object, kind: type[R]) -> R:
    if not isinstance(result, kind):
        raise TypeError(f"a roll came to a {type(result).__name__}, not a {kind.__name__}")
    return result


def _forgetting(out: dict[str, Request], stopped: Heard) -> Heard:
    """Hears what is stopped and keeps no request of it."""

    def news() -> set[str]:
        keys = stopped()
        for key in keys:
            out.pop(key, None)
        return keys

    return news


def _rolls(sampling: Sampling, roll: Roller, source: Iterator[Asked | None], out: dict[str, Request]) -> Iterator[Roll | None]:
    for asked in source:
        if asked is None:
            yield None
        else:
            request, chat = asked
            out[request.id] = request
            yield Roll(request.id, partial(roll, request, chat), sampling)


def _replay(recorded: Recorded, source: Iterator[Asked | None]) -> Iterator[list[Trace]]:
    found: list[Trace] = []
    for asked in source:
        trace = asked and recorded.trace(asked[0], asked[1][-1]["content"])
        if trace:
            found.append(trace)
        if asked is None or len(found) >= REPLAYED:
            yield found
            time.sleep(0 if found else POLL_SECONDS)
            found = []
    yield found
