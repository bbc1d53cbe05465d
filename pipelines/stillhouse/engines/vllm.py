"""vLLM as an engine; beside `reasoning.py` the only module that imports vllm.

The engine core runs in this process (one Ray actor), so that a killed actor leaves nothing behind. Requests enter
whenever they come and leave as they finish. Every request has its own seed: on a CPU in float32 its text does not
depend on what runs beside it; on a GPU it does, in the last bits, unless `reproducible` turns on vLLM's batch-invariant
mode. A prompt that is too long for the model is answered with finish_reason "prompt_too_long".
"""

import asyncio
import itertools
import os
import re
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pydantic import ValidationError

from stillhouse.cluster.metrics import show
from stillhouse.cluster.session import Session
from stillhouse.dialects import TAGS, opening_tag, parse
from stillhouse.engines.adapters import adapter_path, adapter_rank
from stillhouse.engines.base import NATURAL, Ability, Ends, Placement, Reply
from stillhouse.engines.prompts import Messages
from stillhouse.engines.reasoning import ByName
from stillhouse.errors import UserError
from stillhouse.recipe.sections import Engine, Sampling

if TYPE_CHECKING:
    from vllm.lora.request import LoRARequest

STEP_TOKENS = 4096
QUEUED = 2  # requests in an engine for each of its slots, so that no slot waits for the next
TELL_SECONDS = 2.0
CPU_SHARE = 4  # engines that fit on a CPU machine beside each other


