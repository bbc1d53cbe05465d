"""How a chat becomes tokens and loss, and the gate that stands before the first step.

The sequence begins with exactly what inference sends: the checkpoint's own chat template with its generation prompt, so
history that serving strips is stripped here too, and a think block that the prompt opens carries no loss. What follows is
the assistant's turn as the template, or TRL's training variant of it, writes it. The loss covers that turn, its end
included, and leaves out tool outputs inside it: the student never has to say what a tool says.

The gate asks that the turn reads back as the example's reasoning and response, that the token which the engine stops on
is trained, and that nothing is cut. It does not judge whether the text is any good.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from stillhouse.dialects import TOOL_OUTPUT, Parsed, opening_tag, parse
from stillhouse.errors import UserError

IGNORED = -100
Messages = list[dict[str, Any]]
_WELL_FORMED = ("think", "harmony", "none")
_SWITCH = "enable_thinking"
_DEFAULT = "{{%- if enable_thinking is not defined %}}{{%- set enable_thinking = {} %}}{{%- endif %}}"
_PROBE = [{"role": "user", "content": "What is 2 and 2?"}, {"role": "assistant", "content": "<think>\nTwo pairs.\n</think>\n\nIt is 4."}]


class Refused(ValueError):
    """Why a chat cannot be rendered. `depth` tells how many of the gate's checks it passed."""

    def __init__(self, depth: int, reason: str) -> None:
        super().__init__(reason)
        self.depth = depth


class Unusable(UserError):
    """A chat template that no example can be trained with."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a checkpoint's examples are written.

    template: what writes the assistant's turn. form: "fields" hands the reasoning over in a field of its own, "text"
    inside the content. switched: the template has a switch for thinking, set by whether the example thinks.
    """

    template: str
    variant: bool
    form: str
    switched: bool

    @property
    def name(self) -> str:
        """For a person: `own template, reasoning as a field`."""
        return f"{'training variant' if self.variant else 'own template'}, reasoning {'as a field' if self.form == 'fields' else 'as text'}"


@dataclass(frozen=True, slots=True)
class Rendered:
    """One example as it is trained. A label is the token itself where it carries loss and IGNORED elsewhere."""

    ids: list[int]
    labels: list[int]

    @property
    def covered(self) -> int:
        return sum(label != IGNORED for label in self.labels)


