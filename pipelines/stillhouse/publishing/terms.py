"""What a teacher's licence or terms say of training other models on its outputs, as far as it is known here.

Facts with their source and date, for a gate before a push; no legal advice. Terms change: a model that is not here, or
whose terms forbid it, stops a push until the recipe says why it may go (`publish.waive.teacher_terms`).
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Terms:
    """Terms for the models whose name matches. allowed: outputs may train other models. condition: what then has to be done."""

    pattern: str
    licence: str
    source: str
    date: str
    allowed: bool
    condition: str = ""


REGISTRY = (
    Terms(r"deepseek-?r1-distill-llama", "Llama 3 Community License", "llama.com/llama3_1/license", "2024-07-23", True,
          "the name of a model trained on it begins with Llama, and the licence goes along"),
    Terms(r"deepseek-?(r1|v3)", "MIT", "huggingface.co/deepseek-ai/DeepSeek-R1", "2025-01-20", True),
    Terms(r"qwq|qwen-?3|qwen-?2\.5(?!.*(3b|72b))", "Apache-2.0", "huggingface.co/Qwen", "2025-04-29", True),
    Terms(r"qwen-?2\.5.*(3b|72b)", "Qwen licence", "huggingface.co/Qwen", "2024-09-19", True,
          "`Built with Qwen` or `Improved using Qwen` is shown; Qwen2.5-3B is for research alone"),
    Terms(r"llama-?3(\.[123])?", "Llama 3 Community License", "llama.com/llama3_1/license", "2024-07-23", True,
          "the name of a model trained on it begins with Llama, and the licence goes along"),
    Terms(r"llama-?2", "Llama 2 Community License", "ai.meta.com/llama/license", "2023-07-18", False),
    Terms(r"gpt-?oss", "Apache-2.0", "huggingface.co/openai/gpt-oss-120b", "2025-08-05", True),
    Terms(r"(^|/)(gpt|chatgpt|o[1-9])(-|\.|\d|$)", "OpenAI Terms of Use", "openai.com/policies/terms-of-use", "2024-12-11", False),
    Terms(r"claude", "Anthropic Commercial Terms", "anthropic.com/legal/commercial-terms", "2025-06-17", False),
    Terms(r"gemini", "Gemini API Additional Terms", "ai.google.dev/gemini-api/terms", "2025-01-01", False),
    Terms(r"gemma", "Gemma Terms of Use", "ai.google.dev/gemma/terms", "2024-02-21", True, "the terms' use restrictions go along"),
    Terms(r"smollm", "Apache-2.0", "huggingface.co/HuggingFaceTB", "2024-11-01", True),
    Terms(r"olmo", "Apache-2.0", "huggingface.co/allenai", "2024-11-26", True),
    Terms(r"phi-?[34]", "MIT", "huggingface.co/microsoft/phi-4", "2025-01-08", True),
    Terms(r"(^|/)(open)?mi[sx]tral|magistral", "Apache-2.0", "huggingface.co/mistralai", "2025-06-10", True,
          "some models of this publisher have another licence: see the model's own page"),
)  # fmt: skip


def terms_of(model: str) -> Terms | None:
    """The terms of a model by its name (`ORG/NAME` or `NAME`), the first that match; None where nothing is known."""
    return next((terms for terms in REGISTRY if re.search(terms.pattern, model, re.IGNORECASE)), None)
