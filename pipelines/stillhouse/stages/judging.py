"""The judge on the run's own engine, and how far it agrees with the rules, both for the stage `verify`."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from stillhouse.cluster import join
from stillhouse.progress import say, track
from stillhouse.recipe import Recipe
from stillhouse.recipe.judging import Judge
from stillhouse.recipe.sections import Sampling
from stillhouse.records import Problem, Trace, Verdict, digest
from stillhouse.stages.engines import complete, model_engine
from stillhouse.teachers.base import Completion, Request
from stillhouse.verifiers.judge import (
    NO_RESPONSE,
    UNREADABLE,
    VERDICTS,
    VERSION,
    Agreement,
    agreement,
    conclude,
    read_label,
    readings,
    settling,
)

Pair = tuple[Problem, Trace]
BATCH = 256


def is_local(problem: Problem, recipe: Recipe) -> bool:
    """Whether a problem's traces are judged on the run's own engine, not in the verifiers' workers."""
    judge = recipe.verify.judge
    return problem.verifier == "judge" and judge is not None and judge.local is not None


def judge_locally(pairs: list[Pair], recipe: Recipe, title: str = "judge") -> list[Verdict]:
    """One verdict per pair, in order; every reading of every trace is one request to the engine."""
    judge = recipe.verify.judge
    assert judge is not None
    assert judge.local is not None
    requests = [
        Request(f"{trace.id}:{order}", chat, 0)
        for problem, trace in pairs
        if trace.response.strip()
        for order, chat in enumerate(readings(problem, trace, judge))
    ]
    replies = _asked(requests, recipe, title)
    if judge.settle:
        replies |= _settled(requests, replies, recipe, title)
    return [_verdict(trace, replies, judge) for _, trace in pairs]


def _settled(requests: list[Request], replies: dict[str, Completion], recipe: Recipe, title: str) -> dict[str, Completion]:
    """A second reply for each that gave no verdict, held to the form; its seconds are those of both."""
    again = [Request(r.key, settling(r.messages, replies[r.key].response), 0, VERDICTS) for r in requests if _unsettled(replies[r.key])]
    found = _asked(again, recipe, f"{title}, once more")
    return {key: replace(reply, seconds=reply.seconds + replies[key].seconds) for key, reply in found.items()}


def _unsettled(reply: Completion) -> bool:
    return reply.finish_reason == "length" or (reply.finish_reason == "stop" and read_label(reply.response) == UNREADABLE)


def _asked(requests: list[Request], recipe: Recipe, title: str) -> dict[str, Completion]:
    """The judge's completions by the requests' keys."""
    judge = recipe.verify.judge
    assert judge is not None
    assert judge.local is not None
    replies: dict[str, Completion] = {}
    if requests:
        work = [(i // BATCH, requests[i : i + BATCH]) for i in range(0, len(requests), BATCH)]
        sampling = Sampling(temperature=judge.temperature, max_tokens=judge.max_tokens)
        with track(title, len(requests), "readings") as bar:
            for _, completions in complete(model_engine(judge.local, judge.engine, join(recipe.cluster)), work, sampling, bar):
                replies |= {c.key: c for c in completions}
    return replies


def _verdict(trace: Trace, replies: dict[str, Completion], judge: Judge) -> Verdict:
    said = [c for order in (0, 1) if (c := replies.get(f"{trace.id}:{order}"))]
    cut = next((c.finish_reason for c in said if c.finish_reason != "stop"), "")
    if cut:
        return Verdict(trace.id, "judge", VERSION, "error", 0.0, "", f"the judge's reply: {cut}", _seconds(said), "engine")
    found = conclude([c.response for c in said], judge) if said else NO_RESPONSE
    return Verdict(trace.id, "judge", VERSION, found.outcome, found.score, found.extracted, found.reason, _seconds(said), "engine")


def _seconds(said: list[Completion]) -> float:
    return sum(c.seconds for c in said)


def check_agreement(pairs: Iterable[Pair], ruled: list[Verdict], recipe: Recipe, judge_remotely: Any) -> dict[str, float]:
    """Puts `verify.judge.check` traces that a rule has decided to the judge; its agreement as counts, empty where it is not asked for.

    The traces are drawn by the seed. `judge_remotely` judges pairs through the endpoint.
    """
    judge = recipe.verify.judge
    if judge is None or not judge.check:
        return {}
    decided = {v.trace_id for v in ruled if v.outcome in ("correct", "wrong") and v.verifier != "judge"}
    drawn = sorted((p for p in pairs if p[1].id in decided), key=lambda p: digest(recipe.seed, "judge check", p[1].id))[: judge.check]
    verdicts = judge_locally(drawn, recipe, "judge check") if judge.local else judge_remotely(drawn)
    found = agreement(verdicts, ruled)
    _tell(found, len(drawn))
    counts = {
        "judge_asked": float(len(drawn)),
        "judge_decided": float(found.both),
        "judge_agreed": float(found.agreed),
        "judge_false_accepts": float(found.false_accepts),
        "judge_false_rejects": float(found.false_rejects),
    }
    return counts | ({"judge_kappa": round(found.kappa, 3)} if found.both else {})


def _tell(found: Agreement, asked: int) -> None:
    if not found.both:
        say(f"  judge: gave no verdict on any of {asked} traces that a rule decided")
        return
    say(
        f"  judge: decided {found.both} of {asked} traces, agreed with the rules on {found.agreed} ({found.rate:.0%}), "
        f"accepted {found.false_accepts} wrong ones, rejected {found.false_rejects} right ones, kappa {found.kappa:.2f}"
    )