@dataclass(frozen=True)
class Renderer:
    """A tokenizer with its chat template, the tokens its engine stops on, and the way its examples are written."""

    tokenizer: Any
    stops: frozenset[int]
    way: Way

    def render(self, messages: Messages) -> Rendered:
        """The last message is the turn to be trained. Raises Refused with the reason."""
        thought = parse(messages[-1]["content"])
        if thought.format not in _WELL_FORMED:
            raise Refused(0, f"its think part is {thought.format}")
        switch = {_SWITCH: thinks(messages)} if self.way.switched else {}
        chat = self.formed(messages)
        prompt = self._prompt(chat[:-1], switch)
        turn = self._turn(chat, prompt, thought, switch)
        return self._tokens(prompt, turn, thought)

    def formed(self, messages: Messages) -> Messages:
        """The chat as the template is given it."""
        return [_formed(message, self.way.form) for message in messages]

    def _prompt(self, chat: Messages, switch: dict[str, bool]) -> str:
        prompt = self._apply(chat, switch, add_generation_prompt=True)
        asked = str(chat[-1]["content"]) if chat else ""
        if asked.strip() not in prompt:
            parts = self._apply([{**m, "content": [{"type": "text", "text": m["content"]}]} for m in chat], switch)
            why = "takes content in parts, as a template for images does, and drops a plain text" if asked.strip() in parts else "drops it"
            raise Refused(1, f"the question is not in the prompt: the template {why}")
        return prompt

    def _turn(self, chat: Messages, prompt: str, thought: Parsed, switch: dict[str, bool]) -> str:
        """What the template writes after its generation prompt."""
        before = self._apply(chat[:-1], switch, template=self.way.template, add_generation_prompt=True)
        whole = self._apply(chat, switch, template=self.way.template)
        if whole.startswith(before):
            return whole[len(before) :]
        if opening_tag(prompt) and not thought.reasoning:
            raise Refused(2, "the generation prompt opens a think block, and the example does not think")
        if prompt.rstrip().endswith("</think>") and thought.reasoning:
            raise Refused(2, "the generation prompt closes an empty think block, and the example thinks")
        raise Refused(2, _lost(whole, thought) or "the text does not begin with the prompt that the student will be asked with")

    def _tokens(self, prompt: str, turn: str, thought: Parsed) -> Rendered:
        asked = list(self.tokenizer.encode(prompt, add_special_tokens=False))
        ids, spans = self._encoded(prompt, turn, asked)
        start = len(asked)
        end = next((i for i in range(start, len(ids)) if ids[i] in self.stops), None)
        if end is not None:
            self._check_nothing_after(ids, end)
        said = turn[: spans[end][0] - len(prompt)] if end is not None else turn
        read = parse(opening_tag(prompt) + said)
        same = (read.reasoning, read.response) == (thought.reasoning, thought.response)
        if not same and (end is not None or _lost(said, thought)):
            raise Refused(4, _lost(said, thought) or "the answer does not read back as its reasoning and response")
        if end is None:
            raise Refused(5, f"the turn ends with {said.rpartition(thought.response)[2]!r}, and the engine stops on {self._stops()}")
        given = [(len(prompt) + a, len(prompt) + b) for a, b in (match.span() for match in TOOL_OUTPUT.finditer(turn))]
        inserted = [any(a < stop and begin < b for a, b in given) for begin, stop in spans]
        labels = [IGNORED if i < start or inserted[i] else token for i, token in enumerate(ids)]
        return Rendered(ids, labels)

    def _encoded(self, prompt: str, turn: str, asked: list[int]) -> tuple[list[int], list[tuple[int, int]]]:
        """The tokens and the characters that each stands for, beginning with the tokens that inference sends.

        Where a token would reach across the end of the prompt, the turn is encoded for itself, as a model would say it.
        """
        ids, spans = self._encode(prompt + turn)
        if ids[: len(asked)] == asked:
            return ids, spans
        said, places = self._encode(turn)
        if self.tokenizer.decode(asked + said) != self.tokenizer.decode(ids):
            raise Refused(3, "a token reaches across the end of the prompt, so that inference would send other tokens")
        return asked + said, [(0, 0)] * len(asked) + [(len(prompt) + a, len(prompt) + b) for a, b in places]

    def _encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        encoded = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        return list(encoded["input_ids"]), list(encoded["offset_mapping"])

    def _check_nothing_after(self, ids: list[int], end: int) -> None:
        """Another end and blanks may follow, as Phi's template has it."""
        if self.tokenizer.decode([token for token in ids[end + 1 :] if token not in self.stops]).strip():
            raise Refused(3, f"{self.tokenizer.decode([ids[end]])!r} stands inside the answer, where the engine would stop")

    def _stops(self) -> str:
        return ", ".join(sorted(repr(self.tokenizer.decode([stop])) for stop in self.stops))

    def _apply(self, chat: Messages, switch: dict[str, bool], template: str | None = None, add_generation_prompt: bool = False) -> str:
        from jinja2 import TemplateError

        try:
            return str(
                self.tokenizer.apply_chat_template(
                    chat, chat_template=template, tokenize=False, add_generation_prompt=add_generation_prompt, **switch
                )
            )
        except (TemplateError, TypeError) as error:
            raise Refused(0, f"the template refuses the chat: {error}") from error


def renderer(tokenizer: Any, stops: frozenset[int], variant: str | None) -> Renderer:
    """The first way in which a think-block example comes out whole; variant: TRL's training variant of the template, if any.

    Raises UserError with the reason of the way that came furthest where there is none.
    """
    refusals = []
    for way in _ways(template_of(tokenizer), variant):
        found = Renderer(tokenizer, stops, way)
        try:
            found.render(_PROBE)
        except Refused as refused:
            refusals.append(refused)
        else:
            return found
    reason = str(max(reversed(refusals), key=lambda refused: refused.depth))
    more = ", and so does TRL's training variant" if variant else ""
    raise Unusable(f"This chat template cannot be trained: {reason}{more}.", "Give the checkpoint another chat_template.jinja.")


