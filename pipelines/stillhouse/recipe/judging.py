"""The recipe's sections of the verifiers that ask a model: `verify.judge`, `verify.reward`, `verify.process`."""

from typing import Literal

from pydantic import Field

from stillhouse.recipe.base import Section


class Judge(Section):
    """An LLM judge behind an OpenAI-compatible endpoint (a vendor's, or a local `vllm serve`)."""

    base_url: str = Field(description="Everything before /chat/completions, such as http://localhost:8000/v1.")
    model: str
    api_key_env: str = Field("", description="Environment variable that holds the key; empty for none.")
    rubric: str = Field("", description="Your own criteria, after the built-in task.")
    order_swap: bool = Field(True, description="Ask twice with everything in the other order; a verdict stands when both agree.")
    max_tokens: int = Field(512, ge=16)
    temperature: float = Field(0.0, ge=0)
    timeout_seconds: float = Field(120.0, gt=0, description="Of one request.")
    attempts: int = Field(5, ge=1, description="Tries of one request: refused connections, 429 and 5xx are tried again.")


class Reward(Section):
    """An outcome reward model: a transformers checkpoint with one logit for a whole answer."""

    model: str = Field(description="A local folder with a sequence classification checkpoint.")
    threshold: float = Field(0.5, ge=0, le=1, description="A score from here on is correct. The score is the logit's sigmoid.")
    max_length: int = Field(4096, ge=16, description="A longer text, in tokens, is unverifiable; it is never cut.")


class Process(Section):
    """A process reward model: a transformers token classification checkpoint as TRL's PRMTrainer makes it."""

    model: str = Field(description="A local folder; label 1 at the last token of a step means that the step is right.")
    separator: str = "\n"
    combine: Literal["min", "product", "last"] = Field("min", description="How step scores become the trace's score.")
    threshold: float = Field(0.5, ge=0, le=1)
    max_length: int = Field(4096, ge=16)
