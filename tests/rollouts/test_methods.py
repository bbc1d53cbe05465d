"""Methods with a scripted engine: what they ask, what they keep, and that everything that was bought is counted."""

import asyncio
import json
from typing import Any

import pytest
from scripted import CHAT, Scripted, request

from stillhouse.dialects import TOOL_OUTPUT
from stillhouse.recipe.methods import Budget, Close, Extend, Method, Rewrite, Select, Tools, Tree, check_method, method_name
from stillhouse.records import Trace
from stillhouse.rollouts.methods import METHODS


def rolled(how: Method, ask: Scripted, effort: int = 100) -> tuple[Trace, dict[str, Any]]:
    name = method_name(how)
    trace = asyncio.run(METHODS[name].roll(how, request(name, effort), CHAT, ask))  # type: ignore[arg-type]
    assert (trace.method, trace.calls) == (name, len(ask.asked))
    if isinstance(how, Budget | Extend | Tools) and "ignored" not in (trace.notes or ""):
        assert trace.output_tokens <= effort
    return trace, json.loads(trace.notes or "{}")


def test_thinking_beyond_its_budget_is_closed_and_answered() -> None:
    ask = Scripted(["<think> a b c d e f g", "\\boxed{4}"])
    trace, notes = rolled(Budget(kind="budget", thinking_tokens=4, cue="So: "), ask)
    assert (trace.reasoning, trace.response, trace.format, trace.finish_reason) == ("a b c", "So: \\boxed{4}", "think", "stop")
    assert ask.asked[1]["prefix"] == "<think> a b c\n</think>\n\nSo: "
    assert (trace.output_tokens, trace.prompt_tokens, trace.seconds) == (5, 10 + 16, 1.0)
    assert notes == {"forced": True}
    assert ask.asked[0]["seed"] != ask.asked[1]["seed"]


def test_thinking_within_its_budget_is_left_alone() -> None:
    trace, notes = rolled(Budget(kind="budget", thinking_tokens=9), Scripted(["<think> a </think> 4"]))
    assert (trace.response, trace.calls, notes) == ("4", 1, {})


def test_an_answer_that_the_budget_cuts_after_its_thinking_goes_on() -> None:
    ask = Scripted(["<think> a </think> the answer", " is 4"])
    trace, notes = rolled(Budget(kind="budget", thinking_tokens=4), ask)
    assert (trace.response, notes) == ("the is 4", {})


def test_an_engine_that_ignores_the_budget_is_found_out_and_paid_for() -> None:
    how = Budget(kind="budget", thinking_tokens=3, by="engine")
    ask = Scripted(["<think> a b c d e f g h i </think> 5", "<think> a b c d e f g h i </think> 5", "4"])
    trace, notes = rolled(how, ask)
    assert ask.asked[0]["ends"].thinking_tokens == 3
    assert (trace.reasoning, trace.response, notes) == ("a b", "4", {"forced": True, "ignored": True})
    assert trace.output_tokens == 12 + 3 + 1


def test_an_engine_that_keeps_the_budget_is_asked_once() -> None:
    how = Budget(kind="budget", thinking_tokens=3, by="engine")
    trace, notes = rolled(how, Scripted(["<think> a b c </think> 4"]))
    assert (trace.response, notes) == ("4", {})


def test_where_the_model_would_stop_it_is_told_to_wait() -> None:
    ask = Scripted(["<think> 5", " no 4", " yes 4", "\\boxed{4}"])
    trace, notes = rolled(Extend(kind="extend", times=2), ask)
    assert (trace.reasoning, trace.response, notes) == ("5\nWait no 4\nWait yes 4", "\\boxed{4}", {"extended": 2})
    assert "</think>" in ask.asked[0]["ends"].stop
    assert trace.reasoning_tokens == 7
    assert trace.output_tokens == 2 + 3 + 3 + 1


def test_a_thought_that_is_cut_is_not_extended() -> None:
    trace, notes = rolled(Extend(kind="extend"), Scripted(["<think> a b c d"]), effort=3)
    assert (trace.finish_reason, trace.format, notes) == ("length", "unclosed", {})


def test_tokens_run_out_between_two_asks() -> None:
    trace, notes = rolled(Extend(kind="extend", times=3), Scripted(["<think> a", " b c d e"]), effort=4)
    assert (trace.finish_reason, trace.calls, trace.output_tokens, notes) == ("length", 2, 4, {"extended": 1})


