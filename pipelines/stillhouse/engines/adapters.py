"""LoRA adapters by name: a folder as peft saves it, or a Hub id with its commit, `ORG/NAME@COMMIT`."""

import json
import re
from pathlib import Path

from stillhouse.engines.checkpoints import check_weights, folder_hash
from stillhouse.errors import UserError

FILES = ("adapter_config.json", "adapter_model.safetensors")
_HUB = re.compile(r"([\w.-]+/[\w.-]+)@([0-9a-f]{40})")
_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)  # what vLLM reserves room for (vllm.config.lora.MaxLoRARanks, without the smallest)


def adapter_revision(name: str) -> str:
    """What identifies an adapter's weights: the Hub commit, or the hash of its two files. Raises UserError where it is not there."""
    if (folder := _folder(name)) is not None:
        return folder_hash(folder, FILES)
    return _named(name)[1]


def adapter_path(name: str) -> Path:
    """A folder with the adapter's configuration and weights. Downloads on first use."""
    if (folder := _folder(name)) is not None:
        return folder
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    repo, commit = _named(name)
    try:
        return Path(snapshot_download(repo, revision=commit, allow_patterns=list(FILES)))
    except (HfHubHTTPError, OSError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(f"The adapter {name} cannot be fetched: {first}.", "Check the name and the network.") from error


def adapter_rank(folder: Path) -> int:
    """The room that vLLM is to reserve: the least that it knows and that holds the adapter's rank. Raises UserError for a larger one."""
    path = folder / FILES[0]
    try:
        config = json.loads(path.read_bytes())
        rank = max([int(config["r"]), *map(int, config.get("rank_pattern", {}).values())])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(f"{path} is no configuration of a LoRA adapter: it has no rank `r`.", "Give a folder as peft saves it.") from error
    found = next((room for room in _RANKS if room >= rank), None)
    if found is None:
        raise UserError(f"The adapter in {folder} has rank {rank}, and vLLM takes at most {_RANKS[-1]}.", "Merge it into its model.")
    return found


def _folder(name: str) -> Path | None:
    """The local folder, checked, or None for a name of the Hub."""
    folder = Path(name)
    if not folder.is_dir():
        return None
    for file in FILES:
        if not (folder / file).is_file():
            raise UserError(f"The adapter folder {name} has no {file}.", "Give a folder as peft saves it.")
    check_weights(folder)
    adapter_rank(folder)
    return folder


def _named(name: str) -> tuple[str, str]:
    found = _HUB.fullmatch(name)
    if found is None:
        raise UserError(f"The adapter {name!r} is no folder here.", "Name a folder, or ORG/NAME@COMMIT on the Hub.")
    return found[1], found[2]
