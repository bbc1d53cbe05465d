"""Addresses, keys and servers that a recipe names: a recipe may come from elsewhere, so it decides little about where secrets go.

Guarantee: a key or token of this machine is sent over https, to this machine itself, or to a host that its own environment
names in STILLHOUSE_TRUSTED_HOSTS (comma-separated, for plain http inside a cluster); and of the environment only variables
called *_API_KEY are read. The limit: an https server with such a key's name in the recipe gets that key, so read a recipe before you run it.
"""

import os
import re
from ipaddress import ip_address
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field

from stillhouse.errors import UserError
from stillhouse.recipe.section import Circumstance, Section

TRUSTED = "STILLHOUSE_TRUSTED_HOSTS"
_KEY = re.compile(r"[A-Z][A-Z0-9_]*_API_KEY")
_NOT_FOR_MODELS = frozenset({"PREFECT_API_KEY", "WANDB_API_KEY"})


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if not sound or re.search(r"\s", value):
        raise ValueError("an address begins with http:// or https:// and names a host, such as http://127.0.0.1:8265")
    if "@" in parts.netloc:
        raise ValueError("an address carries no user and no password: give a key by the name of its environment variable")
    return value


def _key_name(value: str) -> str:
    if value and (not _KEY.fullmatch(value) or value in _NOT_FOR_MODELS):
        raise ValueError("only a variable whose name ends in _API_KEY, and that is meant for a model's endpoint, is sent anywhere")
    return value


Address = Annotated[str, AfterValidator(_address)]
KeyName = Annotated[str, AfterValidator(_key_name)]


def check_secret_may_go(address: str, what: str) -> None:
    """Raises UserError where `what`, a secret, would cross a network in the clear."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not _is_here(parts) and not _is_trusted(parts):
        raise UserError(
            f"{what} would go to {parts.scheme}://{parts.netloc.rpartition('@')[2]} unencrypted.",
            f"Use https, a tunnel to 127.0.0.1, or name the host in the environment variable {TRUSTED}.",
        )


def _is_here(parts: SplitResult) -> bool:
    try:
        return parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def _is_trusted(parts: SplitResult) -> bool:
    return parts.hostname in {host.strip().lower() for host in os.environ.get(TRUSTED, "").split(",") if host.strip()}


class Prices(Section):
    """What a server takes for a million tokens, in the money of the budget. Reasoning is output."""

    prompt: float = Field(0.0, ge=0)
    output: float = Field(0.0, ge=0)


class Budget(Section):
    """What all traces of a step may cost, those of earlier runs included. Failed requests count by estimate."""

    tokens: int | None = Field(None, ge=1, description="Prompt and output together.")
    money: float | None = Field(None, gt=0, description="By `prices`.")


class Server(Section):
    """A model behind an OpenAI-compatible server. Its name and revision are what it is; where it runs is a circumstance."""

    base_url: Circumstance[Address] = Field(description="Everything before /chat/completions, such as http://localhost:8000/v1.")
    model: str = Field(min_length=1, description="The model's name at the server.")
    revision: str = Field("", description="Your own word for the weights (a commit, a date): another one is another model.")
    api: Literal["chat", "responses"] = Field(
        "chat", description="Chat completions, or the Responses API (which knows no seed and no stop)."
    )
    api_key_env: Circumstance[KeyName] = Field("", description="Environment variable that holds the key, called *_API_KEY; empty for none.")
    vllm: Circumstance[bool] = Field(
        False, description="The server is vLLM: it goes on with a begun answer and takes switches of the template."
    )
    token_field: Circumstance[Literal["max_tokens", "max_completion_tokens"]] = "max_tokens"
    extra: dict[str, Any] = Field({}, description="Further fields of each request's body.")
    stream: Circumstance[bool] = Field(False, description="Take answers piece by piece: for servers that end long silent requests.")
    concurrency: Circumstance[int] = Field(64, ge=1, description="Requests at once at the most; fewer while the server is busy or slow.")
    timeout_seconds: Circumstance[float] = Field(600.0, gt=0, description="Of one request.")
    attempts: Circumstance[int] = Field(8, ge=1, description="Tries of one request that fails (5xx, time-outs, cut or unreadable answers).")
    busy_seconds: Circumstance[float] = Field(3600.0, gt=0, description="How long a request is put off by 429 at the most.")
    prices: Circumstance[Prices | None] = None
    budget: Circumstance[Budget | None] = None

    @property
    def title(self) -> str:
        """The name and the declared revision, as people read them."""
        return f"{self.model}@{self.revision}" if self.revision else self.model
