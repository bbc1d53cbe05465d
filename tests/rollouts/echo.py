"""Engines that need no model: they answer with what they were asked, and can be told to misbehave."""

import asyncio
import os
import signal
from dataclasses import dataclass

from stillhouse.cluster.session import Session
from stillhouse.engines.base import NATURAL, Ability, Ask, Ends, Placement, Reply
from stillhouse.engines.prompts import Messages
from stillhouse.recipe.sections import Sampling


@dataclass(frozen=True)
class EchoServed:
    """An echo of the last message; dies of "kill", raises on "raise", and never answers "wait"."""

    count: int = 1
    window: int = 8

    @property
    def key(self) -> str:
        return f"echo {self.count}"

    @property
    def abilities(self) -> frozenset[Ability]:
        return frozenset({"choices"})

    def place(self, session: Session) -> Placement:
        return Placement(self.count, cpus=0.5, gpus=0, threads=1, window=self.window)

    def load(self, placement: Placement) -> "EchoEngine":
        return EchoEngine()


class EchoEngine:
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
        said = messages[-1]["content"]
        if said == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if said == "raise":
            raise ValueError("no such token")
        await asyncio.sleep(3600 if said == "wait" else 0.01)
        text = choices[0] if choices else f"{prefix}{said} {seed} {max_tokens} {sampling.temperature}"
        return Reply(text, "", text, "none", "stop", len(said.split()), 0, len(text.split()), 0.01)

    async def serve(self) -> None:
        await asyncio.Event().wait()


async def twice(word: str, ask: Ask) -> str:
    """A roll that asks again with what it was answered."""
    first = await ask([{"role": "user", "content": word}], seed=1)
    second = await ask([{"role": "user", "content": first.text}], seed=2, choices=("yes", "no"))
    return f"{first.response} / {second.response}"