def _ways(template: str, variant: str | None) -> Iterator[Way]:
    for text, is_variant in ((template, False), (variant, True)):
        for form in ("fields", "text"):
            if text is not None:
                yield Way(text, is_variant, form, form == "fields" and _SWITCH in template)


def thinks(messages: Messages) -> bool:
    """Whether the turn to be trained has reasoning; an empty think block is none."""
    return bool(parse(messages[-1]["content"]).reasoning)


def template_of(tokenizer: Any) -> str:
    """The chat template that is used where none is named."""
    found = tokenizer.chat_template
    return str(found["default"] if isinstance(found, dict) else found or "")


def stop_tokens(tokenizer: Any, folder: Path) -> frozenset[int]:
    """The tokens that an engine stops on: the tokenizer's, and those that the checkpoint's generation_config.json names."""
    try:
        named = json.loads((folder / "generation_config.json").read_bytes()).get("eos_token_id")
    except FileNotFoundError:
        named = None
    more = named if isinstance(named, list) else [named]
    return frozenset(token for token in (tokenizer.eos_token_id, *more) if token is not None)


def default_thinking(found: Renderer, thinks: set[bool]) -> str | None:
    """The template that the student is saved with, where the checkpoint's own asks for another kind of answer than it was trained to give.

    Only where all examples think, or none does, and the template has a switch whose default is the other way.
    """
    if not found.way.switched or len(thinks) != 1:
        return None
    wanted, question = next(iter(thinks)), _PROBE[:1]
    prompts = [
        found.tokenizer.apply_chat_template(question, tokenize=False, add_generation_prompt=True, **switch)
        for switch in ({}, {_SWITCH: wanted})
    ]
    if prompts[0] == prompts[1]:
        return None
    return _DEFAULT.format("true" if wanted else "false") + without_default(template_of(found.tokenizer))


def without_default(template: str) -> str:
    """The template as its publisher wrote it."""
    for value in ("true", "false"):
        template = template.removeprefix(_DEFAULT.format(value))
    return template


def check_batches(expected: Iterable[Rendered], batches: Iterable[dict[str, Any]], max_length: int) -> int:
    """Compares what the trainer's own collator makes of each example with how it was rendered; returns the tokens with loss.

    Raises UserError naming the first example that the trainer cut, changed or lost.
    """
    covered = 0
    for number, (wanted, batch) in enumerate(zip_longest(expected, batches)):
        if wanted is None or batch is None:
            raise refusal(number, "is not what the trainer has: it dropped or added some")
        if len(wanted.ids) > max_length:
            raise refusal(number, f"has {len(wanted.ids)} tokens, over train.max_length {max_length}")
        if (list(batch["input_ids"]), list(batch["labels"])) != (wanted.ids, wanted.labels):
            raise refusal(number, "is not trained as it was rendered")
        covered += wanted.covered
    return covered


def refusal(number: int, complaint: str) -> UserError:
    """The error of one example."""
    return UserError(
        f"Training example {number} {complaint}.", "Nothing was trained; mend the prompt, the chat template or train.max_length."
    )


def _formed(message: dict[str, Any], form: str) -> dict[str, Any]:
    if message["role"] != "assistant" or form == "text":
        return message
    thought = parse(message["content"])
    if not thought.reasoning:
        return {**message, "content": thought.response}
    # Templates disagree on the field's name; each reads its own.
    return {**message, "content": thought.response, **dict.fromkeys(("reasoning_content", "reasoning", "thinking"), thought.reasoning)}


def _lost(text: str, thought: Parsed) -> str:
    if thought.reasoning and thought.reasoning not in text:
        return "the template drops the reasoning"
    if thought.response not in text:
        return "the template changes the response"
    return ""
