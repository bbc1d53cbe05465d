"""How thinking is delimited is recorded, and never repaired."""

import pytest

from stillhouse.dialects import Parsed, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<think>\na\n</think>\n\nb", Parsed("a", "b", "think")),
        ("[THINK]a[/THINK]b", Parsed("a", "b", "think")),
        ("just an answer", Parsed("", "just an answer", "none")),
        ("<think>on and on", Parsed("on and on", "", "unclosed")),
        ("a</think>b", Parsed("a", "b", "unopened")),
        ("<think>a<think>b</think></think>c", Parsed("a<think>b</think>", "c", "nested")),
        ("<think>a</think>b<think>c</think>d", Parsed("a</think>b<think>c", "d", "several")),
        ("Sure. <think>a</think>b", Parsed("a", "Sure.\nb", "think")),
        ("</think>a<think>", Parsed("", "</think>a<think>", "nested")),
        ("<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b<|return|>", Parsed("a", "b", "harmony")),
        ("<|channel|>analysis<|message|>a", Parsed("a", "", "unclosed")),
        ("", Parsed("", "", "none")),
    ],
)
def test_dialects(text: str, expected: Parsed) -> None:
    assert parse(text) == expected