@pytest.mark.parametrize(
    ("line", "effort", "ended", "prefix"),
    [
        (("<think> so so so so", "repetition"), 100, "loop", "<think> so\n</think>\n\nIt is "),
        ("<think> one two three four five", 12, "cut", "<think> one\n</think>\n\nIt is "),
    ],
)
def test_what_comes_to_no_end_is_labelled_and_closed(line: Any, effort: int, ended: str, prefix: str) -> None:
    ask = Scripted([line, "4"])
    trace, notes = rolled(Close(kind="close", tokens=10, cue="It is "), ask, effort)
    assert (ask.asked[1]["prefix"], trace.response, trace.format) == (prefix, "It is 4", "think")
    assert notes == {"closed": ended}
    assert ask.asked[0]["ends"].repeats.turns == 8


def test_a_cut_answer_goes_on_once_and_a_loop_does_not() -> None:
    how = Close(kind="close", then="more", tokens=4)
    trace, notes = rolled(how, Scripted(["<think> a b c", " d </think> 4 5"]), effort=3)
    assert (trace.reasoning, trace.response, trace.finish_reason, notes) == ("a b d", "4", "length", {"more": "cut"})
    looped, notes = rolled(how, Scripted([("<think> so so", "repetition")]))
    assert (looped.finish_reason, looped.calls, notes) == ("repetition", 1, {"left": "loop"})


def test_it_stays_as_it_is_where_the_recipe_says_so() -> None:
    trace, notes = rolled(Close(kind="close", then="leave"), Scripted(["a b c d"]), effort=2)
    assert (trace.finish_reason, trace.response, notes) == ("length", "a b", {"left": "cut"})


def test_a_method_that_leaves_no_room_for_the_rest_is_refused() -> None:
    with pytest.raises(ValueError, match="64 tokens leave nothing"):
        check_method(Budget(kind="budget", thinking_tokens=64), 64)
    with pytest.raises(ValueError, match="method close"):
        check_method(Close(kind="close", tokens=100), 64)
    check_method(Close(kind="close", tokens=100, then="more"), 64)


def tooled(*lines: Any, effort: int = 100, **settings: int) -> tuple[Trace, dict[str, Any], Scripted]:
    ask = Scripted(list(lines))
    return *rolled(Tools(kind="tools", **settings), ask, effort), ask


def test_a_program_is_run_and_its_output_is_marked() -> None:
    trace, notes, ask = tooled("<think>\nI compute.\n```python\nprint(6 * 7)", "So 42.\n</think>\n\\boxed{42}")
    assert trace.reasoning == "I compute.\n```python\nprint(6 * 7)\n```\n```output\n42\n```\nSo 42."
    assert (trace.response, notes["programs"]) == ("\\boxed{42}", 1)
    ((part, start, end),) = notes["inserted"]
    assert getattr(trace, part)[start:end] == "```output\n42\n```"
    assert ask.asked[0]["ends"].stop == ("\n```\n",)


def test_several_programs_are_marked_where_they_stand_and_the_last_block_may_have_been_closed() -> None:
    trace, notes, _ = tooled("<think>\n```python\nprint(1)", "and\n</think>\n```py\nprint(1)\n```", "done")
    assert [place[0] for place in notes["inserted"]] == ["reasoning", "response"]
    assert [getattr(trace, part)[start:end] for part, start, end in notes["inserted"]] == ["```output\n1\n```"] * 2
    untrained = [[part, *match.span()] for part in ("reasoning", "response") for match in TOOL_OUTPUT.finditer(getattr(trace, part))]
    assert untrained == notes["inserted"]
    assert trace.response.endswith("```\ndone")


@pytest.mark.parametrize(
    ("program", "shown"),
    [
        ("print(1 / 0)", "ZeroDivisionError"),
        ("import os\nprint(os.listdir('/root'))", "Error"),
        ("import urllib.request as r\nr.urlopen('http://127.0.0.1:1')", "Error"),
        ("while True: pass", "cpu: more than 1 s"),
        ("print('x' * 50)", "x" * 20 + "\n… 30 more characters"),
        ("print('```')", "````output\n```\n````"),
        ("print('</think><|im_end|>')", "< /think>< |im_end|>"),
    ],
)
def test_what_a_program_cannot_do_is_its_output(program: str, shown: str) -> None:
    trace, notes, _ = tooled(f"```python\n{program}", "4", cpu_seconds=1, output_chars=20)
    assert shown in trace.response
    assert (notes["programs"], trace.response.splitlines()[-1]) == (1, "4")


