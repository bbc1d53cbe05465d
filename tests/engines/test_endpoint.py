"""The client of OpenAI-compatible servers over real HTTP: what comes back, what is tried again, what is given up, what it costs."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from fake_server import THOUGHT, FakeServer, fake_server
from stillhouse.engines.base import Reply
from stillhouse.engines.endpoint import Blocking, EndpointEngine, EndpointError
from stillhouse.engines.meter import NOTHING, Spent
from stillhouse.engines.vllm import switches
from stillhouse.errors import UserError
from stillhouse.recipe.endpoint import Server
from stillhouse.recipe.section import identity
from stillhouse.recipe.sections import Engine, Sampling
from stillhouse.recipe.teacher import EndpointTeacher

SAMPLING = Sampling(temperature=0.5, max_tokens=64)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stillhouse.engines.endpoint.FIRST_WAIT", 0.01)


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    with fake_server() as server:
        yield server


def server(fake: FakeServer, **more: Any) -> Server:
    return Server.model_validate({"base_url": fake.url, "model": "toy", "attempts": 3, "timeout_seconds": 5.0, **more})


def chat(question: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": question}]


def ask(settings: Server, questions: list[str], spent: Spent = NOTHING, **more: Any) -> list[Reply | BaseException]:
    """All at once; each question's reply or what it raised."""

    async def run() -> list[Reply | BaseException]:
        engine = EndpointEngine(settings, spent)
        asked = (engine.ask(chat(question), SAMPLING, seed=i, **more) for i, question in enumerate(questions))
        return await asyncio.gather(*asked, return_exceptions=True)

    return asyncio.run(run())


def said(settings: Server, question: str = "2 + 2?", **more: Any) -> Reply:
    (reply,) = ask(settings, [question], **more)
    if isinstance(reply, BaseException):
        raise reply
    return reply


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("thinks", ["reasoning", "reasoning_content", "tags"])
def test_thinking_is_reasoning_however_the_server_gives_it(fake: FakeServer, thinks: str, stream: bool) -> None:
    fake.thinks = thinks
    found = said(server(fake, stream=stream))
    assert (found.reasoning, found.response, found.format, found.finish_reason) == (THOUGHT, "2 + 2? 0 0.5", "think", "stop")
    assert (found.prompt_tokens, found.reasoning_tokens, found.output_tokens) == (7, 5, 12)
    assert found.text == f"<think>\n{THOUGHT}\n</think>\n\n2 + 2? 0 0.5"


@pytest.mark.parametrize("stream", [False, True])
def test_the_responses_api_gives_the_same(fake: FakeServer, stream: bool) -> None:
    found = said(server(fake, api="responses", stream=stream))
    assert (found.reasoning, found.response, found.format) == (THOUGHT, "2 + 2? 0.5", "think")
    assert (found.prompt_tokens, found.reasoning_tokens, found.output_tokens) == (7, 5, 12)
    assert "seed" not in fake.seen[0][0]


def test_the_request_holds_what_the_recipe_says(fake: FakeServer) -> None:
    sampling = Sampling(temperature=0.25, top_p=0.5, max_tokens=64, stop=["END"])
    asyncio.run(EndpointEngine(server(fake, extra={"top_k": 3})).ask(chat("q"), sampling, seed=11, max_tokens=9))
    assert fake.seen[0][0] == {
        "model": "toy", "messages": chat("q"), "temperature": 0.25, "top_p": 0.5, "max_tokens": 9, "seed": 11, "stop": ["END"], "top_k": 3,
    }  # fmt: skip


FAULTS = ["500", "502", "408", "429", "garbage", "empty", "cut"]


@pytest.mark.parametrize(("fault", "stream"), [*((fault, False) for fault in FAULTS), ("cut", True), ("ended", True), ("500", True)])
def test_a_fault_that_passes_is_not_seen(fake: FakeServer, fault: str, stream: bool) -> None:
    fake.act = lambda question, times: fault if times < 3 else "ok"
    assert said(server(fake, stream=stream)).response == "2 + 2? 0 0.5"
    assert fake.asked["2 + 2?"] == 3


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("500", "500 no"),
        ("garbage", "unreadable"),
        ("empty", "unreadable"),
        ("cut", "3 attempts"),
        ("slow", "no answer in"),
        ("400", "400 no"),
    ],
)
def test_a_request_that_fails_for_good_is_one_row_among_others(fake: FakeServer, fault: str, reason: str) -> None:
    fake.act = lambda question, times: fault if question == "q7" else "ok"
    found = ask(server(fake, timeout_seconds=1.0 if fault == "slow" else 5.0), [f"q{i}" for i in range(30)])
    assert [type(reply) for i, reply in enumerate(found) if i != 7] == [Reply] * 29
    assert isinstance(found[7], EndpointError)
    assert reason in str(found[7])


