"""A model behind an OpenAI-compatible server as an engine; the only module that imports openai.

A request that fails is tried again, up to `server.attempts` times; what fails for good is a row with its reason, unless the
server answers nobody: then the run stops with one line and everything unanswered stays owed. 429 and Retry-After put requests
off and press the server less. A key goes where `recipe.endpoint` allows it, redirects are not followed, and no other variable
of the environment is sent. The limit: a server's texts are its own affair, so a seed is a wish, and an answer that was lost on
the way may have been paid for.
"""

import asyncio
import os
import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from stillhouse.cluster.metrics import show
from stillhouse.cluster.session import Session
from stillhouse.engines.base import NATURAL, Ability, Ends, Placement, Reply
from stillhouse.engines.meter import NOTHING, Meter, Spent
from stillhouse.engines.patience import Blame, Slots
from stillhouse.engines.prompts import Messages
from stillhouse.engines.wire import PATHS, Body, Pieces, Unreadable, body, estimate, most_output_tokens, most_prompt_tokens, reply
from stillhouse.errors import UserError
from stillhouse.recipe.endpoint import Server, check_secret_may_go
from stillhouse.recipe.sections import Sampling

# The module and not `vllm serve`, which does not start where vLLM was installed as its CPU build.
SERVE = "Serve the model (`python -m vllm.entrypoints.openai.api_server`) and give base_url and model."
QUEUED = 2
CPUS = 0.25
TELL_SECONDS = 2.0
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
SUSPECTS = 8  # requests that fail one after the other, with no answer between them, before the server is to blame
NEVER = 2**31
_SENT = frozenset({"host", "accept", "accept-encoding", "connection", "content-type", "content-length", "user-agent", "idempotency-key"})
_TOO_LONG = re.compile(r"context[ _]length|maximum context|max_model_len|prompt is too long|too many tokens", re.IGNORECASE)
_FOR_ALL = {401: "the key", 402: "the account", 404: "the address or the model"}


class EndpointError(Exception):
    """A request that has no answer."""


class _Failed(Exception):
    """This try came to nothing; the next may not. `received` is what had come of the answer, `after` the pause that is asked for."""

    def __init__(self, reason: str, received: str = "", after: float = 0.0) -> None:
        super().__init__(reason)
        self.received, self.after = received, after


class _Busy(Exception):
    """The server takes no request now. `after` is how long it asks to be left alone."""

    def __init__(self, reason: str, after: float | None) -> None:
        super().__init__(reason)
        self.after = after


class _Refused(Exception):
    """The server will not answer this request however often it is sent."""


class _TooLong(Exception):
    """The prompt does not fit into the model's context."""


@dataclass(frozen=True)
class EndpointServed:
    """A model served elsewhere: one actor holds the connections. `spent` is what its traces have cost so far."""

    server: Server
    spent: Spent = NOTHING

    @property
    def key(self) -> str:
        return f"endpoint {self.server.model_dump_json()}"

    @property
    def abilities(self) -> frozenset[Ability]:
        if self.server.api == "responses":
            return frozenset({"choices"})
        return frozenset({"choices", "stop", "prefix", "thinking", "repeats"} if self.server.vllm else {"choices", "stop"})

    def place(self, session: Session) -> Placement:
        return Placement(1, cpus=min(CPUS, session.cpus / 4), gpus=0, threads=1, window=QUEUED * self.server.concurrency)

    def load(self, placement: Placement) -> "EndpointEngine":
        return EndpointEngine(self.server, self.spent)


