"""A teacher behind a server, through the real step: bought once wherever it is served, stopped by its budget, and gone on with."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))
import toy

from fake_server import FakeServer, fake_server
from stillhouse.cluster.session import join, leave
from stillhouse.errors import UserError
from stillhouse.execute import Job, job, make_all
from stillhouse.forecast import forecasted
from stillhouse.query.committed import Committed
from stillhouse.recipe import load
from stillhouse.recipe.sections import Cluster
from stillhouse.records import Trace
from stillhouse.report.forecast import compared
from stillhouse.stages.base import Input


@pytest.fixture(scope="module", autouse=True)
def ray() -> Iterator[None]:
    join(Cluster(num_cpus=2))
    yield
    leave()


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    with fake_server() as server:
        yield server


@pytest.fixture
def recipe(tmp_path: Path, fake: FakeServer) -> Path:
    path = toy.write(tmp_path, problems=12, samples=4)
    tree = yaml.safe_load(path.read_text())
    server = {"base_url": fake.url, "model": "lab/toy", "attempts": 2}
    tree["teacher"] = {"kind": "endpoint", "server": server, "sampling": {"n": 4, "max_tokens": 64}, "commit_seconds": 0.2}
    path.write_text(yaml.safe_dump(tree))
    return path


def made(recipe: Path, *overrides: str) -> Job:
    with job(load(recipe, list(overrides)), str(recipe.parent / "runs" / "a")) as found:
        make_all(found, found.plan.until("sample"))
        return found


def traces(found: Job) -> list[Trace]:
    step = found.plan.steps["sample"]
    return Input("sample", found.artifact(step), step.stage.tables).rows("traces", Trace)


def test_each_trace_is_asked_for_once_with_its_own_seed(recipe: Path, fake: FakeServer) -> None:
    found = traces(made(recipe))
    assert len(found) == len(fake.seen) == 40
    assert {trace.model.split("@")[0] for trace in found} == {"toy"}
    assert {body["seed"] for body, _ in fake.seen} == {trace.seed for trace in found}
    assert all((t.calls, t.prompt_tokens, t.output_tokens, t.format) == (1, 7, 12, "think") for t in found)


def test_where_it_is_served_is_a_circumstance_and_which_weights_is_not(recipe: Path, fake: FakeServer) -> None:
    before = traces(made(recipe))
    with fake_server() as other:
        assert traces(made(recipe, f"teacher.server.base_url={other.url}", "teacher.server.concurrency=2")) == before
        assert not other.seen
        made(recipe, f"teacher.server.base_url={other.url}", "teacher.server.revision=may")
        assert len(other.seen) == 40


def test_one_bad_request_is_a_row_with_its_reason(recipe: Path, fake: FakeServer) -> None:
    bad: list[str] = []
    fake.act = lambda question, times: "500" if bad.append(question) or question == bad[0] else "ok"  # type: ignore[func-returns-value]
    found = traces(made(recipe))
    assert len({trace.id for trace in found}) == 40
    failed = [trace for trace in found if trace.finish_reason != "stop"]
    assert len(failed) == 4
    assert {trace.finish_reason for trace in failed} == {"error: EndpointError: 500 no, 500 (2 attempts)"}


def test_a_spent_budget_stops_it_and_a_larger_one_goes_on(recipe: Path, fake: FakeServer) -> None:
    with pytest.raises(UserError, match="The budget of 400 tokens for lab/toy is spent"):
        made(recipe, "teacher.server.budget.tokens=400")
    bought = len(fake.seen)
    assert 5 < bought < 40
    with pytest.raises(UserError, match="is spent"):  # what earlier runs paid counts
        made(recipe, "teacher.server.budget.tokens=400")
    assert len(fake.seen) == bought
    found = traces(made(recipe, "teacher.server.budget.tokens=100000"))
    assert len({trace.id for trace in found}) == len(fake.seen) == 40


def test_a_server_that_is_down_loses_nothing(recipe: Path, fake: FakeServer) -> None:
    fake.act = lambda question, times: "ok" if len(fake.seen) <= 15 else "503"
    with pytest.raises(UserError, match="answers no request"):
        made(recipe)
    fake.seen.clear()
    fake.act = lambda question, times: "ok"
    found = traces(made(recipe))
    assert {trace.finish_reason for trace in found} == {"stop"}
    assert len({trace.id for trace in found}) == 40
    assert len(fake.seen) <= 40 - 10


def test_a_forecast_buys_nothing_twice_and_stands_beside_what_came(recipe: Path, fake: FakeServer) -> None:
    """Ten problems, eight of them in the pilot: the server counts 7 and 12 tokens for each of four answers."""
    prices = ["teacher.server.prices.prompt=1000000", "teacher.server.prices.output=2000000"]
    uri = str(recipe.parent / "runs" / "a")
    with job(load(recipe, prices), uri) as found:
        told = forecasted(found, 8)
        assert (told.problems, told.pilot, told.bought, len(fake.seen)) == (10, 8, 8 * 4 * 12, 32)
        assert {name: each.value for name, each in told.totals.items() if name != "engine_hours"} == {
            "prompt_tokens": 280, "output_tokens": 480, "money": 280 + 2 * 480, "accepted": 0, "solved": 0,
        }  # fmt: skip
        assert told.totals["engine_hours"].value > 0
    with job(load(recipe, prices), uri) as found:
        assert forecasted(found, 8) == told
        make_all(found, found.plan.until("verify"))
        assert len({str(body) for body, _ in fake.seen}) == len(fake.seen) == 40
        manifests = {name: made for name, step in found.plan.steps.items() if (made := found.committed(step))}
        lines = dict(compared(found.run, Committed(found.run.store, manifests)))
    assert lines["output tokens"] == "forecast 480 [480, 480], actual 480"
    assert lines["money"] == "forecast 1,240 [1,240, 1,240], actual 1,240"
    assert lines["forecast from"] == "8 of 10 problems"


def test_a_forecast_from_a_handful_of_problems_is_refused_before_a_token_is_bought(recipe: Path, fake: FakeServer) -> None:
    with job(load(recipe), str(recipe.parent / "runs" / "a")) as found, pytest.raises(UserError, match="3 problems tell too little"):
        forecasted(found, 3)
    assert not fake.seen


def test_what_no_sample_solved_is_asked_again_of_the_same_server(recipe: Path, fake: FakeServer) -> None:
    """The server's answers are all wrong; each failed one goes back once, and once only."""
    wanted = ["teacher.sampling.n=1", "teacher.unsolved={kind: refine, n: 1}"]
    for _ in range(2):
        with job(load(recipe, wanted), str(recipe.parent / "runs" / "a")) as found:
            make_all(found, found.plan.until("unsolved/sample"))
        assert len(fake.seen) == 20
    again = [body["messages"] for body, _ in fake.seen[10:]]
    assert all(
        [turn["role"] for turn in chat][-2:] == ["assistant", "user"] and "This answer is not right" in chat[-1]["content"]
        for chat in again
    )
    step = found.plan.steps["unsolved/sample"]
    tries: list[Trace] = Input(step.name, found.artifact(step), step.stage.tables).rows("traces", Trace)
    assert {(trace.method, trace.model.split("@")[0]) for trace in tries} == {("refine", "toy")}
    assert {json.loads(trace.notes or "{}")["refines"] for trace in tries} == {trace.id for trace in traces(found)}
