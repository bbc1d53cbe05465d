"""Endpoints that only wait: `EndpointEngine` as it is (slots, retries, blame, bills), and in the place of HTTP a long-tailed pause and faults."""

import asyncio
import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stillhouse.cluster.actors import Actor, Actors
from stillhouse.cluster.session import Session
from stillhouse.engines.base import Ability, Placement, Reply
from stillhouse.engines.endpoint import QUEUED, EndpointEngine
from stillhouse.engines.wire import Body
from stillhouse.recipe.endpoint import Server
from stillhouse.recipe.section import Section
from stillhouse.recipe.teacher import PluggedTeacher

FAULTS = ("429", "500", "garbage", "cut", "silence")
TOKENS_PER_SECOND = 50
LOOK_SECONDS = 0.1


class Simulation(Section):
    """`seconds`: the median of an answer's time. `faults`: the share of tries that go wrong, evenly over `kinds` (of FAULTS). `looks`: where busy slots are told."""

    engines: int
    processes: int
    slots: int
    seconds: float
    sigma: float
    faults: float
    kinds: tuple[str, ...]
    characters: int
    looks: str

    @property
    def server(self) -> Server:
        """How each engine is set."""
        return Server(base_url="http://127.0.0.1:1/v1", model="simulated", concurrency=self.slots, timeout_seconds=15 * self.seconds)


class SimTeacher(PluggedTeacher):
    """The teacher of the benchmark's step."""

    kind: str = "simulated"
    simulation: Simulation

    def served(self) -> "SimServed":
        return SimServed(self.simulation)


class SimServed:
    """Several processes, each with its share of the engines."""

    abilities: frozenset[Ability] = frozenset()

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    @property
    def key(self) -> str:
        return f"simulated {self._simulation.model_dump_json()}"

    def place(self, session: Session) -> Placement:
        return Placement(self._simulation.processes, 1, 0, 1, window=QUEUED * self._simulation.slots)

    def load(self, placement: Placement) -> "SimEngines":
        return SimEngines(self._simulation)


class Lanes(Actors):
    """One lane per engine, 20 to a process (`THREADS` of cluster/actors.py bounds them): a machine has no room for 200 processes."""

    def __init__(self, engines: int) -> None:
        super().__init__()
        self._engines = engines

    @contextmanager
    def acquire(self, *args: Any, **more: Any) -> Iterator[list[Actor[Any]]]:
        with super().acquire(*args, **more) as workers:
            for worker in workers:
                worker.check_started()
            yield [workers[i % len(workers)] for i in range(self._engines)]


class SimEngines:
    """The engines of one process. A request goes to the one with the fewest, as each has a lane with a window of its own."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._engines = [SimEngine(simulation, n) for n in range(simulation.engines // simulation.processes)]
        self._held = [0] * len(self._engines)
        self._begun = 0

    async def ask(self, messages: Any, sampling: Any, **more: Any) -> Reply:
        at = self._held.index(min(self._held))
        self._held[at] += 1
        self._begun += 1
        try:
            return await self._engines[at].ask(messages, sampling, **more)
        finally:
            self._held[at] -= 1

    async def serve(self) -> None:
        """Notes how many slots are busy, and of how many that the engines would use."""
        with (Path(self._simulation.looks) / f"{os.getpid()}.jsonl").open("a", buffering=1) as file:
            while True:
                look = {
                    "at": time.time(),
                    "begun": self._begun,
                    "busy": sum(engine.slots.out for engine in self._engines),
                    "limit": sum(int(engine.slots.limit) for engine in self._engines),
                    "cpu": time.process_time(),
                    "faults": sum((engine.faults for engine in self._engines), Counter()),
                }
                file.write(json.dumps(look) + "\n")
                await asyncio.sleep(LOOK_SECONDS)


class SimEngine(EndpointEngine):
    """An endpoint whose answers come from here. Each fault arrives as openai's client or httpx would bring it."""

    def __init__(self, simulation: Simulation, number: int) -> None:
        super().__init__(simulation.server)
        self.slots, self.faults = self._slots, Counter[str]()
        self._simulation, self._draw = simulation, random.Random(f"{os.getpid()} {number}")
        self._text = ("So it goes on. " * simulation.characters)[: simulation.characters]

    async def _whole(self, made: Body) -> Any:
        seconds = self._simulation.seconds * self._draw.lognormvariate(0, self._simulation.sigma)
        if self._draw.random() < self._simulation.faults:
            await self._fault(self._draw.choice(self._simulation.kinds), seconds)
        await asyncio.sleep(seconds)
        usage = {"prompt_tokens": 40, "completion_tokens": int(seconds * TOKENS_PER_SECOND) + 1}
        message = {"role": "assistant", "content": self._text, "reasoning": "Let me see."}
        return {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage}

    async def _fault(self, kind: str, seconds: float) -> None:
        import httpx2
        import openai

        self.faults[kind] += 1
        request = httpx2.Request("POST", "http://127.0.0.1:1/v1/chat/completions")
        if kind == "429":
            headers = {"retry-after": f"{self._simulation.seconds / 10:.3f}"}
            raise openai.RateLimitError("busy", response=httpx2.Response(429, headers=headers, request=request), body=None)
        if kind == "silence":
            await asyncio.sleep(float("inf"))
        await asyncio.sleep(seconds / 2)
        if kind == "500":
            raise openai.InternalServerError("no", response=httpx2.Response(500, request=request), body=None)
        if kind == "cut":
            raise openai.APIConnectionError(message="the connection was closed", request=request)
        json.loads("<html>garbage")