class EndpointEngine:
    """The server as an engine. Raises UserError when the key is missing or must not go there.

    hasty: the first refusal is the server's, and a failure is the request's; for callers that ask little.
    """

    def __init__(self, server: Server, spent: Spent = NOTHING, hasty: bool = False) -> None:
        self._server = server
        self._key = key_of(server)
        self._client = _client(server, self._key)
        self._slots, self._meter = Slots(server.concurrency), Meter(server, spent)
        self._failures = Blame(NEVER, moment=0.0) if hasty else Blame(SUSPECTS)
        # A server that answers may still know no structured outputs.
        self._refusals = {held: Blame(1 if hasty else SUSPECTS) for held in (False, True)}

    async def ask(
        self,
        messages: Messages,
        sampling: Sampling,
        *,
        seed: int,
        max_tokens: int | None = None,
        prefix: str = "",
        choices: tuple[str, ...] = (),
        ends: Ends = NATURAL,
    ) -> Reply:
        """See `base.Engine`. Raises EndpointError for a request without an answer, UserError when the server answers nobody."""
        made = body(self._server, messages, sampling, seed=seed, max_tokens=max_tokens, prefix=prefix, choices=choices, ends=ends)
        refusals = self._refusals[bool(choices)]
        async with refusals.at_work(), self._failures.at_work():
            try:
                found = await self._patiently(made, prefix, choices, refusals)
            except _TooLong:
                return Reply("", "", "", "none", "prompt_too_long", 0, 0, 0, 0.0)
            refusals.answered()
            self._failures.answered()
            return found

    async def serve(self) -> None:
        """Nothing is to be done between requests but to tell of the slots."""
        while True:
            tags = {"engine": self._server.model, "process": str(os.getpid())}
            show("stillhouse_slots", int(self._slots.limit), **tags)
            show("stillhouse_slots_busy", self._slots.out, **tags)
            await asyncio.sleep(TELL_SECONDS)

    async def _patiently(self, made: Body, prefix: str, choices: tuple[str, ...], refusals: Blame) -> Reply:
        began = time.monotonic()
        tries = delays = 0
        while True:
            try:
                return await self._once(made, prefix, choices)
            except _Refused as error:
                if not refusals.answers:
                    way_out = "For a server without structured outputs set `settle: false`." if choices else "Change what the recipe sends."
                    await refusals.settle(f"{self._server.base_url} refuses each request: {error}.", way_out)
                raise EndpointError(str(error)) from None
            except _Busy as error:
                wait = _wait(delays) if error.after is None else error.after
                if time.monotonic() + wait - began > self._server.busy_seconds:
                    raise UserError(
                        f"{self._server.base_url} is busy and asks to wait {wait:,.0f} s: {error}.", "Run again later: nothing is lost."
                    ) from None
                delays += 1
            except _Failed as error:
                tries += 1
                if tries >= self._server.attempts:
                    await self._give_up(f"{error} ({tries} attempts)")
                wait = max(_wait(tries), min(error.after, LONGEST_WAIT))
            await asyncio.sleep(wait)

    async def _give_up(self, reason: str) -> None:
        await self._failures.settle(f"{self._server.base_url} answers no request: {reason}.", "Run again once it does: nothing is lost.")
        raise EndpointError(reason)

    async def _once(self, made: Body, prefix: str, choices: tuple[str, ...]) -> Reply:
        """One try, in a slot and within the budget."""
        prompt = most_prompt_tokens(made)
        async with self._meter.charged(Spent(prompt, most_output_tokens(made))) as bill, self._slots.one() as taken:
            try:
                answer = await self._post(made)
                found = reply(self._server.api, answer, prefix, choices, (time.monotonic() - taken) / self._slots.out)
            except _Busy as error:
                self._slots.busy(taken, _wait(0) if error.after is None else error.after)
                raise
            except Unreadable as error:
                bill.cost = Spent(prompt // 4, 0)
                raise _Failed(self._told(f"unreadable: {error}")) from None
            except _Failed as error:
                bill.cost = Spent(prompt // 4, estimate(error.received)) if error.received else Spent()
                raise
            bill.cost = Spent(found.prompt_tokens or prompt // 4, found.output_tokens)
            self._slots.answered(taken, found.output_tokens)
            return found

    async def _post(self, made: Body) -> Any:
        """The answer as it came. Raises what kind of failure it is."""
        import openai

        pieces = Pieces()
        try:
            async with asyncio.timeout(self._server.timeout_seconds):
                return await (self._streamed(made, pieces) if self._server.stream else self._whole(made))
        except openai.APIStatusError as error:
            raise _sorted(error, self._told) from None
        except openai.APIConnectionError as error:
            raise _Failed(f"{error.message.rstrip('.')}: {error.__cause__ or ''}", pieces.received) from None
        except openai.APIError as error:  # in the middle of a stream
            raise _Failed(self._told(error.message), pieces.received) from None
        except TimeoutError:
            raise _Failed(f"no answer in {self._server.timeout_seconds:g} s", pieces.received) from None
        except (ValueError, UnicodeError) as error:
            raise _Failed(self._told(f"unreadable: {error}"), pieces.received) from None

    def _told(self, message: str) -> str:
        """What the server said, without the key: a server that says what it was sent would put it into rows that are published."""
        return message.replace(self._key, "***") if self._key else message

    async def _whole(self, made: Body) -> Any:
        import httpx2

        answer = await self._client.post(PATHS[self._server.api], body=made, cast_to=httpx2.Response)
        if answer.status_code != 200:  # a redirect
            raise _Refused(f"status {answer.status_code}")
        return answer.json()

    async def _streamed(self, made: Body, pieces: Pieces) -> Any:
        import openai

        more: Body = {"stream": True} if self._server.api == "responses" else {"stream": True, "stream_options": {"include_usage": True}}
        stream = await self._client.post(
            PATHS[self._server.api], body={**made, **more}, cast_to=object, stream=True, stream_cls=openai.AsyncStream[object]
        )
        async with stream:
            async for chunk in stream:
                if self._server.api == "chat":
                    pieces.add(chunk)
                elif isinstance(chunk, dict) and isinstance(chunk.get("response"), dict) and chunk.get("type") in _LAST_EVENTS:
                    return chunk["response"]
        if self._server.api == "responses":
            raise _Failed("the stream was cut")
        return pieces.answer


_LAST_EVENTS = ("response.completed", "response.incomplete", "response.failed")


class Blocking:
    """The same engine for code without an event loop; any number of threads may ask. A failure raises EndpointError at once."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._loop = asyncio.new_event_loop()
        self._engine = EndpointEngine(server, hasty=True)
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def ask(
        self,
        messages: Messages,
        sampling: Sampling,
        *,
        seed: int = 0,
        prefix: str = "",
        choices: tuple[str, ...] = (),
        ends: Ends = NATURAL,
    ) -> Reply:
        """See `EndpointEngine.ask`."""
        asked = self._engine.ask(messages, sampling, seed=seed, prefix=prefix, choices=choices, ends=ends)
        return asyncio.run_coroutine_threadsafe(asked, self._loop).result()


def key_of(server: Server) -> str:
    """The key, or nothing where the recipe names none. Raises UserError where it is missing or would go over a network in the clear."""
    if not server.api_key_env:
        return ""
    key = os.environ.get(server.api_key_env, "")
    if not key:
        raise UserError(f"The environment variable {server.api_key_env} is empty.", "Set it to the endpoint's key.")
    check_secret_may_go(server.base_url, f"The key in {server.api_key_env}")
    return key


def _client(server: Server, key: str) -> Any:
    """openai's client, without its own retries, redirects, and the headers that it would take from the environment."""
    import httpx2
    import openai

    async def ours(request: httpx2.Request) -> None:
        for name in [name for name in request.headers if name not in _SENT]:
            del request.headers[name]
        if key:
            request.headers["Authorization"] = f"Bearer {key}"

    limits = httpx2.Limits(max_connections=server.concurrency, max_keepalive_connections=server.concurrency)
    http = httpx2.AsyncClient(limits=limits, timeout=server.timeout_seconds, follow_redirects=False, event_hooks={"request": [ours]})
    return openai.AsyncOpenAI(
        api_key=key or "none", base_url=server.base_url, max_retries=0, timeout=server.timeout_seconds, http_client=http
    )


def _sorted(error: Any, told: Callable[[str], str]) -> Exception:
    """What a status says: to wait, to try again, or never. `told` is how what the server said may be repeated."""
    status, message = error.status_code, " ".join(told(f"{error.status_code} {_message(error)}").split())[:300]
    if status in _FOR_ALL:
        return UserError(f"The server refuses {_FOR_ALL[status]}: {message}.", "Check base_url, model and api_key_env.")
    if status == 429 and error.code == "insufficient_quota":
        return UserError(f"The account's quota is used up: {message}.", "What was bought is kept: run again for the rest.")
    after = retry_after(error.response.headers)
    if status == 429:
        return _Busy(message, after)
    if status in (408, 409, 425) or status >= 500:
        return _Failed(message, after=after or 0.0)
    if error.code == "context_length_exceeded" or too_long(message):
        return _TooLong(message)
    return _Refused(message)


def too_long(message: str) -> bool:
    """Whether a refusal says that the prompt does not fit into the model's context."""
    return _TOO_LONG.search(message) is not None


def _message(error: Any) -> str:
    found = error.body.get("message") if isinstance(error.body, dict) else None
    return found if isinstance(found, str) else str(error.body or error.message)


def retry_after(headers: Any) -> float | None:
    """How long the server asks to be left alone, in seconds: given as a number or as a date."""
    text = headers.get("retry-after", "").strip()
    if text.replace(".", "", 1).isdigit():
        return float(text)
    try:
        return max(0.0, float(parsedate_to_datetime(text).timestamp()) - time.time()) if text else None
    except (ValueError, OverflowError):
        return None


def _wait(tries: int) -> float:
    """Doubles with each try, with a part left to chance so that requests do not come back together."""
    return float(min(LONGEST_WAIT, FIRST_WAIT * 2**tries) * random.uniform(0.5, 1.0))
