"""An engine without a model: it says what it was told last, as often as it is set to."""

import asyncio
from dataclasses import dataclass

from stillhouse.cluster.session import Session
from stillhouse.engines.base import Ability, Placement, Reply
from stillhouse.recipe.teacher import PluggedTeacher


@dataclass(frozen=True)
class Served:
    times: int
    abilities: frozenset[Ability] = frozenset()

    @property
    def key(self) -> str:
        return f"parrot {self.times}"

    def place(self, session: Session) -> Placement:
        return Placement(count=1, cpus=0.5, gpus=0, threads=1, window=8)

    def load(self, placement: Placement) -> "Served":
        return self

    async def ask(self, messages: list[dict[str, str]], sampling: object, *, seed: int, **how: object) -> Reply:
        said = messages[-1]["content"] * self.times
        return Reply(said, "", said, "none", "stop", 1, 0, len(said), 0.0)

    async def serve(self) -> None:
        await asyncio.Event().wait()


class Parrot(PluggedTeacher):
    times: int = 1

    def served(self) -> Served:
        return Served(self.times)
