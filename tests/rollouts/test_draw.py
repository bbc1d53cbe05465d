"""Requests through real actors, with an engine that echoes: every request ends once, as a trace or a trace with a reason."""

from collections.abc import Iterator
from functools import partial

import pytest
from echo import EchoServed, twice

from stillhouse.cluster.actors import Actors
from stillhouse.cluster.session import Session
from stillhouse.engines.prompts import Messages
from stillhouse.errors import UserError
from stillhouse.recipe.methods import Extend
from stillhouse.recipe.sections import Sampling
from stillhouse.records import Request, Trace
from stillhouse.rollouts.draw import Drawing, draw, roll_all
from stillhouse.rollouts.worker import Roll

SESSION = Session("", cpus=4, gpus=0)


def request(index: int) -> Request:
    return Request(f"t{index}", "p", "m", "plain", 16, index, seed=index)


def asked(words: list[str]) -> Iterator[tuple[Request, Messages] | None]:
    yield from ((request(i), [{"role": "user", "content": word}]) for i, word in enumerate(words))


def drawn(words: list[str], actors: Actors, count: int = 1) -> dict[str, Trace]:
    found = [t for some in draw(Drawing(EchoServed(count), Sampling(temperature=0.5)), asked(words), actors, SESSION) for t in some]
    assert len({t.id for t in found}) == len(found)
    return {t.id: t for t in found}


def test_every_request_is_a_trace_of_its_own(actors: Actors) -> None:
    traces = drawn([f"word{i}" for i in range(100)], actors, count=3)
    assert sorted(traces) == sorted(f"t{i}" for i in range(100))
    for i in range(100):
        trace = traces[f"t{i}"]
        assert trace.response == f"word{i} {i} 16 0.5"
        assert (trace.seed, trace.index, trace.calls, trace.finish_reason, trace.output_tokens) == (i, i, 1, "stop", 4)


@pytest.mark.parametrize(("bad", "reason"), [("raise", "error: ValueError: no such token"), ("kill", "error: its worker died each time")])
def test_a_request_that_fails_for_good_is_a_row_with_its_reason(actors: Actors, bad: str, reason: str) -> None:
    traces = drawn(["a", bad, "b"], actors)
    assert traces["t1"].finish_reason.startswith(reason)
    assert (traces["t1"].response, traces["t1"].calls) == ("", 0)
    assert [traces[name].finish_reason for name in ("t0", "t2")] == ["stop", "stop"]


def test_a_roll_may_ask_several_times(actors: Actors) -> None:
    rolls = (Roll(str(i), partial(twice, f"w{i}"), Sampling(temperature=0)) for i in range(20))
    said = [one for found in roll_all(EchoServed(), rolls, str, actors, SESSION) for one in (found if isinstance(found, list) else [])]
    assert sorted(said) == sorted(f"w{i} 1 None 0.0 / yes" for i in range(20))


def test_an_early_stop_frees_the_engine_for_the_next(actors: Actors) -> None:
    events = draw(Drawing(EchoServed(), Sampling()), asked(["wait"] * 50), actors, SESSION)
    for _ in range(30):
        assert next(events) == []
    events.close()
    assert len(drawn(["a"], actors)) == 1


def test_a_method_that_the_engine_cannot_serve_is_refused_in_one_line_before_it_is_asked(actors: Actors) -> None:
    drawing = Drawing(EchoServed(), Sampling(), Extend(kind="extend"))
    with pytest.raises(UserError, match="'extend' needs an engine that can do prefix, stop; echo cannot") as error:
        list(draw(drawing, asked(["kill"]), actors, SESSION))
    assert "\n" not in str(error.value)
