"""Verdicts from the workers and, where the recipe has a judge, from its engine beside them: its own checkpoint's, or a server."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import partial

import pyarrow as pa

from stillhouse.cluster.actors import Actors
from stillhouse.cluster.backlog import Failed
from stillhouse.cluster.session import join
from stillhouse.cluster.split import Split, together
from stillhouse.cluster.stops import Stops, nothing
from stillhouse.engines.base import Ask, Reply, Served
from stillhouse.engines.checkpoints import local_path
from stillhouse.engines.endpoint import EndpointServed
from stillhouse.progress import say
from stillhouse.recipe.judging import Judge
from stillhouse.recipe.sections import Cluster
from stillhouse.recipe.verification import Verify
from stillhouse.records import Verdict, to_table
from stillhouse.rollouts.draw import roll_all
from stillhouse.rollouts.judging import NONE, judged
from stillhouse.rollouts.lots import ROWS, Case, Lot
from stillhouse.rollouts.worker import Roll
from stillhouse.verifiers.base import Judgement
from stillhouse.verifiers.models.judge import (
    NO_RESPONSE,
    VERDICTS,
    VERSION,
    Agreement,
    Chat,
    conclude,
    readings,
    settling,
    unfinished,
    unsettled,
)
from stillhouse.verifiers.readings import as_read, as_ruled

BUFFER = 8  # lots


@dataclass(frozen=True)
class Judging:
    """How cases are judged."""

    verify: Verify
    workers: int
    unsafe: bool
    cluster: Cluster


def verdicts(how: Judging, lots: Iterator[Lot | None], actors: Actors, stops: Stops | None = None, rows: int = ROWS) -> Generator[pa.Table]:
    """Verdicts as they are given, in tables; an empty one now and then while nothing comes. rows: how many cases a lot has at most.

    The judge's engine is made for the first case that needs it, and kept full beside the workers.
    """
    has_judge = how.verify.judge is not None
    split = Split(lots, lambda lot: has_judge and lot.by_model, BUFFER * ROWS // rows)
    join(how.cluster)
    ruled = judged(split.side(False), how.verify, how.workers, actors, how.unsafe, stops.listen() if stops else nothing, rows)
    yield from together(ruled, lambda: by_model(how, split.side(True), actors), lambda: split.has_aside)


def by_model(how: Judging, lots: Iterator[Lot | None], actors: Actors) -> Generator[pa.Table]:
    """The judge's verdicts, from its own engine."""
    judge = how.verify.judge
    assert judge is not None
    out: dict[str, Case] = {}
    for ended in roll_all(_served(judge), _rolls(lots, judge, out), Verdict, actors, join(how.cluster)):
        given = [_failed(out[ended.item.key], judge, ended.reason)] if isinstance(ended, Failed) else ended
        for verdict in given:
            del out[verdict.id]
        yield to_table(given, Verdict) if given else NONE


def _served(judge: Judge) -> Served:
    if judge.local is None:
        return EndpointServed(judge.server)
    from stillhouse.engines.vllm import VllmServed

    return VllmServed(str(local_path(judge.local)), judge.engine)


def _rolls(lots: Iterator[Lot | None], judge: Judge, out: dict[str, Case]) -> Iterator[Roll | None]:
    for lot in lots:
        if lot is None:
            yield None
            continue
        for case in lot.cases():
            out[case.review.id] = case
            yield Roll(case.review.id, partial(ask_judge, case, judge), judge.sampling)


async def ask_judge(case: Case, judge: Judge, ask: Ask) -> Verdict:
    """The judge's verdict on one case: each reading of it is put to the model, and once more where it gave no verdict."""
    _, trace = as_read(case.problem, case.trace, case.review.reading)
    if not trace.response.strip():
        return _verdict(case, judge, NO_RESPONSE, 0.0)
    said = [await _reply(chat, judge, ask) for chat in readings(case.problem, trace, judge)]
    seconds = sum(reply.seconds for replies in said for reply in replies)
    last = [replies[-1] for replies in said]
    if cut := unfinished(last):
        return _verdict(case, judge, Judgement("error", 0.0, "", cut), seconds)
    return _verdict(case, judge, conclude([reply.text for reply in last], judge), seconds)


async def _reply(chat: Chat, judge: Judge, ask: Ask) -> list[Reply]:
    """One reply, or two where the first gave no verdict and the recipe says to settle it."""
    first = await ask(chat, seed=0)
    if not unsettled(first, judge):
        return [first]
    return [first, await ask(settling(chat, first.response), seed=0, choices=VERDICTS)]


def _verdict(case: Case, judge: Judge, found: Judgement, seconds: float) -> Verdict:
    isolation = "engine" if judge.local else "endpoint"
    verdict = Verdict(case.trace.id, "judge", VERSION, found.outcome, found.score, found.extracted, found.reason, seconds, isolation)
    return as_ruled(verdict, case.trace, case.review)


def _failed(case: Case, judge: Judge, reason: str) -> Verdict:
    return _verdict(case, judge, Judgement("error", 0.0, "", f"infrastructure: {reason}"), 0.0)


def tell(found: Agreement, asked: int) -> None:
    """One line on how far the judge agrees with the rules."""
    if not found.both:
        say(f"  judge: gave no verdict on any of {asked} traces that a rule decided")
        return
    say(
        f"  judge: decided {found.both} of {asked} traces, agreed with the rules on {found.agreed} ({found.rate:.0%}), "
        f"accepted {found.false_accepts} wrong ones, rejected {found.false_rejects} right ones, kappa {found.kappa:.2f}"
    )
