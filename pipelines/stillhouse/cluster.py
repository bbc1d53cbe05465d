"""Ray: the only module that imports it. Actors, shards spread over them, and the cluster that a run uses.

Embedded by default: `join` starts a local Ray with its dashboard, which ends with the process. Inside a Ray job it
joins that job's cluster. An actor that dies is started again and its shard is given out again, a bounded number of
times; a shard's rows are committed by the caller, once, whatever was repeated.
"""

import os
import queue
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stillhouse.errors import UserError
from stillhouse.progress import say
from stillhouse.recipe.sections import Cluster

ATTEMPTS = 3
PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class Session:
    """A joined Ray cluster. `cpus` and `gpus` are what it has in all."""

    dashboard: str
    cpus: int
    gpus: int


def _ray() -> Any:
    """Ray, imported when it is first needed."""
    import ray

    return ray


def join(cluster: Cluster) -> Session:
    """Joins the Ray cluster that this process is a job of, or starts a local one with its dashboard; once per process.

    A local one listens on the loopback alone. Raises UserError where Ray does not start.
    """
    ray = _ray()
    if not ray.is_initialized():
        inside_job = bool(os.environ.get("RAY_JOB_CONFIG_JSON_ENV_VAR"))
        # Ray's own switch for machines that are a cluster of their own: every port is then on 127.0.0.1, the workers' as well.
        ray._private.ray_constants.ENABLE_RAY_CLUSTER = inside_job
        local = {"include_dashboard": True, "num_cpus": cluster.num_cpus, "dashboard_host": "127.0.0.1"}
        ours = signal.getsignal(signal.SIGTERM)
        try:
            ray.init(address="auto" if inside_job else "local", logging_level="ERROR", log_to_driver=False, **({} if inside_job else local))
        except (OSError, RuntimeError, ValueError) as error:
            raise UserError(f"Ray does not start here: {_first_line(error)}.", "Check the disk under /tmp and /dev/shm.") from error
        _keep_token_private()
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, ours)  # Ray's own prints a stack and exits with 15
        say(f"Ray dashboard: {_describe().dashboard}")
    return _describe()


def _keep_token_private() -> None:
    """Ray makes its token readable for every user of the machine."""
    token = Path.home() / ".ray" / "auth_token"
    if token.is_file() and token.stat().st_uid == os.geteuid():
        token.chmod(0o600)


def connect(address: str) -> Session:
    """Joins the Ray cluster at `host:port`, or starts a local one for "local". Raises UserError where none answers."""
    if address == "local":
        return join(Cluster())
    ray = _ray()
    try:
        host, _, port = address.rpartition(":")
        socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE_SECONDS).close()  # Ray itself asks for minutes
        ray.init(address=address, logging_level="ERROR", log_to_driver=False)
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(f"No Ray cluster answers at {address}: {_first_line(error)}.", "Give host:port of its head.") from error
    return _describe()


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


def leave() -> None:
    """Ends the kept actors and, where this process started it, the local Ray."""
    ray = _ray()
    if ray.is_initialized():
        release_actors()
        ray.shutdown()


def _describe() -> Session:
    ray = _ray()
    total = ray.cluster_resources()
    url = ray._private.worker.get_dashboard_url() or ""
    return Session(f"http://{url}" if url else "", int(total.get("CPU", 1)), int(total.get("GPU", 0)))


class Actor:
    """A class instance in its own Ray process, made again when that process dies."""

    def __init__(self, make: type[Any], args: tuple[Any, ...], cpus: float, gpus: float) -> None:
        ray = _ray()
        remote = ray.remote(make)
        self._make: Callable[[], Any] = lambda: remote.options(num_cpus=cpus, num_gpus=gpus, max_concurrency=1).remote(*args)
        self._handle = self._make()

    def wait(self) -> None:
        """Returns when the instance is made. Raises what its constructor raised."""
        ray = _ray()
        try:
            ray.get(self._handle.__ray_ready__.remote())
        except ray.exceptions.RayTaskError as error:
            raise error.cause if isinstance(error.cause, UserError) else error from None
        except ray.exceptions.RayActorError as error:
            raise ActorDied(str(error)) from error

    def stream(self, method: str, *args: Any) -> Iterator[Any]:
        """Yields what a generator method yields. Raises ActorDied when its process is gone."""
        ray = _ray()
        try:
            for ref in getattr(self._handle, method).options(num_returns="streaming").remote(*args):
                yield ray.get(ref)
        except ray.exceptions.RayActorError as error:
            raise ActorDied(str(error)) from error
        except ray.exceptions.RayTaskError as error:
            cause = error.cause
            raise cause if isinstance(cause, UserError) else error from None

    def restart(self) -> None:
        self.kill()
        self._handle = self._make()

    def kill(self) -> None:
        ray = _ray()
        ray.kill(self._handle, no_restart=True)


class ActorDied(Exception):
    """The process of an actor ended in the middle of a call."""


_ACTORS: dict[str, Actor] = {}


def keep_actor(key: str, make: Callable[[], Actor]) -> Actor:
    """The actor kept under this key, made on first use; any other kept actor is ended first, to free its cores."""
    if key not in _ACTORS:
        release_actors()
        _ACTORS[key] = make()
    return _ACTORS[key]


def release_actors() -> None:
    """Ends every kept actor."""
    for actor in _ACTORS.values():
        actor.kill()
    _ACTORS.clear()


def spread(
    actors: list[Actor], work: list[tuple[int, Any]], call: Callable[[Actor, Any], Iterator[Any]]
) -> Iterator[tuple[int, list[Any] | None]]:
    """Gives out shards to actors: yields (shard, new items) as they come and (shard, None) when a shard is complete.

    When the actor of a shard dies the shard starts over: (shard, [RESTARTED]) comes first, and what was yielded of it
    before must be thrown away.
    """
    todo: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
    for item in work:
        todo.put(item)
    results: queue.SimpleQueue[tuple[int, list[Any] | None] | BaseException | None] = queue.SimpleQueue()
    stop = threading.Event()
    threads = [threading.Thread(target=_serve, args=(actor, todo, results, call, stop), daemon=True) for actor in actors]
    for thread in threads:
        thread.start()
    try:
        yield from _collect(results, len(threads))
    finally:
        stop.set()


def _collect(results: Any, running: int) -> Iterator[tuple[int, list[Any] | None]]:
    while running:
        result = results.get()
        if result is None:
            running -= 1
        elif isinstance(result, BaseException):
            raise result
        else:
            yield result


def _serve(actor: Actor, todo: Any, results: Any, call: Any, stop: threading.Event) -> None:
    try:
        while not stop.is_set():
            try:
                index, payload = todo.get_nowait()
            except queue.Empty:
                break
            _run_shard(actor, index, payload, results, call, stop)
        results.put(None)
    except BaseException as error:
        results.put(error)


def _run_shard(actor: Actor, index: int, payload: Any, results: Any, call: Any, stop: threading.Event) -> None:
    """Runs one shard; nothing of it is handed on before an attempt is whole, except its progress."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            for items in call(actor, payload):
                results.put((index, items))
        except ActorDied as error:
            if attempt == ATTEMPTS or stop.is_set():  # an interrupt ends the workers too: start none again
                raise
            say(f"  a worker died on shard {index}; starting it again (attempt {attempt + 1} of {ATTEMPTS}): {str(error).splitlines()[0]}")
            actor.restart()
            results.put((index, [RESTARTED]))
        else:
            results.put((index, None))
            return


RESTARTED = "restarted"
