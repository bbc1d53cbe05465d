"""Wall: what an endpoint sends. It has the recipe's seconds from first to last byte, and no message repeats the key that it was sent."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from stillhouse.engines.endpoint import Blocking, EndpointError
from stillhouse.errors import UserError
from stillhouse.recipe.endpoint import Server
from stillhouse.recipe.sections import Sampling

KEY = "sk-very-secret"
ASKED = [{"role": "user", "content": "x"}]


class Hostile(BaseHTTPRequestHandler):
    def answer(self) -> None:
        """A test puts its own in this place."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        with suppress(OSError):  # the client has gone: that is what is wanted
            self.answer()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[Blocking]:
    monkeypatch.setenv("HOSTILE_API_KEY", KEY)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    server.daemon_threads = True
    server.block_on_close = False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/v1"
    yield Blocking(Server(base_url=address, model="m", api_key_env="HOSTILE_API_KEY", attempts=1, timeout_seconds=1.0))
    server.shutdown()
    server.server_close()


def echo(status: int) -> Callable[[Hostile], None]:
    return lambda handler: handler.reply(status, json.dumps({"error": {"message": f"no {handler.headers['Authorization']}"}}).encode())


def plain(handler: Hostile) -> None:
    handler.reply(403, f"no {handler.headers['Authorization']}".encode())


@pytest.mark.parametrize("answer", [echo(401), echo(400), echo(403), echo(500), plain], ids=["401", "400", "403", "500", "plain text"])
def test_a_key_that_an_endpoint_says_back_is_in_no_message(
    model: Blocking, monkeypatch: pytest.MonkeyPatch, answer: Callable[[Hostile], None]
) -> None:
    monkeypatch.setattr(Hostile, "answer", answer)
    with pytest.raises((UserError, EndpointError)) as caught:
        model.ask(ASKED, Sampling())
    assert "***" in str(caught.value)
    assert KEY not in str(caught.value)


def test_a_reply_that_drips_ends_in_the_recipes_seconds(model: Blocking, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def drip(handler: Hostile) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        for _ in range(300):
            if ended.wait(0.1):
                break
            handler.wfile.write(b" ")
        ended.set()

    monkeypatch.setattr(Hostile, "answer", drip)
    with pytest.raises((UserError, EndpointError), match="no answer in 1 s"):
        model.ask(ASKED, Sampling())
    assert not ended.is_set(), "the client waited for the whole reply"
    ended.set()
