"""An OpenAI-compatible server that answers with what it was asked, and misbehaves as it is told: real HTTP, no model."""

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

Act = Callable[[str, int], str]
"""What to do with a question that is asked for the n-th time: "ok", or one of the faults below."""
THOUGHT = "Let me see."


class FakeServer:
    """`act` decides; `seen` are the bodies and headers that came; `capacity` is how many it takes at once before it says 429."""

    def __init__(self) -> None:
        self.act: Act = lambda question, times: "ok"
        self.seen: list[tuple[dict[str, Any], dict[str, str]]] = []
        self.times: list[float] = []
        self.asked: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.capacity, self.seconds, self.retry_after = 10**9, 0.0, ""
        self.thinks = "reasoning"
        self.out = self.most = 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.seen.append((body, dict(request.headers)))
        self.times.append(time.monotonic())
        question = (body.get("messages") or body["input"])[-1]["content"]
        self.asked[question] += 1
        if self.out >= self.capacity:
            return self._status(429)
        self.out += 1
        self.most = max(self.most, self.out)
        try:
            return await self._answer(request, body, question, self.act(question, self.asked[question]))
        finally:
            self.out -= 1

    async def _answer(self, request: web.Request, body: dict[str, Any], question: str, act: str) -> web.StreamResponse:
        if act.isdigit():
            return self._status(int(act))
        if act == "long":
            return web.json_response(
                {"error": {"message": "over the maximum context length", "code": "context_length_exceeded"}}, status=400
            )
        if act == "quota":
            return web.json_response({"error": {"message": "pay first", "code": "insufficient_quota"}}, status=429)
        if act == "moved":
            return web.Response(status=307, headers={"Location": f"http://localhost:{self.port}/v1/elsewhere"})
        if act == "slow":
            await asyncio.sleep(30)
        if act == "garbage":
            return web.Response(body=b"<html>\xff", content_type="application/json")
        if act == "empty":
            return web.json_response({})
        await asyncio.sleep(self.seconds)
        answer = self.completion(body, question) if request.path.endswith("/chat/completions") else self.response(body, question)
        if body.get("stream"):
            return await self._stream(request, answer, act)
        if act == "cut":
            return await _cut(request, json.dumps(answer).encode())
        return web.json_response(answer)

    def completion(self, body: dict[str, Any], question: str) -> dict[str, Any]:
        text = f"{question} {body['seed']} {body['temperature']}"
        if form := body.get("response_format"):
            ((key, allowed),) = form["json_schema"]["schema"]["properties"].items()
            text = json.dumps({key: allowed["enum"][0]})
        message = {"role": "assistant", "content": text}
        if self.thinks == "tags":
            message["content"] = f"<think>\n{THOUGHT}\n</think>\n\n{text}"
        elif self.thinks:
            message[self.thinks] = THOUGHT
        usage = {"prompt_tokens": 7, "completion_tokens": 12, "completion_tokens_details": {"reasoning_tokens": 5}}
        return {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage}

    def response(self, body: dict[str, Any], question: str) -> dict[str, Any]:
        output = [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": THOUGHT}]},
            {"type": "message", "content": [{"type": "output_text", "text": f"{question} {body['temperature']}"}]},
        ]
        usage = {"input_tokens": 7, "output_tokens": 12, "output_tokens_details": {"reasoning_tokens": 5}}
        return {"status": "completed", "output": output, "usage": usage}

    async def _stream(self, request: web.Request, answer: dict[str, Any], act: str) -> web.StreamResponse:
        out = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await out.prepare(request)
        events = _chunks(answer) if "choices" in answer else [{"type": "response.completed", "response": answer}]
        for number, event in enumerate(events):
            if act == "cut" and number == len(events) // 2:
                assert request.transport
                request.transport.close()
                return out
            if act == "ended" and number == len(events) // 2:
                return out
            await out.write(f"data: {json.dumps(event)}\n\n".encode())
        await out.write(b"data: [DONE]\n\n")
        return out

    def _status(self, status: int) -> web.Response:
        self.statuses[status] += 1
        headers = {"Retry-After": self.retry_after} if self.retry_after else {}
        return web.json_response({"error": {"message": f"no, {status}"}}, status=status, headers=headers)


def _chunks(answer: dict[str, Any]) -> list[dict[str, Any]]:
    (choice,) = answer["choices"]
    deltas: list[dict[str, Any]] = []
    for name, text in choice["message"].items():
        if name != "role":
            deltas += [{name: text[i : i + 4]} for i in range(0, len(text), 4)]
    made = [{"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    return [*made, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}, {"choices": [], "usage": answer["usage"]}]


async def _cut(request: web.Request, data: bytes) -> web.StreamResponse:
    """Half of an answer, and then nothing."""
    out = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(data))})
    await out.prepare(request)
    await out.write(data[: len(data) // 2])
    assert request.transport
    request.transport.close()
    return out


@contextmanager
def fake_server() -> Iterator[FakeServer]:
    """Runs one in a thread of its own."""
    server, loop, ready = FakeServer(), asyncio.new_event_loop(), threading.Event()

    async def serve() -> web.AppRunner:
        app = web.Application(client_max_size=2**30)
        app.router.add_post("/{tail:.*}", server.handle)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, backlog=4096)
        await site.start()
        server.port = runner.addresses[0][1]
        return runner

    def run() -> None:
        asyncio.set_event_loop(loop)
        runners.append(loop.run_until_complete(serve()))
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runners[0].cleanup())
        loop.close()

    runners: list[web.AppRunner] = []
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
