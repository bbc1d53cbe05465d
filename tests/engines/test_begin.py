"""How an answer's beginning is put after a prompt."""

import pytest

from stillhouse.engines.vllm import _begin


@pytest.mark.parametrize(
    ("prompt", "prefix", "text", "begun"),
    [
        ("ask:", "one", "ask:one", "one"),
        ("ask:", "<think>\none", "ask:<think>\none", "<think>\none"),
        ("ask:<think>\n", "one", "ask:<think>\none", "<think>one"),
        ("ask:<think>\n", "<think>\none", "ask:<think>\none", "<think>\none"),
        ("ask:<think>\n", "", "ask:<think>\n", "<think>"),
    ],
)
def test_a_think_part_is_opened_once(prompt: str, prefix: str, text: str, begun: str) -> None:
    assert _begin(prompt, prefix) == (text, begun)
