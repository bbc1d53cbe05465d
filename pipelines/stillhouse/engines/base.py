"""What every engine takes and gives: a chat in, one reply out, thousands of them at a time in one event loop."""

from dataclasses import dataclass
from typing import Literal, Protocol

from stillhouse.cluster.session import Session
from stillhouse.engines.prompts import Messages
from stillhouse.recipe.methods import Repeats
from stillhouse.recipe.sections import Sampling
from stillhouse.records import Request, Trace


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered, split into reasoning and response.

    `text` is all of it, with the beginning that it was given. `finish_reason` is "stop", "length", "repetition" (see
    `Ends`), or why there is no text ("prompt_too_long"). `seconds` is its share of the engine's wall time.
    """

    text: str
    reasoning: str
    response: str
    format: str
    finish_reason: str
    prompt_tokens: int
    reasoning_tokens: int
    output_tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Ends:
    """What ends a reply before the model does.

    stop: strings, beside the recipe's; the text ends before them. thinking_tokens: the engine ends the think part then, if
    it can: a reply's `reasoning_tokens` say whether it did. repeats: a loop, answered with finish_reason "repetition".
    """

    stop: tuple[str, ...] = ()
    thinking_tokens: int | None = None
    repeats: Repeats | None = None


NATURAL = Ends()
Ability = Literal["prefix", "choices", "stop", "thinking", "repeats"]
"""What an engine may be able to do beyond a plain answer: one for each thing that `ask` can be told."""


class Engine(Protocol):
    """A loaded model. Both methods run in one event loop."""

    async def ask(
        self,
        messages: Messages,
        sampling: Sampling,
        *,
        seed: int,
        max_tokens: int | None = None,
        prefix: str = "",
        choices: tuple[str, ...] = (),
        ends: Ends = NATURAL,
    ) -> Reply:
        """The model's answer to a chat. `prefix` begins it; with `choices` it is one of them. Cancelling it ends the request."""
        ...

    async def serve(self) -> None:
        """Works as long as the engine lives. Raises what ends it."""
        ...


class Ask(Protocol):
    """An engine's `ask` with the sampling settled: what a method gets. `max_tokens` can only lower the recipe's."""

    async def __call__(
        self,
        messages: Messages,
        *,
        seed: int,
        max_tokens: int | None = None,
        prefix: str = "",
        choices: tuple[str, ...] = (),
        ends: Ends = NATURAL,
    ) -> Reply: ...


@dataclass(frozen=True, slots=True)
class Placement:
    """How many engines, what each asks Ray for, and how many requests each may hold at a time."""

    count: int
    cpus: float
    gpus: float
    threads: int
    window: int


class Served(Protocol):
    """A model and how it is served: small, and loaded only inside its actor."""

    @property
    def key(self) -> str:
        """Equal for what may share an actor. Its first word is shown."""
        ...

    @property
    def abilities(self) -> frozenset[Ability]:
        """What its engine can be told in an `ask`; known before it is made."""
        ...

    def place(self, session: Session) -> Placement:
        """Where it runs on this cluster."""
        ...

    def load(self, placement: Placement) -> Engine:
        """The engine, in the process that calls this. Raises UserError when it cannot serve the model as it is configured."""
        ...


def blank_trace(request: Request, finish_reason: str) -> Trace:
    """The row of a request, without a text."""
    return Trace(
        id=request.id, problem_id=request.problem_id, model=request.model, method=request.method, effort=request.effort,
        index=request.index, seed=request.seed, reasoning="", response="", format="none", finish_reason=finish_reason,
        calls=0, prompt_tokens=0, reasoning_tokens=0, output_tokens=0, seconds=0.0, notes=None,
    )  # fmt: skip
