"""What every engine takes and gives: a chat in, one reply out, thousands of them at a time in one event loop."""

from dataclasses import dataclass
from typing import Protocol

from stillhouse.cluster.session import Session
from stillhouse.engines.prompts import Messages
from stillhouse.recipe.sections import Sampling
from stillhouse.records import Request, Trace


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered, split into reasoning and response.

    `text` is all of it, with the beginning that it was given. `finish_reason` is "stop", "length", or why there is no
    text ("prompt_too_long"). `seconds` is its share of the engine's wall time.
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
    ) -> Reply:
        """The model's answer to a chat. `prefix` begins it; with `choices` it is one of them. Cancelling it ends the request."""
        ...

    async def serve(self) -> None:
        """Works as long as the engine lives. Raises what ends it."""
        ...


class Ask(Protocol):
    """An engine's `ask` with the sampling settled: what a method gets. `max_tokens` can only lower the recipe's."""

    async def __call__(
        self, messages: Messages, *, seed: int, max_tokens: int | None = None, prefix: str = "", choices: tuple[str, ...] = ()
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
        calls=0, prompt_tokens=0, reasoning_tokens=0, output_tokens=0, seconds=0.0,
    )  # fmt: skip
