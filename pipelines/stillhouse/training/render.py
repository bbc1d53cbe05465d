"""The render gate: before a step is taken, every example is checked as the trainer will really see it.

It looks at the batches that the trainer's own collator makes, token by token: the loss must cover exactly the
assistant's turn (one think block, then the response), end with the end-of-turn token, and nothing may be cut. It does
not judge whether the text is any good.
"""

from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

from stillhouse.errors import UserError

IGNORED = -100


def check_rendering(tokenizer: Any, rows: Iterable[dict[str, Any]], batches: Iterable[dict[str, Any]], max_length: int) -> int:
    """Compares each example with its rendered row; returns the number of tokens that the loss covers.

    rows: `prompt` and `completion` message lists. batches: `input_ids` and `labels` as lists of ints, one per row.
    Raises UserError naming the first example that is not as it should be.
    """
    covered = 0
    for number, (row, batch) in enumerate(zip_longest(rows, batches)):
        if row is None or batch is None:
            raise UserError(
                f"The trainer has not as many examples as there are (example {number}).", "It dropped some; raise train.max_length."
            )
        covered += _check(tokenizer, number, row, batch, max_length)
    return covered


def _check(tokenizer: Any, number: int, row: dict[str, Any], batch: dict[str, Any], max_length: int) -> int:
    prompt = tokenizer.apply_chat_template(row["prompt"], tokenize=False, add_generation_prompt=True)
    whole = tokenizer.apply_chat_template(row["prompt"] + row["completion"], tokenize=False)
    expected = tokenizer.encode(whole, add_special_tokens=False)
    ids, labels = list(batch["input_ids"]), list(batch["labels"])
    target = [token for token in labels if token != IGNORED]
    text = row["completion"][0]["content"]
    _require(len(expected) <= max_length, number, f"has {len(expected)} tokens, over train.max_length {max_length}")
    _require(ids == expected, number, "is not rendered as the chat template has it")
    _require(whole.startswith(prompt), number, "does not begin with the prompt that the student will be asked with")
    _require(labels[: len(ids) - len(target)] == [IGNORED] * (len(ids) - len(target)), number, "has loss on tokens of the prompt")
    _require(tokenizer.decode(target).strip().startswith(text.strip()), number, "has a loss mask that does not cover the answer")
    _require(tokenizer.eos_token_id in target, number, "does not train the end-of-turn token")
    _require(tokenizer.eos_token not in text, number, "has the end-of-turn token inside its text")
    _require(text.count("<think>") == 1 == text.count("</think>"), number, "has not exactly one think block")
    _require(_thinking(tokenizer.decode(target)) == _thinking(text), number, "has another think block than its text")
    return len(target)


def _thinking(text: str) -> tuple[str, int]:
    """What the think block holds, and how many there are: some chat templates empty it, or put an empty one before it."""
    return text.partition("<think>")[2].partition("</think>")[0].strip(), text.count("<think>")


def _require(right: bool, number: int, complaint: str) -> None:
    if not right:
        raise UserError(
            f"Training example {number} {complaint}.", "Nothing was trained; mend the prompt, the chat template or train.max_length."
        )
