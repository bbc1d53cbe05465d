"""The render gate over every chat template of TRL: accepted in a named way, or refused for the true reason."""

import functools

import pytest
from templates import FILES, stops_of, with_template

from stillhouse.errors import UserError
from stillhouse.training.render import IGNORED, Refused, Rendered, Renderer, renderer
from stillhouse.training.templates import training_variant

TEXT, FIELD = "own template, reasoning as text", "own template, reasoning as a field"
DROPS = "the template drops the reasoning"
IMAGES = "takes content in parts, as a template for images does, and drops a plain text"
ACCEPTED = {
    **dict.fromkeys(
        [
            "cohere",
            "cohere_training",
            "cohere2",
            "cohere2_training",
            "deepseek_r1_distill_training",
            "gemma",
            "gemma_training",
            "gemma3",
            "gemma3_training",
            "gemma4",
            "gemma4_v2",
            "gemma4_v3",
            "gemma4_v4",
            "lfm2",
            "lfm2_training",
            "lfm2_v2",
            "lfm2_v2_training",
            "llama3",
            "llama3_training",
            "llama3_1",
            "llama3_2",
            "phi3",
            "phi3_training",
            "phi3_5",
            "phi3_5_training",
            "qwen2_5",
            "qwen2_5_training",
            "qwen2_5_vl",
            "qwen2_5_vl_training",
            "qwen3_instruct_2507",
            "qwen3_instruct_2507_training",
            "qwen3_vl",
            "qwen3_vl_training",
        ],
        TEXT,
    ),
    **dict.fromkeys(
        [
            "diffusion_gemma",
            "diffusion_gemma_training",
            "gemma4_v5",
            "glm4moe_training",
            "gptoss",
            "gptoss_training",
            "lfm2_2_5",
            "lfm2_2_5_v2",
            "lfm2_2_5_vl",
            "muse_glimmer",
            "muse_glimmer_training",
            "nemotron_3_nano",
            "nemotron_3_nano_training",
            "nemotron_3_super",
            "nemotron_3_super_training",
            "nemotron_3_ultra",
            "nemotron_3_ultra_training",
            "nemotron_3_5_lightning",
            "nemotron_3_5_lightning_training",
            "qwen3",
            "qwen3_training",
            "qwen3_5_think",
            "qwen3_5_think_training",
            "qwen3_5_nothink",
            "qwen3_5_nothink_training",
            "qwen3_6",
            "qwen3_6_training",
            "qwen3_8",
            "qwen3_8_training",
        ],
        FIELD,
    ),
    "deepseek_r1_distill": "training variant, reasoning as text",
    "glm4moe": "training variant, reasoning as a field",
}
REFUSED = {
    "deepseekv3": DROPS,
    "deepseekv3_training": DROPS,
    **dict.fromkeys(["idefics3", "idefics3_training", "llava_next", "llava_next_training", "smolvlm", "smolvlm_training"], IMAGES),
}
NEVER_SILENT = {"deepseek_r1_distill", "deepseek_r1_distill_training"}
REASONING, ANSWER = "Two pairs.\n\nTogether: four.", "It is \\boxed{4}."
ASKED = {"role": "user", "content": "What is 2 and 2?"}
THINKING = [ASKED, {"role": "assistant", "content": f"<think>\n{REASONING}\n</think>\n\n{ANSWER}"}]
SILENT = [ASKED, {"role": "assistant", "content": ANSWER}]


@functools.cache
def gate(name: str) -> Renderer:
    tokenizer = with_template(name)
    stops = frozenset(tokenizer.convert_tokens_to_ids(stops_of(name)))
    return renderer(tokenizer, stops, training_variant(tokenizer))


def trained(found: Renderer, rendered: Rendered) -> str:
    return str(found.tokenizer.decode([label for label in rendered.labels if label != IGNORED]))


def asked(found: Renderer, chat: list[dict[str, str]], thinking: bool) -> list[int]:
    """What inference sends."""
    switch = {"enable_thinking": thinking} if found.way.switched else {}
    prompt = found.tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True, **switch)
    return list(found.tokenizer.encode(prompt, add_special_tokens=False))


def test_every_template_has_its_line() -> None:
    assert set(FILES) == set(ACCEPTED) | set(REFUSED)
    assert len(ACCEPTED) >= 60


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_template_is_accepted_in_its_way(name: str) -> None:
    found = gate(name)
    rendered = found.render(THINKING)
    prompt = asked(found, [ASKED], thinking=True)
    said = trained(found, rendered)
    assert found.way.name == ACCEPTED[name]
    assert rendered.ids[: len(prompt)] == prompt
    assert rendered.labels == [IGNORED] * len(prompt) + rendered.ids[len(prompt) :]
    assert (said.count(REASONING), said.count(ANSWER), said.count("<think>")) == (1, 1, "<think>" in said)
    assert any(label in found.stops for label in rendered.labels)


@pytest.mark.parametrize("name", REFUSED)
def test_a_template_is_refused_for_the_true_reason(name: str) -> None:
    with pytest.raises(UserError, match=REFUSED[name]):
        gate(name)


@pytest.mark.parametrize("name", ACCEPTED)
def test_an_example_without_thinking_passes_where_the_prompt_does_not_open_a_block(name: str) -> None:
    found = gate(name)
    if name in NEVER_SILENT:
        with pytest.raises(Refused, match="opens a think block, and the example does not think"):
            found.render(SILENT)
        return
    rendered = found.render(SILENT)
    prompt = asked(found, [ASKED], thinking=False)
    assert rendered.ids[: len(prompt)] == prompt
    assert trained(found, rendered).count(ANSWER) == 1
    assert REASONING not in found.tokenizer.decode(rendered.ids)


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_a_tool_said_carries_no_loss(name: str) -> None:
    found = gate(name)
    output = "````output\n31337\n```\n````"
    content = f"<think>\nI run it.\n```python\nprint(6)\n```\n{output}\nSo it is that.\n</think>\n\n{ANSWER}"
    rendered = found.render([ASKED, {"role": "assistant", "content": content}])
    assert "31337" in found.tokenizer.decode(rendered.ids)
    said = trained(found, rendered)
    assert "31337" not in said
    assert "output" not in said
    assert "print(6)" in said
    assert "I run it." in said
    assert "So it is that." in said
    assert ANSWER in said


@pytest.mark.parametrize("name", ACCEPTED)
def test_history_is_what_serving_sends(name: str) -> None:
    found = gate(name)
    history = [*THINKING, {"role": "user", "content": "And 3 and 3?"}]
    rendered = found.render([*history, {"role": "assistant", "content": "<think>\nAgain.\n</think>\n\nSix."}])
    start = next(i for i, label in enumerate(rendered.labels) if label != IGNORED)
    before = found.tokenizer.decode(rendered.ids[:start])
    assert trained(found, rendered).count("Again.") == 1
    assert ANSWER in before
    assert rendered.labels[:start] == [IGNORED] * start
    if found.way.form == "text":
        assert rendered.ids[:start] == asked(found, history, thinking=True)


@pytest.mark.parametrize("name", ["qwen3", "qwen3_5_think", "qwen3_6", "nemotron_3_nano", "glm4moe", "gptoss", "deepseek_r1_distill"])
def test_reasoning_that_serving_strips_from_history_is_stripped(name: str) -> None:
    found = gate(name)
    chat = [*THINKING, {"role": "user", "content": "And 3 and 3?"}, {"role": "assistant", "content": "<think>\nAgain.\n</think>\n\nSix."}]
    assert REASONING not in found.tokenizer.decode(found.render(chat).ids)
