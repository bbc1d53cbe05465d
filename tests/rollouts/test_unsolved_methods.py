"""Second tries: which problems and failed answers get one, what is asked, and that neither hint nor failure reaches the trace's text."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from scripted import Scripted

from stillhouse.recipe.methods import Rationalise, Refine, Second
from stillhouse.recipe.sections import Prompt, Sampling
from stillhouse.records import Problem, Request, Trace, Verdict, answer_trace, arrow_schema, to_table
from stillhouse.rollouts.methods.second import Failed, hinted, rationalised, refined, refused
from stillhouse.rollouts.requests import Way
from stillhouse.rollouts.unsolved import Samples, listed, owed
from stillhouse.tables import sql

PROBLEM = Problem("p1", "What is 17 * 6?", "102", "math")
CHAT = [{"role": "user", "content": "What is 17 * 6?"}]
REQUEST = Request("t1", "p1", "m", "rationalise", 64, 0, 5)
OUTCOMES = {"p0": ["wrong", "correct"], "p1": ["wrong", "wrong", "timeout"], "p2": ["error"], "p3": ["wrong"], "p4": ["wrong"]}


def way(method: Second) -> Way:
    return Way("m@1", "1", None, Sampling(), Prompt(), "teacher", method, 0, "sample")


@pytest.fixture
def samples(tmp_path: Path) -> Samples:
    """p0 is solved, p2 was never judged, p4 has no answer to hint at or refine towards."""
    problems = [Problem(name, f"q {name}", "" if name == "p4" else "4", "math") for name in OUTCOMES]
    places = [(name, i, outcome) for name, outcomes in OUTCOMES.items() for i, outcome in enumerate(outcomes)]
    traces = [answer_trace(f"{name}-{i}", name, f"said {i}", index=i) for name, i, _ in places]
    verdicts = [
        Verdict(f"{name}-{i}", "math", "1", outcome, 0.0, "5", "boxed: number", 0.0, "", "plain", f"v{name}{i}")
        for name, i, outcome in places
    ]  # type: ignore[arg-type]
    made = []
    for kind, rows in ((Problem, problems), (Trace, traces), (Verdict, verdicts)):
        path = tmp_path / f"{kind.__name__}.parquet"
        pq.write_table(to_table(rows, kind), path)  # type: ignore[arg-type]
        made.append(sql.parquet([str(path)], arrow_schema(kind)))
    return Samples(*made)


def requests(method: Second, samples: Samples) -> list[Request]:
    with sql.connection() as connection:
        return [one for some in listed(connection, way(method), samples) for one in some]


def test_a_rationale_is_asked_for_where_every_sample_failed(samples: Samples) -> None:
    found = requests(Rationalise(kind="rationalise", n=2), samples)
    assert [(r.problem_id, r.index, r.method) for r in found] == [(p, i, "rationalise") for p in ("p1", "p3") for i in (0, 1)]
    assert len({r.id for r in found}) == 4


def test_a_failed_answer_goes_back_once_and_its_trace_is_in_the_id(samples: Samples) -> None:
    found = requests(Refine(kind="refine", n=1), samples)
    assert [(r.problem_id, r.index) for r in found] == [("p1", 0), ("p3", 0)]
    more = requests(Refine(kind="refine", n=9), samples)
    assert [(r.problem_id, r.index) for r in more] == [("p1", 0), ("p1", 1), ("p3", 0)]


def test_what_is_there_is_not_owed_again(samples: Samples, tmp_path: Path) -> None:
    method = Refine(kind="refine", n=2)
    first = requests(method, samples)[0]
    pq.write_table(to_table([answer_trace(first.id, "p1", "")], Trace), tmp_path / "there.parquet")
    with sql.connection() as connection:
        left = list(owed(connection, way(method), samples, [str(tmp_path / "there.parquet")]))
    assert sorted((r.problem_id, failed.id, failed.response, problem.answer) for r, problem, failed in left) == [
        ("p1", "p1-1", "said 1", "4"),
        ("p3", "p3-0", "said 0", "4"),
    ]
    assert first.id not in {r.id for r, _, _ in left}


def run(roll: Any) -> tuple[Trace, dict[str, Any]]:
    trace: Trace = asyncio.run(roll)
    return trace, json.loads(trace.notes or "{}")


def test_the_hint_is_in_the_chat_and_not_in_the_trace() -> None:
    chat = hinted(Rationalise(kind="rationalise"), CHAT, PROBLEM)
    assert "102" in chat[-1]["content"]
    assert CHAT == [{"role": "user", "content": "What is 17 * 6?"}]
    ask = Scripted(["<think> 17 * 6 is 60 + 42 = 102. </think> \\boxed{102}"])
    trace, notes = run(rationalised(REQUEST, chat, PROBLEM, ask))
    assert (trace.reasoning, trace.response, trace.finish_reason, notes) == ("17 * 6 is 60 + 42 = 102.", "\\boxed{102}", "stop", {})


def test_a_rationale_that_leaks_has_no_text_but_its_reason_and_its_price() -> None:
    ask = Scripted(["<think> The hint says 102, so 17 * 6 = 102. </think> \\boxed{102}"])
    trace, notes = run(rationalised(REQUEST, CHAT, PROBLEM, ask))
    assert (trace.reasoning, trace.response, trace.finish_reason) == ("", "", "leak")
    assert notes["leak"] == "cites the hint"
    assert "The hint says" in notes["text"]
    assert (trace.calls, trace.output_tokens) == (1, 13)


def test_a_failed_answer_is_shown_with_what_the_verifier_read() -> None:
    failed = Failed("t0", "17 * 6 = 100", "\\boxed{100}", "100", "boxed: number")
    chat = refused(Refine(kind="refine"), CHAT, PROBLEM, failed)
    assert [turn["role"] for turn in chat] == ["user", "assistant", "user"]
    assert "17 * 6 = 100" in chat[1]["content"]
    assert "100 is wrong (boxed: number)" in chat[2]["content"]
    trace, notes = run(refined(REQUEST, chat, "t0", Scripted(["102"])))
    assert (trace.response, notes) == ("102", {"refines": "t0"})


@pytest.mark.parametrize(
    "said",
    [
        "This answer is not right: 1112 is wrong (number)\n\nSolution: The correct answer is 1113.",
        "1546 is wrong (number).",
        "You're right, I made an error. 17 * 6 = 102.",
        "My mistake was in the tens. It is 102.",
    ],
)
def test_an_answer_that_speaks_of_the_failed_one_has_no_text(said: str) -> None:
    trace, notes = run(refined(REQUEST, CHAT, "t0", Scripted([said])))
    assert (trace.response, trace.finish_reason) == ("", "leak")
    assert (notes["leak"], notes["refines"], notes["text"]) == ("speaks of the failed answer", "t0", said)


def test_an_answer_that_only_solves_the_problem_is_kept() -> None:
    trace, notes = run(refined(REQUEST, CHAT, "t0", Scripted(["17 is prime, so this is not a square. 17 * 6 = 102."])))
    assert (trace.response[:2], notes) == ("17", {"refines": "t0"})


def test_a_reason_that_holds_the_gold_is_kept_back() -> None:
    failed = Failed("t0", "", "100", "100", "not 102")
    assert "102" not in refused(Refine(kind="refine"), CHAT, PROBLEM, failed)[-1]["content"]
