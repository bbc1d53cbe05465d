"""The actor that holds an engine: thousands of rolls at a time, as coroutines of one event loop.

A roll is any small async function that asks the engine: a method's way to a trace, a judge's way to a verdict. The
engine is made and stepped in the loop's thread; Ray's threads only pass items in and results out.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from stillhouse.cluster.worker import Worker
from stillhouse.engines.base import NATURAL, Ask, Ends, Engine, Placement, Reply, Served
from stillhouse.engines.prompts import Messages
from stillhouse.errors import UserError
from stillhouse.recipe.sections import Sampling
from stillhouse.records import Row


@dataclass(frozen=True, slots=True)
class Roll(Row):
    """One coroutine to run beside the engine. `run` must be picklable: a module's function, or a `partial` of one."""

    key: str
    run: Callable[[Ask], Awaitable[object]]
    sampling: Sampling


class ModelWorker(Worker[Roll, object]):
    """Runs rolls against one engine. Raises UserError when the engine cannot be made, or says that it can answer no more."""

    def __init__(self, served: Served, placement: Placement) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        made: Future[Engine] = Future()
        threading.Thread(target=self._serve, args=(served, placement, made), daemon=True).start()
        self._engine = made.result()

    def begin(self, feed: str, items: list[tuple[str, Roll]]) -> None:
        self._loop.call_soon_threadsafe(self._begin, feed, items)

    def drop(self, feed: str, keys: set[str]) -> None:
        self._loop.call_soon_threadsafe(self._drop, feed, keys)

    def _serve(self, served: Served, placement: Placement, made: "Future[Engine]") -> None:
        asyncio.set_event_loop(self._loop)
        try:
            engine = served.load(placement)
        except BaseException as error:
            made.set_exception(error)
            return
        made.set_result(engine)
        try:
            self._loop.run_until_complete(engine.serve())
        except BaseException as error:
            self.crash(error)

    def _begin(self, feed: str, items: list[tuple[str, Roll]]) -> None:
        for key, roll in items:
            task = self._loop.create_task(self._roll(feed, key, roll))
            self._tasks[feed, key] = task
            task.add_done_callback(partial(self._ended, feed, key))

    def _drop(self, feed: str, keys: set[str]) -> None:
        for key in keys:
            if task := self._tasks.get((feed, key)):
                task.cancel()

    def _ended(self, feed: str, key: str, task: "asyncio.Task[None]") -> None:
        del self._tasks[feed, key]

    async def _roll(self, feed: str, key: str, roll: Roll) -> None:
        try:
            result = await roll.run(_Bound(self._engine, roll.sampling))
        except UserError as error:  # about the engine, and so about every roll
            self.crash(error)
        except Exception as error:
            self.fail(feed, key, f"{type(error).__name__}: {error}")
        else:
            self.finish(feed, key, result)


@dataclass(frozen=True, slots=True)
class _Bound:
    """The engine's `ask` with the sampling settled."""

    engine: Engine
    sampling: Sampling

    async def __call__(
        self,
        messages: Messages,
        *,
        seed: int,
        max_tokens: int | None = None,
        prefix: str = "",
        choices: tuple[str, ...] = (),
        ends: Ends = NATURAL,
    ) -> Reply:
        return await self.engine.ask(messages, self.sampling, seed=seed, max_tokens=max_tokens, prefix=prefix, choices=choices, ends=ends)
