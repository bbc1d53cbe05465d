"""Real Ray for tests: in this process, or a head of its own with a Jobs API on the loopback."""

import itertools
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stillhouse.cluster.session import join, leave
from stillhouse.recipe.sections import Cluster

os.environ["RAY_AUTH_MODE"] = "token"


PORTS = range(20_000, 32_000)
"""Below those that a kernel hands out: Ray's own parts ask for such while a head starts, and one took the port of another."""


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on, and that nobody is given by chance."""
    return list(itertools.islice(filter(_free, random.sample(PORTS, len(PORTS))), count))


def _free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@contextmanager
def ray_head(cpus: int = 2) -> Iterator[str]:
    """The Jobs address of a head that ends with the block."""
    port, dashboard, client, agent = free_ports(4)
    if not (Path.home() / ".ray" / "auth_token").exists():  # Ray makes it when a local cluster is first started
        subprocess.run([sys.executable, "-c", "import ray; ray.init(address='local', num_cpus=1, include_dashboard=False)"], check=True)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    options = [
        "--head",
        "--block",
        f"--port={port}",
        f"--dashboard-port={dashboard}",
        f"--ray-client-server-port={client}",
        f"--dashboard-agent-listen-port={agent}",
        f"--num-cpus={cpus}",
    ]
    command = [sys.executable, "-c", "from ray.scripts.scripts import main; main()", "start", *options]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{dashboard}"
    try:
        _wait_for(address)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _wait_for(address: str) -> None:
    from ray.job_submission import JobSubmissionClient

    deadline = time.monotonic() + 180
    while True:
        try:
            JobSubmissionClient(address).list_jobs()
            return
        except (ConnectionError, RuntimeError):
            assert time.monotonic() < deadline, "the Ray head did not start"
            time.sleep(0.5)


@contextmanager
def local_ray(cpus: int, folder: Path) -> Iterator[None]:
    """Ray on this machine for the block; its workers can import the modules of `folder`."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(folder), before or ""])
    join(Cluster(num_cpus=cpus))
    try:
        yield
    finally:
        leave()
        os.environ["PYTHONPATH"] = before or ""