@pytest.mark.parametrize(
    ("fault", "told"), [("500", "answers no request"), ("400", "refuses each request"), ("empty", "answers no request")]
)
def test_a_server_that_answers_nobody_is_told_in_one_line(fake: FakeServer, fault: str, told: str) -> None:
    fake.act = lambda question, times: fault
    found = ask(server(fake), [f"q{i}" for i in range(12)])
    assert any(isinstance(reply, UserError) and told in str(reply) and "\n" not in str(reply) for reply in found)
    assert not any(isinstance(reply, EndpointError) for reply in found)


@pytest.mark.parametrize("fault", ["401", "404", "quota", "402"])
def test_what_no_request_can_change_ends_it_at_once(fake: FakeServer, fault: str) -> None:
    fake.act = lambda question, times: fault
    with pytest.raises(UserError):
        said(server(fake))
    assert len(fake.seen) == 1


def test_a_prompt_that_is_too_long_has_that_as_its_end(fake: FakeServer) -> None:
    fake.act = lambda question, times: "long"
    assert said(server(fake)).finish_reason == "prompt_too_long"
    assert len(fake.seen) == 1


def test_as_many_requests_are_out_as_the_server_bears(fake: FakeServer) -> None:
    fake.capacity, fake.seconds = 6, 0.02
    found = ask(server(fake, concurrency=64), [f"q{i}" for i in range(300)])
    assert all(isinstance(reply, Reply) for reply in found)
    assert fake.statuses[429] < 100
    fake.capacity, fake.seconds = 10**9, 0.3
    assert all(isinstance(reply, Reply) for reply in ask(server(fake, concurrency=64), [f"r{i}" for i in range(300)]))
    assert 40 < fake.most <= 64


def test_a_server_that_asks_for_a_pause_is_left_alone(fake: FakeServer) -> None:
    fake.act, fake.retry_after = lambda question, times: "429" if len(fake.seen) == 1 else "ok", "1"
    ask(server(fake, concurrency=1), ["a", "b", "c"])
    assert fake.times[1] - fake.times[0] >= 0.99


def test_a_pause_that_is_too_long_ends_it(fake: FakeServer) -> None:
    fake.act, fake.retry_after = lambda question, times: "429", "86400"
    with pytest.raises(UserError, match="86,400"):
        said(server(fake))


@pytest.mark.parametrize("budget", [{"tokens": 700}, {"money": 0.0013}])
def test_a_budget_is_never_passed_and_what_was_bought_is_there(fake: FakeServer, budget: dict[str, Any]) -> None:
    settings = server(fake, budget=budget, prices={"prompt": 1.0, "output": 2.0}, concurrency=8)
    found = ask(settings, [f"q{i}" for i in range(100)], spent=Spent(90, 10))
    bought = [reply for reply in found if isinstance(reply, Reply)]
    spent = Spent(90 + 7 * len(bought), 10 + 12 * len(bought))
    left = 700 - spent.prompt - spent.output if "tokens" in budget else 0.0013 * 1e6 - spent.prompt - 2 * spent.output
    assert 0 <= left < 2 * (64 + 32)  # not even the most that one more request can cost
    assert all("is spent" in str(reply) for reply in found if not isinstance(reply, Reply))


def test_only_vllm_goes_on_with_a_begun_answer(fake: FakeServer) -> None:
    fake.thinks = ""
    with pytest.raises(UserError, match="vllm: true"):
        said(server(fake), prefix="<think>\nWell")
    found = said(server(fake, vllm=True), prefix="<think>\nWell")
    assert found.text.startswith("<think>\nWell")
    body = fake.seen[-1][0]
    assert body["messages"][-1] == {"role": "assistant", "content": "<think>\nWell"}
    assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)


