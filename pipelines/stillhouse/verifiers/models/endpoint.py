"""One chat request to an OpenAI-compatible endpoint, with patience: what a busy server refuses is asked again."""

import os
import time
from typing import Any

from stillhouse.errors import UserError
from stillhouse.recipe.endpoint import check_secret_may_go
from stillhouse.recipe.judging import Judge

# The module and not `vllm serve`, which does not start where vLLM was installed as its CPU build.
SERVE = "Serve the model (`python -m vllm.entrypoints.openai.api_server`) and give base_url and model."
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0


class EndpointError(Exception):
    """The endpoint gave no usable answer in all attempts."""


class CutOff(EndpointError):
    """The answer ran out of tokens; `text` is what there is of it."""

    def __init__(self, text: str) -> None:
        super().__init__("the answer was cut off: raise max_tokens")
        self.text = text


def chat(settings: Judge, messages: list[dict[str, str]], *, schema: dict[str, Any] | None = None) -> str:
    """The assistant's text; with a JSON schema the endpoint holds it to that form.

    Raises CutOff for a text that ran out of tokens, EndpointError, or UserError where the key is missing or the request is refused.
    """
    import httpx

    body: dict[str, Any] = {
        "model": settings.model,
        "messages": messages,
        "max_tokens": settings.max_tokens,
        "temperature": settings.temperature,
        "seed": 0,
    }
    if schema is not None:
        body["response_format"] = {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": schema}}
    why = ""
    for attempt in range(settings.attempts):
        wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2**attempt)
        try:
            reply = httpx.post(
                f"{settings.base_url.rstrip('/')}/chat/completions", json=body, headers=_headers(settings), timeout=settings.timeout_seconds
            )
        except httpx.HTTPError as error:
            why = f"{type(error).__name__}: {error}"
        else:
            if reply.status_code == 200:
                return _text(reply)
            if reply.status_code != 429 and reply.status_code < 500:
                hint = "For an endpoint without structured outputs set `settle: false`." if schema else ""
                raise UserError(f"{settings.base_url} refused the judge's request: {reply.status_code} {reply.text[:200]}.", hint)
            why = f"status {reply.status_code}"
            wait = _retry_after(reply.headers.get("retry-after"), wait)
        if attempt + 1 < settings.attempts:
            time.sleep(wait)
    raise EndpointError(f"{settings.base_url}: {why} ({settings.attempts} attempts)")


def _headers(settings: Judge) -> dict[str, str]:
    if not settings.api_key_env:
        return {}
    key = os.environ.get(settings.api_key_env)
    if not key:
        raise UserError(f"The environment variable {settings.api_key_env} is empty.", "Set it to the endpoint's key.")
    check_secret_may_go(settings.base_url, f"The key in {settings.api_key_env}")
    return {"Authorization": f"Bearer {key}"}


def _text(reply: Any) -> str:
    """The message of the first choice."""
    try:
        choice = reply.json()["choices"][0]
        content = choice["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise EndpointError(f"no chat completion: {reply.text[:200]}") from error
    if not isinstance(content, str):
        raise EndpointError(f"no text: {reply.text[:200]}")
    if choice.get("finish_reason") == "length":
        raise CutOff(content)
    return content


def _retry_after(header: str | None, otherwise: float) -> float:
    return min(_LONGEST_WAIT, float(header)) if header and header.replace(".", "", 1).isdigit() else otherwise
