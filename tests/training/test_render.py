"""The render gate's refusals, and the default that a student is saved with."""

import copy
from pathlib import Path
from typing import Any

import pytest
from templates import packaged_tokenizer, with_template

from stillhouse.errors import UserError
from stillhouse.training.render import (
    IGNORED,
    Refused,
    Rendered,
    Renderer,
    check_batches,
    default_thinking,
    renderer,
    stop_tokens,
    without_default,
)

TEXT = "<think>\n2 and 2 make 4.\n</think>\n\n\\boxed{4}"


def example(text: str = TEXT) -> list[dict[str, str]]:
    return [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": text}]


def of(tokenizer: Any) -> Renderer:
    return renderer(tokenizer, frozenset([tokenizer.eos_token_id]), None)


@pytest.fixture(scope="module")
def rendered() -> Rendered:
    return of(packaged_tokenizer()).render(example())


def test_what_the_trainer_has_as_rendered_passes(rendered: Rendered) -> None:
    batch = {"input_ids": rendered.ids, "labels": rendered.labels}
    assert check_batches([rendered], [batch], 512) == rendered.covered == sum(label != IGNORED for label in rendered.labels) > 10


@pytest.mark.parametrize(
    "harm",
    [
        lambda r: (r.ids[:-5], r.labels[:-5]),
        lambda r: (r.ids, r.ids),
        lambda r: (r.ids, [*r.labels[:-2], IGNORED, IGNORED]),
        lambda r: ([*r.ids[:5], 7, *r.ids[6:]], r.labels),
    ],
)
def test_a_wrong_mask_or_a_cut_is_refused(rendered: Rendered, harm: Any) -> None:
    ids, labels = harm(rendered)
    with pytest.raises(UserError, match="example 0 is not trained as it was rendered"):
        check_batches([rendered], [{"input_ids": ids, "labels": labels}], 512)


def test_nothing_is_ever_cut_to_fit(rendered: Rendered) -> None:
    with pytest.raises(UserError, match=r"over train\.max_length 10"):
        check_batches([rendered], [{"input_ids": rendered.ids[:10], "labels": rendered.labels[:10]}], 10)


def test_a_missing_example_is_noticed(rendered: Rendered) -> None:
    with pytest.raises(UserError, match="example 1 is not what the trainer has"):
        check_batches([rendered, rendered], [{"input_ids": rendered.ids, "labels": rendered.labels}], 512)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"<think>a</think>{TEXT}", "its think part is several"),
        ("<think>never closed", "its think part is unclosed"),
        ("<think>a</think><|im_end|>\\boxed{4}", "inside the answer, where the engine would stop"),
        ("<think>a <|im_end|> b</think>\\boxed{4}", "inside the answer"),
    ],
)
def test_a_text_that_would_not_come_back_as_it_is_is_refused(text: str, message: str) -> None:
    with pytest.raises(Refused, match=message):
        of(packaged_tokenizer()).render(example(text))


def changed(old: str, new: str) -> Any:
    tokenizer = copy.deepcopy(packaged_tokenizer())
    assert old in tokenizer.chat_template
    tokenizer.chat_template = tokenizer.chat_template.replace(old, new)
    return tokenizer


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("message['content']", "message['content'].split('</think>')[-1]", "drops the reasoning"),
        ("message['content']", "message['content'] | upper", "question is not in the prompt: the template drops it"),
        (
            "<|im_start|>assistant\n",
            "<|im_start|>assistant\n<think>\n\n</think>\n\n",
            "closes an empty think block, and the example thinks",
        ),
        ("'<|im_end|>'", "'<|file_sep|>'", r"the turn ends with '<\|file_sep\|>\\n', and the engine stops on '<\|im_end\|>'"),
        (
            "{% for message in messages %}",
            "{{ raise_exception('no such chat') }}{% for message in messages %}",
            "refuses the chat: no such chat",
        ),
    ],
)
def test_a_template_that_cannot_be_trained_is_refused_with_its_reason(old: str, new: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        of(changed(old, new))


def test_the_engine_stops_on_what_the_generation_config_names_as_well(tmp_path: Path) -> None:
    tokenizer = packaged_tokenizer()
    assert stop_tokens(tokenizer, tmp_path) == {tokenizer.eos_token_id}
    (tmp_path / "generation_config.json").write_text('{"eos_token_id": [3, 4]}')
    assert stop_tokens(tokenizer, tmp_path) == {tokenizer.eos_token_id, 3, 4}
    (tmp_path / "generation_config.json").write_text('{"eos_token_id": 5}')
    assert stop_tokens(tokenizer, tmp_path) == {tokenizer.eos_token_id, 5}


@pytest.mark.parametrize(
    ("name", "thinks", "ending"),
    [
        ("qwen3_5_nothink", {True}, "assistant\n<think>\n"),
        ("qwen3_5_think", {False}, "assistant\n<think>\n\n</think>\n\n"),
        ("qwen3", {False}, "assistant\n<think>\n\n</think>\n\n"),
    ],
)
def test_a_student_is_served_by_default_as_it_was_trained(name: str, thinks: set[bool], ending: str) -> None:
    tokenizer = with_template(name)
    template = default_thinking(of(tokenizer), thinks)
    assert template is not None
    assert without_default(template) == tokenizer.chat_template
    chat = example()[:1]
    assert tokenizer.apply_chat_template(chat, chat_template=template, tokenize=False, add_generation_prompt=True).endswith(ending)
    asked = {"enable_thinking": True not in thinks}
    switched = tokenizer.apply_chat_template(chat, chat_template=template, tokenize=False, add_generation_prompt=True, **asked)
    assert not switched.endswith(ending), "the switch still works"


@pytest.mark.parametrize(
    ("name", "thinks"), [("qwen3", {True}), ("qwen3", {True, False}), ("qwen3_5_nothink", {False}), ("llama3", {True})]
)
def test_a_template_whose_default_is_right_stays_as_it_is(name: str, thinks: set[bool]) -> None:
    assert default_thinking(of(with_template(name)), thinks) is None
