"""Refusals and self-identification: a student should learn neither the teacher's name nor its refusals."""

import polars as pl

from stillhouse.curation.base import Result, drop
from stillhouse.curation.rows import ROW
from stillhouse.recipe.steps import Refusal

_NAMES = (
    r"(?:ChatGPT|GPT-?\d|Claude|Gemini|Gemma|Bard|DeepSeek|Qwen|QwQ|Tongyi|Llama|Mistral|Mixtral|Grok|Kimi|GLM|ChatGLM|Phi-\d|Nemotron)"
)
_MAKERS = (
    r"(?:OpenAI|Anthropic|Google(?: DeepMind)?|DeepSeek|Alibaba(?: Cloud)?|Meta(?: AI)?"
    r"|Mistral(?: AI)?|xAI|Moonshot AI|Zhipu(?: AI)?|Microsoft|NVIDIA)"
)
SELF = (
    rf"(?i)\bas an? (?:AI|artificial intelligence)(?: (?:language )?(?:model|assistant))?\b"
    rf"|\b(?:I am|I'm|my name is|this is) (?:an? )?{_NAMES}\b"
    rf"|\b(?:I am|I'm|I was|model|assistant) (?:an? [\w ]{{0,30}})?(?:created|developed|trained|made|built) by {_MAKERS}\b"
    rf"|\bI(?: am|'m) an? (?:AI|artificial intelligence|(?:large )?language model)\b"
)
REFUSAL = (
    r"(?i)^\W*(?:I(?:'m| am) (?:very |really |so )?sorry,? (?:but |that )?(?:I )?(?:can(?:'|’)?t|cannot|am (?:not able|unable)|won(?:'|’)t)"
    r"|(?:sorry,? (?:but )?)?I (?:can(?:'|’)?t|cannot|won(?:'|’)t|am unable to|am not able to|must decline to) "
    r"(?:help|assist|provide|answer|comply|fulfil|fulfill|do that|continue|engage|support|create|discuss|generate|write)"
    r"|I must decline|I(?:'m| am) not comfortable)"
)


def run(rows: pl.DataFrame, settings: Refusal, seed: int) -> Result:
    """Reasons: refusal (the response opens with one), self_identification (anywhere); the detail quotes the words."""
    response, think = pl.col("response").fill_null(""), pl.col("reasoning").fill_null("")
    refused = response.str.head(300).str.replace_all("’", "'").str.extract(f"({REFUSAL})", 1)
    named = pl.coalesce(response.str.extract(f"({SELF})", 1), think.str.extract(f"({SELF})", 1))
    found = rows.select(ROW, refused.alias("refused"), named.alias("named"))
    reason = (
        pl.when(pl.col("refused").is_not_null() & settings.refusals)
        .then(pl.lit("refusal"))
        .when(pl.col("named").is_not_null() & settings.self_identification)
        .then(pl.lit("self_identification"))
    )
    return Result(drop(found, reason, pl.coalesce("refused", "named")))
