"""The recipe's `teacher` section: who answers the training problems, and by which policy."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, SerializeAsAny, model_validator

from stillhouse import plugins
from stillhouse.recipe.endpoint import Server
from stillhouse.recipe.methods import Method, Second, check_method
from stillhouse.recipe.plugged import Plugged, or_plugged
from stillhouse.recipe.policies import FixedN, Policy
from stillhouse.recipe.section import Circumstance, Section, identity
from stillhouse.recipe.sections import Engine, Model, Sampling, check_length

if TYPE_CHECKING:
    from stillhouse.engines.base import Served
    from stillhouse.storage.contents import Contents


class VllmTeacher(Section):
    """A teacher served by vLLM in a Ray actor."""

    kind: Literal["vllm"]
    model: Model
    sampling: Sampling = Sampling()
    method: Method = Field("plain", description="The way from a question to a trace.")
    unsolved: Second | None = Field(None, description="What is tried on problems of which every sample failed.")
    policy: Circumstance[Policy] = FixedN()  # what it decides, the config of the step that draws says
    engine: Engine = Engine()
    shard_size: Circumstance[int] = Field(
        128,
        ge=1,
        description="Finished traces are committed when there are so many: what a killed run draws again at the most, beside those in flight.",
    )
    commit_seconds: Circumstance[float] = Field(10.0, gt=0, description="… or when so many seconds have passed.")

    @model_validator(mode="after")
    def _answers_fit(self) -> "VllmTeacher":
        check_length(self.sampling.max_tokens, self.engine)
        check_method(self.method, self.sampling.max_tokens)
        return self


class ReplayTeacher(Section):
    """Recorded traces from a JSONL or Parquet file, matched to problems by question."""

    kind: Literal["replay"]
    path: Circumstance[str]
    question: str = "question"
    text: str = "text"
    name: str = "replay"
    sampling: Sampling = Sampling()
    policy: Circumstance[Policy] = FixedN()
    shard_size: Circumstance[int] = Field(128, ge=1)
    commit_seconds: Circumstance[float] = Field(10.0, gt=0)


class EndpointTeacher(Section):
    """A teacher behind an OpenAI-compatible server, whoever runs it."""

    kind: Literal["endpoint"]
    server: Server
    sampling: Sampling = Sampling()
    method: Method = Field("plain", description="The way from a question to a trace.")
    unsolved: Second | None = Field(None, description="What is tried on problems of which every sample failed.")
    policy: Circumstance[Policy] = FixedN()
    shard_size: Circumstance[int] = Field(128, ge=1)
    commit_seconds: Circumstance[float] = Field(10.0, gt=0)

    @model_validator(mode="after")
    def _can_be_asked(self) -> "EndpointTeacher":
        check_method(self.method, self.sampling.max_tokens)
        if self.server.api == "responses" and self.sampling.stop:
            raise ValueError("the Responses API knows no `stop`: use api: chat, or no stop")
        if self.sampling.thinking is not None and not (self.server.vllm and self.server.api == "chat"):
            raise ValueError("only a vLLM server's chat completions take sampling.thinking: use sampling.effort, or server.extra")
        return self


class PluggedTeacher(Plugged):
    """A teacher on an engine that an installed package adds (`stillhouse.engines`): its settings, and what serves it."""

    kind: str
    sampling: Sampling = Sampling()
    method: Method = Field("plain", description="The way from a question to a trace.")
    policy: Circumstance[Policy] = FixedN()
    shard_size: Circumstance[int] = Field(128, ge=1)
    commit_seconds: Circumstance[float] = Field(10.0, gt=0)

    @model_validator(mode="after")
    def _has_room(self) -> "PluggedTeacher":
        check_method(self.method, self.sampling.max_tokens)
        return self

    def served(self) -> "Served":
        """The model and how it is served: small and picklable. Raises UserError where it cannot be."""
        raise NotImplementedError

    def identity(self, contents: "Contents") -> dict[str, Any]:
        """What identifies the model and its settings beside the sampling: the decisions; for a file, `contents.sha256(path)`."""
        return {name: value for name, value in identity(self).items() if name not in PluggedTeacher.model_fields}


_Ours = Annotated[VllmTeacher | EndpointTeacher | ReplayTeacher, Field(discriminator="kind")]
Teacher = Annotated[_Ours | SerializeAsAny[PluggedTeacher], or_plugged(_Ours, PluggedTeacher, "teacher", plugins.ENGINES)]
