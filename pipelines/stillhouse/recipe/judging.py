"""The recipe's sections of the verifiers that ask a model: `verify.judge`, `verify.reward`, `verify.process`."""

from typing import Literal

from pydantic import Field, model_validator

from stillhouse.recipe.endpoint import Address, KeyName, Server
from stillhouse.recipe.section import Circumstance, Section
from stillhouse.recipe.sections import Engine, Model, Sampling, check_length


class Judge(Section):
    """An LLM judge: behind an OpenAI-compatible endpoint (`base_url` and `model`), or on the run's own engine (`local`)."""

    base_url: Address | Literal[""] = Field("", description="Everything before /chat/completions, such as http://localhost:8000/v1.")
    model: str = Field("", description="The model's name at the endpoint.")
    local: Model | None = Field(None, description="A checkpoint to judge with on the run's own vLLM engine, in the stage `verify`.")
    engine: Engine = Engine()
    check: int = Field(0, ge=0, description="Traces that a rule has decided and that are put to the judge too, to measure its agreement.")
    api_key_env: Circumstance[KeyName] = Field("", description="Environment variable that holds the key, called *_API_KEY; empty for none.")
    rubric: str = Field("", description="Your own criteria, after the built-in task.")
    order_swap: bool = Field(True, description="Ask twice with everything in the other order; a verdict stands when both agree.")
    settle: bool = Field(
        True,
        description="Ask once more, held to the form by the engine (structured outputs), where a reply lacks the verdict's line or was cut off.",
    )
    max_tokens: int = Field(512, ge=16)
    temperature: float = Field(0.0, ge=0)
    timeout_seconds: Circumstance[float] = Field(120.0, gt=0, description="Of one request.")
    attempts: Circumstance[int] = Field(5, ge=1, description="Tries of one request: refused connections and 5xx are tried again.")
    concurrency: Circumstance[int] = Field(16, ge=1, description="Requests at once at the most.")

    @model_validator(mode="after")
    def _one_place(self) -> "Judge":
        if bool(self.base_url and self.model) == (self.local is not None):
            raise ValueError("give either base_url and model (an endpoint) or local (a checkpoint for the run's own engine)")
        if self.local is not None:
            check_length(self.max_tokens, self.engine)
        return self

    @property
    def server(self) -> Server:
        """The endpoint, for a judge that has one."""
        return Server(
            base_url=self.base_url,
            model=self.model,
            api_key_env=self.api_key_env,
            timeout_seconds=self.timeout_seconds,
            attempts=self.attempts,
            concurrency=self.concurrency,
        )

    @property
    def sampling(self) -> Sampling:
        """How it is asked."""
        return Sampling(n=1, temperature=self.temperature, max_tokens=self.max_tokens)

    @property
    def title(self) -> str:
        """What verdicts call the model."""
        return self.local.path if self.local else self.model


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