@pytest.mark.parametrize("choices", [("yes", "no"), ('{"verdict": "right"}', '{"verdict": "wrong"}')])
def test_an_answer_can_be_a_choice(fake: FakeServer, choices: tuple[str, ...]) -> None:
    fake.thinks = ""
    assert said(server(fake), choices=choices).response == choices[0]


def test_nothing_of_the_environment_is_sent_but_the_named_key(fake: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "leak")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Own: leak")
    monkeypatch.setenv("TOY_API_KEY", "sesame")
    said(server(fake))
    said(server(fake, api_key_env="TOY_API_KEY"))
    assert "leak" not in json.dumps([headers for _, headers in fake.seen])
    assert [headers.get("Authorization") for _, headers in fake.seen] == [None, "Bearer sesame"]


def test_a_key_follows_no_redirect_and_no_network_in_the_clear(fake: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOY_API_KEY", "sesame")
    fake.act = lambda question, times: "moved"
    with pytest.raises((EndpointError, UserError), match="307"):
        said(server(fake, api_key_env="TOY_API_KEY"))
    assert len(fake.seen) == 1
    with pytest.raises(UserError, match="unencrypted"):
        EndpointEngine(server(fake, base_url="http://models.example/v1", api_key_env="TOY_API_KEY"))
    with pytest.raises(UserError, match="NO_SUCH_API_KEY"):
        EndpointEngine(server(fake, api_key_env="NO_SUCH_API_KEY"))


def test_a_cancelled_request_is_ended_at_the_server_and_frees_its_slot(fake: FakeServer) -> None:
    fake.act = lambda question, times: "slow" if question == "slow" else "ok"

    async def run() -> Reply:
        engine = EndpointEngine(server(fake, concurrency=1, timeout_seconds=60.0))
        task = asyncio.create_task(engine.ask(chat("slow"), SAMPLING, seed=0))
        while not fake.out:
            await asyncio.sleep(0.01)
        task.cancel()
        return await engine.ask(chat("next"), SAMPLING, seed=0)

    assert asyncio.run(run()).response == "next 0 0.5"
    assert fake.out == 0


def test_without_a_loop_a_failure_is_told_at_once(fake: FakeServer) -> None:
    fake.act = lambda question, times: "500" if question == "bad" else "ok"
    engine = Blocking(server(fake))
    with pytest.raises(EndpointError, match="500"):
        engine.ask(chat("bad"), SAMPLING)
    assert engine.ask(chat("good"), SAMPLING).response == "good 0 0.5"


def test_effort_goes_where_the_api_has_it(fake: FakeServer) -> None:
    sampling = Sampling(effort="low", thinking=False)
    for settings in (server(fake, vllm=True), server(fake, api="responses")):
        asyncio.run(EndpointEngine(settings).ask(chat("q"), sampling, seed=0))
    (chatted, _), (responded, _) = fake.seen
    assert (chatted["reasoning_effort"], chatted["chat_template_kwargs"]) == ("low", {"enable_thinking": False})
    assert responded["reasoning"] == {"effort": "low"}


def test_a_template_without_the_switch_is_told() -> None:
    assert switches(Sampling(thinking=True), "{% if enable_thinking %}") == {"enable_thinking": True}
    assert switches(Sampling(), "") == {}
    with pytest.raises(UserError, match="knows no reasoning_effort"):
        switches(Sampling(effort="high"), "{% if enable_thinking %}")


def test_effort_is_a_decision_and_leaving_it_out_changes_no_identity() -> None:
    assert set(identity(Sampling())) == {"n", "temperature", "top_p", "max_tokens", "stop"}
    assert identity(Sampling(effort="low"))["effort"] == "low"
    assert "quantization" not in identity(Engine())
    assert identity(Engine(prefix_caching=False)) == identity(Engine())


def test_thinking_is_for_servers_that_take_it() -> None:
    teacher = {"kind": "endpoint", "server": {"base_url": "http://127.0.0.1:9/v1", "model": "m"}, "sampling": {"thinking": False}}
    with pytest.raises(ValueError, match=r"server\.extra"):
        EndpointTeacher.model_validate(teacher)
