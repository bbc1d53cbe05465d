"""Addresses and keys that a recipe names: a recipe may come from elsewhere, so it decides little about where secrets go.

Guarantee: a key or token of this machine is sent over https, to this machine itself, or to a host that its own environment
names in STILLHOUSE_TRUSTED_HOSTS (comma-separated, for plain http inside a cluster); and of the environment only variables
called *_API_KEY are read. The limit: an https server with such a key's name in the recipe gets that key, so read a recipe before you run it.
"""

import os
import re
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator

from stillhouse.errors import UserError

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
