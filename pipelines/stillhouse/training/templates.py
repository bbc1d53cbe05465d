"""A checkpoint's tokenizer with the chat template that its examples are rendered by, and TRL's training variant of it."""

import copy
from pathlib import Path
from typing import Any

from stillhouse.errors import UserError
from stillhouse.training.render import Renderer, renderer, stop_tokens, template_of, without_default


def open_tokenizer(folder: str, template: str | None = None) -> Any:
    """A checkpoint's tokenizer; `template` stands in for its own chat template. Raises UserError where one of them is missing."""
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise UserError(f"The folder {folder} has no tokenizer that transformers can read.", "It is made by save_pretrained.") from error
    if not (template or tokenizer.chat_template):
        raise UserError(f"The tokenizer in {folder} has no chat template.", "Put a chat_template.jinja into the folder.")
    tokenizer.chat_template = template or tokenizer.chat_template
    return tokenizer


def load_renderer(folder: str, template: str | None = None) -> Renderer:
    """What renders a checkpoint's examples. Raises UserError where the template cannot be trained."""
    tokenizer = open_tokenizer(folder, template)
    return renderer(tokenizer, stop_tokens(tokenizer, Path(folder)), training_variant(tokenizer))


def training_variant(tokenizer: Any) -> str | None:
    """TRL's training variant of the tokenizer's chat template; none where it has none, or the template needs none."""
    from jinja2 import TemplateError
    from trl.chat_template_utils import get_training_chat_template

    known = copy.copy(tokenizer)
    known.chat_template = without_default(template_of(tokenizer))
    try:
        found: str | None = get_training_chat_template(known)
    except (ValueError, TypeError, TemplateError):  # not among TRL's, or it cannot take the tool calls that TRL tries it with
        return None
    return found