@dataclass(frozen=True)
class VllmServed:
    """A checkpoint's folder, served by vLLM: an engine per GPU (or tensor-parallel group), or one on a machine without."""

    model: str
    engine: Engine
    budgets: bool = False
    """Whether the engine is to end think parts that reach their budget."""

    @property
    def key(self) -> str:
        return f"vllm {self.model} {self.engine.model_dump_json()}{' budgets' if self.budgets else ''}"

    @property
    def abilities(self) -> frozenset[Ability]:
        found: tuple[Ability, ...] = ("prefix", "choices", "stop", "repeats")
        return frozenset((*found, "thinking") if self.budgets else found)

    def place(self, session: Session) -> Placement:
        """All GPUs of the cluster; on a CPU machine a share of the cores to Ray, while the engine computes on all of them."""
        window = QUEUED * self.engine.max_num_seqs
        if session.gpus:
            group = self.engine.tensor_parallel_size * self.engine.pipeline_parallel_size
            count = self.engine.replicas or max(1, session.gpus // group)
            return Placement(count, cpus=1, gpus=group, threads=1, window=window)
        count = self.engine.replicas or 1
        return Placement(count, session.cpus / CPU_SHARE / count, gpus=0, threads=max(1, session.cpus // count), window=window)

    def load(self, placement: Placement) -> "VllmEngine":
        return VllmEngine(self.model, self.engine, placement.threads, gpu=placement.gpus > 0, budgets=self.budgets)


class _Completion(Protocol):
    text: str
    token_ids: list[int]
    finish_reason: str


class _Output(Protocol):
    """What vLLM says of a request."""

    request_id: str
    finished: bool
    prompt_token_ids: list[int]
    outputs: list[_Completion]


class VllmEngine:
    """A loaded model. `threads` are the CPU cores it may use; `gpu` says whether it runs on CUDA."""

    def __init__(self, model: str, engine: Engine, threads: int, gpu: bool, budgets: bool = False) -> None:
        _environment(engine, threads, gpu)
        with _told_in_one_line(model):
            from vllm import LLM

            self._parse = ByName(engine.reasoning_parser, model).parse if engine.reasoning_parser else parse
            llm = LLM(model=model, trust_remote_code=False, **_arguments(model, engine, gpu), **(_budgets(model) if budgets else {}))
        self._engine = llm.llm_engine
        self._tokenizer = llm.get_tokenizer()
        self._adapter = _adapter(engine)
        self._limit = int(self._engine.model_config.max_model_len)
        self._waiting: dict[str, asyncio.Future[_Output]] = {}
        self._numbers = itertools.count()
        self._work = asyncio.Event()
        self._name, self._slots = Path(model).name, engine.max_num_seqs
        self._shares = _Shares(engine.max_num_seqs, self._limit)

    async def ask(
        self,
        messages: Messages,
        sampling: Sampling,
        *,
        seed: int,
        max_tokens: int | None = None,
        prefix: str = "",
        choices: tuple[str, ...] = (),
        ends: Ends = NATURAL,
    ) -> Reply:
        """See `base.Engine`."""
        told = switches(sampling, str(self._tokenizer.chat_template))
        prompt = str(self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True, **told))
        text, begun = _begin(prompt, prefix)
        ids = self._tokenizer.encode(text, add_special_tokens=False)
        room = min(sampling.max_tokens, max_tokens or sampling.max_tokens, self._limit - len(ids))
        if room < 1:
            return Reply("", "", "", "none", "prompt_too_long", len(ids), 0, 0, 0.0)
        output = await self._complete(ids, _parameters(sampling, seed, room, choices, ends))
        return self._reply(output, begun, len(self._tokenizer.encode(prefix, add_special_tokens=False)) if prefix else 0)

    async def serve(self) -> None:
        """Steps while there is work; between two steps what has ended is answered and what has come is taken in."""
        told = 0.0
        while True:
            if not self._waiting:
                self._tell()
                self._work.clear()
                await self._work.wait()
            started = time.monotonic()
            if started - told >= TELL_SECONDS:
                told = started
                self._tell()
            running = len(self._waiting)
            outputs = self._engine.step()
            self._shares.step(time.monotonic() - started, running)
            for output in outputs:
                future = self._waiting.get(output.request_id)
                if output.finished and future and not future.done():
                    future.set_result(output)
            await asyncio.sleep(0)

    def _tell(self) -> None:
        """How many sequences are in the batch, for whoever watches."""
        tags = {"engine": self._name, "process": str(os.getpid())}
        show("stillhouse_slots", self._slots, **tags)
        show("stillhouse_slots_busy", min(len(self._waiting), self._slots), **tags)

    async def _complete(self, ids: list[int], parameters: object) -> _Output:
        name = str(next(self._numbers))
        future: asyncio.Future[_Output] = asyncio.get_running_loop().create_future()
        self._engine.add_request(name, {"prompt_token_ids": ids}, parameters, lora_request=self._adapter)
        self._waiting[name] = future
        self._work.set()
        try:
            return await future
        except asyncio.CancelledError:
            self._engine.abort_request([name])
            raise
        finally:
            del self._waiting[name]

    def _reply(self, output: _Output, begun: str, given: int) -> Reply:
        """The reply that `begun` begins; `given` are the tokens of it that the caller had."""
        best = output.outputs[0]
        parsed = self._parse(begun + best.text)
        tokens = len(best.token_ids)
        return Reply(
            text=begun + best.text,
            reasoning=parsed.reasoning,
            response=parsed.response,
            format=parsed.format,
            finish_reason=str(best.finish_reason),
            prompt_tokens=len(output.prompt_token_ids),
            reasoning_tokens=min(given + tokens, len(self._tokenizer.encode(parsed.reasoning, add_special_tokens=False))),
            output_tokens=tokens,
            seconds=self._shares.of_last(tokens),
        )


def switches(sampling: Sampling, template: str) -> dict[str, object]:
    """What the chat template is told of effort and thinking. Raises UserError where it knows nothing of it."""
    wanted = {"reasoning_effort": sampling.effort, "enable_thinking": sampling.thinking}
    found: dict[str, object] = {name: value for name, value in wanted.items() if value is not None}
    if unknown := [name for name in found if name not in template]:
        raise UserError(
            f"The model's chat template knows no {' and no '.join(unknown)}.", "Leave sampling.effort and sampling.thinking out."
        )
    return found


class _Shares:
    """The wall time of the steps, shared out among the requests that each step served.

    A request gets one token in a step, so that one with n tokens was in the last n steps before it ended.
    """

    def __init__(self, slots: int, longest: int) -> None:
        self._slots = slots
        self._totals: deque[float] = deque([0.0], maxlen=longest + 1)

    def step(self, seconds: float, running: int) -> None:
        self._totals.append(self._totals[-1] + seconds / max(1, min(running, self._slots)))

    def of_last(self, steps: int) -> float:
        return self._totals[-1] - self._totals[max(-len(self._totals), -1 - steps)]


def _parameters(sampling: Sampling, seed: int, max_tokens: int, choices: tuple[str, ...], ends: Ends) -> object:
    from vllm import SamplingParams
    from vllm.sampling_params import RepetitionDetectionParams, RequestOutputKind, StructuredOutputsParams

    # Special tokens stay in the text: some dialects mark the think part with them.
    return SamplingParams(
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        max_tokens=max_tokens,
        stop=[*sampling.stop, *ends.stop] or None,
        seed=seed,
        skip_special_tokens=False,
        structured_outputs=StructuredOutputsParams(choice=list(choices)) if choices else None,
        output_kind=RequestOutputKind.FINAL_ONLY,
        thinking_token_budget=ends.thinking_tokens,
        repetition_detection=RepetitionDetectionParams(ends.repeats.longest, 1, ends.repeats.turns) if ends.repeats else None,
    )


def _budgets(model: str) -> dict[str, object]:
    """What lets vLLM end a think part: how this model marks one. A tag of its vocabulary goes before the usual one."""
    from transformers import AutoTokenizer

    words = AutoTokenizer.from_pretrained(model, trust_remote_code=False).get_vocab()
    opening, closing = next((tags for tags in TAGS if tags[0] in words and tags[1] in words), TAGS[0])
    return {"reasoning_config": {"reasoning_start_str": opening, "reasoning_end_str": closing}}


def _arguments(model: str, engine: Engine, gpu: bool) -> dict[str, object]:
    common: dict[str, object] = {
        "dtype": engine.dtype if gpu or engine.dtype != "auto" else "float32",
        "max_model_len": engine.max_model_len,
        "max_num_seqs": engine.max_num_seqs,
        "tensor_parallel_size": engine.tensor_parallel_size,
        "pipeline_parallel_size": engine.pipeline_parallel_size,
        "enable_prefix_caching": None if engine.prefix_caching else False,  # vLLM knows which models it cannot do it for
        "quantization": engine.quantization,
    }
    if engine.lora:
        common |= {"enable_lora": True, "max_loras": 1, "max_lora_rank": adapter_rank(adapter_path(engine.lora))}
    if gpu:
        return {**common, "gpu_memory_utilization": engine.gpu_memory_utilization}
    # Seeded sampling on the CPU fails when a prompt is prefilled in chunks, so chunking is off there; the step's token
    # budget must then hold a whole prompt.
    budget = max(STEP_TOKENS, engine.max_model_len or _context(model))
    size = int(engine.kv_cache_gb * 2**30)
    return {
        **common,
        "enforce_eager": True,
        "enable_chunked_prefill": False,
        "max_num_batched_tokens": budget,
        "kv_cache_memory_bytes": size,
    }


def _adapter(engine: Engine) -> "LoRARequest | None":
    """What every request names, so that the adapter's weights are added to the model's."""
    from vllm.lora.request import LoRARequest

    return LoRARequest("adapter", 1, str(adapter_path(engine.lora))) if engine.lora else None


def _context(model: str) -> int:
    """The longest sequence that the checkpoint is made for, in tokens; 0 where its configuration does not say."""
    from transformers import AutoConfig

    return int(getattr(AutoConfig.from_pretrained(model, trust_remote_code=False), "max_position_embeddings", 0) or 0)


def _begin(prompt: str, prefix: str) -> tuple[str, str]:
    """What the model gets, and what of it belongs to the answer. A think part that prompt and prefix both open is opened once."""
    opening = opening_tag(prompt)
    if opening and prefix.lstrip().startswith(opening):
        return prompt.rstrip().removesuffix(opening) + prefix, prefix
    return prompt + prefix, opening + prefix


def _environment(engine: Engine, threads: int, gpu: bool) -> None:
    """What vLLM reads from the environment when it is imported."""
    os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"
    os.environ["VLLM_NO_USAGE_STATS"] = "1"
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "WARNING")
    if gpu:
        os.environ["VLLM_BATCH_INVARIANT"] = "1" if engine.reproducible else "0"
    else:
        os.environ.pop("VLLM_CPU_KVCACHE_SPACE", None)  # it would win over `kv_cache_gb`, in whole GiB
        os.environ["OMP_NUM_THREADS"] = str(threads)


@contextmanager
def _told_in_one_line(model: str) -> Iterator[None]:
    """vLLM's refusals as UserErrors: they are about the recipe's `engine`, the checkpoint, or the machine's memory."""
    try:
        yield
    except UserError:
        raise
    except ImportError as error:
        raise UserError(f"vLLM is not installed ({error}).", "Run `make setup` (or `make setup ENGINE=gpu`).") from error
    except Exception as error:
        raise UserError(f"vLLM cannot serve {model}: {_cause(error)}.", "Change the recipe's `engine` section.") from error


def _cause(error: BaseException) -> str:
    """The sentence that says what is wrong: vLLM's advice comes after it, pydantic's frame around it."""
    while error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        field = f"{first['loc'][0]} {first['input']!r}: " if first["loc"] else ""
        text = field + first["msg"].removeprefix("Value error, ")
    else:
        text = str(error)
    line = next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)
    return re.split(r"\.(?: (?=[A-Z])|$)", line)[0]
