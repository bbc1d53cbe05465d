"""What every teacher takes and gives: requests in, completions out, one per request, none lost."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from stillhouse.recipe.sections import Sampling


@dataclass(frozen=True, slots=True)
class Request:
    """One sample to draw. `key` comes back on the completion; `seed` makes it reproducible; with `choices` it is one of them."""

    key: str
    messages: list[dict[str, str]]
    seed: int
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Completion:
    """One drawn sample, split into reasoning and response. `seconds` is its share of the engine's wall time."""

    key: str
    reasoning: str
    response: str
    format: str
    finish_reason: str
    prompt_tokens: int
    reasoning_tokens: int
    output_tokens: int
    seconds: float


class Engine(Protocol):
    """Draws completions; a batch's completions come as they finish, each request exactly once."""

    def generate(self, requests: list[Request], sampling: Sampling) -> Iterator[list[Completion]]: ...