def test_turns_end_and_what_is_no_python_is_not_run() -> None:
    trace, notes, ask = tooled(*["```python\nprint(1)"] * 5, turns=2)
    assert (notes["programs"], len(ask.asked)) == (2, 3)
    trace, notes, _ = tooled("```text\nprint(1)", "4")
    assert (notes, trace.response) == ({}, "```text\nprint(1)\n```\n4")


def test_a_program_that_is_cut_is_not_run() -> None:
    trace, notes, _ = tooled("```python\nprint(1) # a b c d e f", effort=3)
    assert (trace.finish_reason, notes) == ("length", {})


def test_the_question_is_rewritten_and_then_answered() -> None:
    ask = Scripted(["Add 2 and 2.", "4"])
    trace, notes = rolled(Rewrite(kind="rewrite"), ask)
    assert CHAT[-1]["content"] in ask.asked[0]["messages"][0]["content"]
    assert ask.asked[1]["messages"] == [{"role": "user", "content": "Add 2 and 2."}]
    assert (trace.response, trace.output_tokens, notes) == ("4", 5, {"rewritten": "Add 2 and 2."})


def test_a_rewriting_that_is_cut_is_not_used() -> None:
    ask = Scripted(["Add 2 and 2 and 2", "4"])
    trace, notes = rolled(Rewrite(kind="rewrite", tokens=3), ask)
    assert (ask.asked[1]["messages"], trace.response, notes) == (CHAT, "4", {})


def test_one_of_several_answers_is_picked_and_all_are_paid_for() -> None:
    ask = Scripted(["five", "it is 4", "six", "2"])
    trace, notes = rolled(Select(kind="select", answers=3), ask)
    assert (trace.response, trace.output_tokens, notes) == ("it is 4", 6, {"picked": 2, "of": 3})
    assert ask.asked[3]["choices"] == ("1", "2", "3")
    assert "Answer 2:\nit is 4" in ask.asked[3]["messages"][0]["content"]
    assert len({call["seed"] for call in ask.asked[:3]}) == 3


def test_where_nothing_can_be_picked_it_is_the_first() -> None:
    trace, notes = rolled(Select(kind="select", answers=2), Scripted(["five", "4", ("", "prompt_too_long")]))
    assert (trace.response, notes) == ("five", {"picked": 1, "of": 2})


def test_a_tree_follows_the_step_whose_rollouts_agree() -> None:
    how = Tree(kind="tree", beam=1, width=2, rollouts=2, depth=2)
    steps = ["good", "poor"]
    first = ["\\boxed{4}", "\\boxed{4}", "\\boxed{9}", "\\boxed{4}"]
    ask = Scripted([*steps, *first, "more \\boxed{4}", "more \\boxed{4}", "\\boxed{4}", "\\boxed{4}"])
    trace, notes = rolled(how, ask)
    assert [call["prefix"] for call in ask.asked[2:6]] == ["good\n\n", "good\n\n", "poor\n\n", "poor\n\n"]
    assert ask.asked[6]["prefix"] == "good\n\n"
    assert trace.response == "good\n\n\\boxed{4}"
    assert notes["tree"][:3] == [[None, 6, 0.0], [0, 4, 1.0], [0, 2, 0.5]]
    assert notes["tree"][3] == [1, 2, 1.0]
    assert len({call["seed"] for call in ask.asked}) == 10


def test_a_tree_without_an_answer_is_its_first_rollout() -> None:
    trace, notes = rolled(Tree(kind="tree", beam=1, width=1, rollouts=1, depth=1), Scripted(["a", "b"]))
    assert (trace.response, len(notes["tree"])) == ("a\n\nb", 2)


def test_a_cancelled_roll_cancels_all_its_asks() -> None:
    ended: list[str] = []

    async def ask(messages: Any, **told: Any) -> Any:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append(str(told["seed"]))
            raise

    async def cancelled() -> None:
        how = Select(kind="select", answers=3)
        roll = asyncio.create_task(METHODS["select"].roll(how, request("select"), CHAT, ask))  # type: ignore[arg-type]
        await asyncio.sleep(0.01)
        roll.cancel()
        with pytest.raises(asyncio.CancelledError):
            await roll

    asyncio.run(cancelled())
    assert sorted(ended) == ["7", "8", "9"]
