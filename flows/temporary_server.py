"""A temporary Prefect server for a flow that was given none: with its UI, and gone when the flow is, however it ends.

Prefect's own temporary server has no UI and outlives a killed flow; this one asks the kernel for SIGTERM when its
parent dies (Linux). It has a session of its own, so that Ctrl-C ends the flow first: a flow that has lost its server
asks for it again for minutes. The history stays in Prefect's usual database.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from prefect.logging.handlers import APILogHandler
from prefect.settings import PREFECT_API_URL, temporary_settings

from stillhouse.errors import UserError
from stillhouse.storage.store import without_credentials

START_SECONDS = 120
ANSWER_SECONDS = 20
_DIE_WITH_PARENT = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() != int(sys.argv[1]): sys.exit(1)
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


@contextmanager
def prefect_server() -> Iterator[str]:
    """Yields the address of the configured server, or of a temporary one that is started and stopped here.

    Raises UserError when the temporary server does not come up, or nothing answers at the configured address.
    """
    configured = PREFECT_API_URL.value()
    if configured:
        _check(configured)
        yield configured
        return
    port = _free_port()
    server = _start(port)
    try:
        _wait(server, port)
        with temporary_settings({PREFECT_API_URL: f"http://127.0.0.1:{port}/api"}):
            yield f"http://127.0.0.1:{port}"
    finally:
        APILogHandler().flush()  # the last lines of the flow's log are still on their way
        server.terminate()
        server.wait()


def _check(address: str) -> None:
    """Any answer will do; without one Prefect itself ends in a traceback."""
    try:
        httpx.get(f"{address.rstrip('/')}/health", timeout=ANSWER_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UserError(
            f"No Prefect server answers at PREFECT_API_URL={without_credentials(address)}: {error}.",
            "Start it, or unset the variable: a temporary server is then used.",
        ) from error


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(port: int) -> "subprocess.Popen[bytes]":
    uvicorn = ["-m", "uvicorn", "--factory", "prefect.server.api.server:create_app", "--host", "127.0.0.1", "--port", str(port)]
    environment = {
        **os.environ,
        "PREFECT_UI_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT__SERVER_FINAL": "1",
        # A page from elsewhere that is open in the user's browser must not run flows here: no foreign origin, and a token for changes.
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": f"http://127.0.0.1:{port}",
        "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true",
    }
    command = [sys.executable, "-c", _DIE_WITH_PARENT, str(os.getpid()), *uvicorn, "--log-level", "error"]
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)


def _wait(server: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/api/health").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise UserError(
        "The temporary Prefect server did not start.", "Set PREFECT_API_URL to a server of your own, or use `stillhouse run-all`."
    )
