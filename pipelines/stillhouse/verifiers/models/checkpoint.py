"""Loads a classification checkpoint from a local folder, on one thread, without running any code of it."""

from pathlib import Path
from typing import Any

from stillhouse.errors import UserError


def load(folder: str, kind: str) -> tuple[Any, Any]:
    """(model, tokenizer); `kind` is the name of a transformers auto class. Raises UserError where the folder holds none."""
    import torch
    import transformers

    if not (Path(folder) / "config.json").is_file():
        raise UserError(f"{folder} holds no checkpoint (config.json).", "Download it first and give its folder.")
    # One thread: no OpenMP workers, so that the process can be forked.
    torch.set_num_threads(1)
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        make = getattr(transformers, kind).from_pretrained
        model = make(folder, local_files_only=True, use_safetensors=True, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise UserError(f"{folder} cannot be loaded: {str(error).splitlines()[0]}.") from error
    return model.eval(), tokenizer
