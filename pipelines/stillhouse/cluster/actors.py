"""Actors of any number of kinds, alive at once, each in a Ray process of its own, placed by the resources they ask for.

`Actors` keeps what is idle for the next user, because a model takes about a minute to load, and ends the least recently
used of it when somebody else needs its place. The limit: it counts resources over the whole cluster, so idle actors
spread over many nodes may keep one that needs several GPUs of a single node waiting.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from stillhouse.cluster.host import Host
from stillhouse.errors import UserError
from stillhouse.progress import say

W_co = TypeVar("W_co", covariant=True)
ATTEMPTS = 3
STREAMED = 4  # results of one stream that may wait to be read
THREADS = 24  # calls that one actor serves at a time, a stream counting as one
_TELL_SECONDS = 15.0


class Ref(Protocol):
    """A value that Ray will hold once it is made. Opaque: only this package looks into it."""

    def hex(self) -> str: ...


class ActorDied(Exception):
    """The process of an actor ended in the middle of a call, or could not be made."""


class Actor(Generic[W_co]):
    """An instance of a class in its own Ray process, made again when that process dies.

    `generation` counts the processes, so that of several users who see a death only one makes the actor again.
    """

    def __init__(self, make: Callable[..., W_co], args: tuple[object, ...], cpus: float, gpus: float) -> None:
        import ray

        self.name = getattr(make, "__name__", "actor")
        self.generation = 0
        self._lock = threading.Lock()
        named = type(self.name, (Host,), {})  # Ray's dashboard shows the name of the class
        self._remote = ray.remote(named).options(num_cpus=cpus, num_gpus=gpus, max_concurrency=THREADS)
        self._arguments = (make, args)
        self._make()

    def _make(self) -> None:
        self._handle = self._remote.remote(*self._arguments)
        self._started = self._handle.start.remote()

    @property
    def started(self) -> Ref:
        """Ready when the instance is made, or cannot be; see `check_started`."""
        ref: Ref = self._started
        return ref

    def check_started(self) -> None:
        """Waits for the instance. Raises what its constructor raised, and ActorDied when its process is gone."""
        fetch(self.started)

    def send(self, method: str, *args: object) -> Ref:
        """Calls a method and does not wait."""
        ref: Ref = self._handle.call.remote(method, args)
        return ref

    def call(self, method: str, *args: object) -> object:
        """Calls a method and waits for its result. Raises ActorDied when the process is gone."""
        return fetch(self.send(method, *args))

    def open(self, method: str, *args: object) -> Iterator[Ref]:
        """Starts a generator method; its values come as references, a few of them ahead of the reader."""
        options = {"num_returns": "streaming", "_generator_backpressure_num_objects": STREAMED}
        stream: Iterator[Ref] = self._handle.stream.options(**options).remote(method, args)
        return stream

    def restart(self, generation: int) -> None:
        """Ends that process and makes the actor again; does nothing when somebody has done so already."""
        with self._lock:
            if generation == self.generation:
                self.kill()
                self.generation += 1
                self._make()

    def kill(self) -> None:
        """Ends the process, whatever it is doing."""
        import ray

        with suppress(ray.exceptions.RayError):
            ray.kill(self._handle, no_restart=True)


@contextmanager
def signals() -> Iterator[None]:
    """Around a wait of Ray's: what a signal's handler raises in it goes on as it is, not as the SystemError that Ray makes of it."""
    try:
        yield
    except SystemError as error:
        raise error.__cause__ or error from None


def fetch(ref: Ref) -> object:
    """The value behind a reference. Raises ActorDied, or what the method raised."""
    return fetch_next(iter((ref,)))


def fetch_next(stream: Iterator[Ref]) -> object:
    """The next value of an open stream. Raises StopIteration at its end, and else as `fetch`."""
    import ray

    try:
        with signals():
            return ray.get(next(stream))
    except ray.exceptions.RayTaskError as error:
        raise error.cause if isinstance(error.cause, UserError) else error from None
    except ray.exceptions.RayActorError as error:
        if error.actor_init_failed:
            raise UserError(f"An actor cannot be made: {_reason(error)}.", "The cluster's nodes need the same packages.") from error
        raise ActorDied(_reason(error)) from error


def watch(actor: Actor[object], method: str, *args: object) -> Iterator[object]:
    """Yields what a generator method yields. It is begun again when the actor's process dies, ATTEMPTS times in all.

    Raises UserError after that.
    """
    for attempt in range(1, ATTEMPTS + 1):
        generation = actor.generation
        try:
            actor.check_started()
            stream = actor.open(method, *args)
            with suppress(StopIteration):
                while True:
                    yield fetch_next(stream)
            return
        except ActorDied as error:
            if attempt == ATTEMPTS:
                raise UserError(f"{actor.name} died {ATTEMPTS} times: {error}.", "Give it more memory, or smaller batches.") from error
            say(f"  {actor.name} died and is started again (attempt {attempt + 1} of {ATTEMPTS}): {error}")
            actor.restart(generation)


@dataclass
class _Kept:
    """Actors of one key: how many use them now, what they hold in all, and when they were used last."""

    actors: list[Actor[object]]
    cpus: float
    gpus: float
    users: int = 0
    used: float = 0.0


class Actors:
    """The actors of one process, on the cluster that it has joined. Threads may share it. `close` ends them all.

    `with actors.acquire("vllm …", ModelWorker, args, cpus=0.5, gpus=0) as workers: …`
    """

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._changed = threading.Condition()

    def __enter__(self) -> "Actors":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def acquire(
        self, key: str, make: Callable[..., W_co], args: tuple[object, ...], cpus: float, gpus: float, count: int = 1
    ) -> Iterator[list[Actor[W_co]]]:
        """`count` actors of a kind, each with so many CPUs and GPUs; whoever uses the same key meanwhile shares them.

        Idle actors of other kinds are ended where their place is needed; while busy ones hold it, this waits. Raises
        UserError when the cluster is too small. Actors whose use ends in an error are not kept.
        """
        kept = self._take(key, lambda: Actor(make, args, cpus, gpus), cpus, gpus, count)
        try:
            yield kept.actors  # type: ignore[misc]  # made by `make`, or by an earlier user's of the same key
        except Exception:
            self._give_back(key, kept, keep=False)
            raise
        except BaseException:
            self._give_back(key, kept, keep=True)
            raise
        self._give_back(key, kept, keep=True)

    def close(self) -> None:
        """Ends every actor."""
        with self._changed:
            for key in list(self._kept):
                self._end(key)

    def _take(self, key: str, make: Callable[[], Actor[object]], cpus: float, gpus: float, count: int) -> _Kept:
        told = time.monotonic()
        with self._changed:
            while key not in self._kept and not self._make_room(cpus * count, gpus * count):
                self._changed.wait(1.0)
                if time.monotonic() - told > _TELL_SECONDS:
                    say(f"  {key.split()[0]}: waiting for {cpus * count:g} CPUs and {gpus * count:g} GPUs")
                    told = float("inf")
            if key not in self._kept:
                self._kept[key] = _Kept([make() for _ in range(count)], cpus * count, gpus * count)
            self._kept[key].users += 1
            return self._kept[key]

    def _make_room(self, cpus: float, gpus: float) -> bool:
        """Whether so much is free now, after ending what is idle, the least recently used first. Raises UserError if it never will be."""
        total_cpus, total_gpus = _capacity()
        if cpus > total_cpus or gpus > total_gpus:
            raise UserError(
                f"{cpus:g} CPUs and {gpus:g} GPUs are asked for at once, and the cluster has {total_cpus:g} and {total_gpus:g}.",
                "Ask for fewer `replicas`, a smaller `tensor_parallel_size`, or use a larger cluster.",
            )
        while not self._fits(cpus - total_cpus, gpus - total_gpus):
            idle = [key for key, kept in self._kept.items() if not kept.users]
            if not idle:
                return False
            self._end(min(idle, key=lambda key: self._kept[key].used))
        return True

    def _fits(self, over_cpus: float, over_gpus: float) -> bool:
        held = self._kept.values()
        slack = 1e-6  # CPUs come in fractions
        return sum(k.cpus for k in held) + over_cpus <= slack and sum(k.gpus for k in held) + over_gpus <= slack

    def _give_back(self, key: str, kept: _Kept, keep: bool) -> None:
        with self._changed:
            kept.users -= 1
            kept.used = time.monotonic()
            if not keep and not kept.users and self._kept.get(key) is kept:
                self._end(key)
            self._changed.notify_all()

    def _end(self, key: str) -> None:
        for actor in self._kept.pop(key).actors:
            actor.kill()


def _capacity() -> tuple[float, float]:
    import ray

    total = ray.cluster_resources()
    return float(total.get("CPU", 0)), float(total.get("GPU", 0))


def _reason(error: Exception) -> str:
    """What Ray says of a death, in one line: the reason is the last line, the first only says that there is one."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__).rstrip(".")
