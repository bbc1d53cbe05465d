"""The Ray cluster that this process uses: its own, on this machine, or the one that it is a job of."""

import os
import signal
import socket
import threading
from dataclasses import dataclass
from pathlib import Path

from stillhouse.errors import UserError
from stillhouse.progress import say
from stillhouse.recipe.sections import Cluster

_LOCK = threading.Lock()
_CONNECT_SECONDS = "20"
_KNOCK_SECONDS = 10.0


@dataclass(frozen=True)
class Session:
    """A joined Ray cluster. `cpus` and `gpus` are what it has in all."""

    dashboard: str
    cpus: int
    gpus: int


def join(cluster: Cluster) -> Session:
    """Joins the Ray cluster that this process is a job of, or starts a local one with its dashboard; once per process.

    A local one listens on the loopback alone. Any thread may call it. Raises UserError when Ray cannot start.
    """
    import ray

    with _LOCK:
        if not ray.is_initialized():
            inside_job = bool(os.environ.get("RAY_JOB_CONFIG_JSON_ENV_VAR"))
            # Ray's own switch for machines that are a cluster of their own: every port is then on 127.0.0.1, the workers' as well.
            ray._private.ray_constants.ENABLE_RAY_CLUSTER = inside_job
            if inside_job:
                _init("auto")
            else:
                # Ray starts a spare process per core, and keeps it: memory and time that an engine could use.
                os.environ.setdefault("RAY_enable_worker_prestart", "0")
                os.environ.setdefault("RAY_num_workers_soft_limit", "0")
                _init("local", include_dashboard=True, num_cpus=cluster.num_cpus, dashboard_host="127.0.0.1")
            say(f"Ray dashboard: {_describe().dashboard}")
    return _describe()


def connect(address: str) -> Session:
    """Joins the Ray cluster at `host:port`, or starts a local one for "local". Raises UserError where none answers."""
    if address == "local":
        return join(Cluster())
    _knock(address)
    # Without a limit Ray asks a host that answers and is no Ray again for minutes.
    os.environ.setdefault("RAY_gcs_rpc_server_reconnect_timeout_s", _CONNECT_SECONDS)
    with _LOCK:
        _init(address)
    return _describe()


def _knock(address: str) -> None:
    """Raises UserError where nothing listens: Ray itself would end this process, with a log of its own for a message."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_KNOCK_SECONDS).close()
    except (OSError, ValueError) as error:
        raise UserError(f"No Ray cluster answers at {address}: {error}.", "Give host:port of its head.") from error


def leave() -> None:
    """Ends this process's part in the cluster, and the cluster itself where this process started it."""
    import ray

    if ray.is_initialized():
        ray.shutdown()


def _init(address: str, **options: object) -> None:
    # Work is sent to actors without waiting for each call; when one dies, `dispatch` tells it, once.
    os.environ.setdefault("RAY_IGNORE_UNHANDLED_ERRORS", "1")
    import ray

    ours = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(address=address, logging_level="ERROR", log_to_driver=False, **options)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        cause = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        where = "on this machine" if address == "local" else f"at {address}"
        way_out = "Free memory and disk space, then try again." if address == "local" else "Give host:port of its head."
        raise UserError(f"No Ray cluster starts or answers {where}: {cause}.", way_out) from error

    _keep_token_private()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, ours)  # Ray's own prints a stack and exits with 15


def _keep_token_private() -> None:
    """Ray makes its token readable for every user of the machine."""
    token = Path.home() / ".ray" / "auth_token"
    if token.is_file() and token.stat().st_uid == os.geteuid():
        token.chmod(0o600)


def _describe() -> Session:
    import ray

    total = ray.cluster_resources()
    url = ray._private.worker.get_dashboard_url() or ""
    return Session(f"http://{url}" if url else "", int(total.get("CPU", 1)), int(total.get("GPU", 0)))
