"""A real headless Chromium, driven over its own debugging protocol: what the tests of pages look through."""

import base64
import itertools
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

FOUND = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-port=0", "--window-size=1400,900",
)  # fmt: skip


class Page:
    """One tab."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection, self._numbers = connection, itertools.count(1)
        self.errors: list[str] = []
        for domain in ("Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: Any) -> Any:
        """One command and its result; what the page complains of meanwhile is kept in `errors`."""
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            said = json.loads(self._connection.recv(timeout=30))
            if said.get("id") == number:
                assert "error" not in said, said["error"]
                return said["result"]
            if said.get("method") == "Runtime.exceptionThrown" or said.get("params", {}).get("entry", {}).get("level") == "error":
                self.errors.append(json.dumps(said["params"])[:500])

    def js(self, expression: str) -> Any:
        """What an expression comes to in the page; a promise is awaited."""
        result = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def until(self, expression: str, seconds: float = 20) -> Any:
        """Waits until an expression is true."""
        end = time.monotonic() + seconds
        while not (value := self.js(expression)):
            assert time.monotonic() < end, (expression, self.js("document.body.innerText.slice(0, 800)"), self.errors)
            time.sleep(0.02)
        return value

    def go(self, address: str) -> None:
        self.send("Page.navigate", url=address)
        self.until("document.readyState === 'complete'")

    def key(self, key: str) -> None:
        """A key pressed and let go."""
        text = {"text": key} if len(key) == 1 else {}
        self.send("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self.send("Input.dispatchKeyEvent", type="keyUp", key=key)

    def size(self, width: int, height: int, dark: bool = False) -> None:
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def screenshot(self, target: Path) -> None:
        target.write_bytes(base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"]))


@contextmanager
def chromium() -> Iterator[Page]:
    """A browser of its own, with an empty profile."""
    assert FOUND is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [FOUND, *FLAGS, f"--user-data-dir={profile}", "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            with connect(_tab(Path(profile) / "DevToolsActivePort"), max_size=None) as connection:
                yield Page(connection)
        finally:
            process.terminate()
            process.wait(20)


def _tab(written: Path) -> str:
    """The socket of the first tab, once the browser has written where it listens."""
    end = time.monotonic() + 30
    while not (written.exists() and written.read_text().strip()):
        assert time.monotonic() < end, "Chromium did not start"
        time.sleep(0.05)
    port = written.read_text().split()[0]
    while True:
        tabs = [tab for tab in httpx.get(f"http://127.0.0.1:{port}/json").json() if tab["type"] == "page"]
        if tabs:
            return str(tabs[0]["webSocketDebuggerUrl"])
        assert time.monotonic() < end, "Chromium opened no tab"
        time.sleep(0.05)
