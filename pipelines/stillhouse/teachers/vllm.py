"""vLLM as the sampling engine; the only module that imports vllm.

The engine core runs in this process (one Ray actor), so that a killed actor leaves nothing behind. The same batch
gives the same completions: every request has its own seed, and the prefix cache is emptied before a batch, so that
what an earlier batch left there cannot change the arithmetic. A prompt that is too long for the model comes back as
a completion with finish_reason "prompt_too_long" and does not end the batch.
"""

import os
import time
from collections.abc import Iterator
from typing import Any

from stillhouse.dialects import TAGS, parse
from stillhouse.errors import UserError
from stillhouse.recipe.sections import Engine, Sampling
from stillhouse.teachers.base import Completion, Request

YIELD_EVERY_SECONDS = 2.0
STEP_TOKENS = 4096


class VllmEngine:
    """A loaded model. `threads` are the CPU cores it may use; `gpu` says whether it runs on CUDA."""

    def __init__(self, model: str, engine: Engine, threads: int, gpu: bool) -> None:
        _environment(engine, threads, gpu)
        try:
            from vllm import LLM
        except ImportError as error:
            raise UserError(f"vLLM is not installed ({error}).", "Run `make setup` (or `make setup ENGINE=gpu`).") from error
        # Seeded sampling on the CPU fails when a prompt is prefilled in chunks, so chunking is off there; the
        # step's token budget must then hold a whole prompt.
        budget = max(STEP_TOKENS, engine.max_model_len or _context(model))
        on_cpu: dict[str, Any] = {"enforce_eager": True, "enable_chunked_prefill": False, "max_num_batched_tokens": budget}
        self._llm = LLM(
            model=model,
            dtype=engine.dtype if gpu or engine.dtype != "auto" else "float32",
            max_model_len=engine.max_model_len,
            max_num_seqs=engine.max_num_seqs,
            tensor_parallel_size=engine.tensor_parallel_size,
            trust_remote_code=False,
            **({"gpu_memory_utilization": engine.gpu_memory_utilization} if gpu else on_cpu),
        )
        self._tokenizer = self._llm.get_tokenizer()
        self._limit = int(self._llm.llm_engine.model_config.max_model_len)

    def generate(self, requests: list[Request], sampling: Sampling) -> Iterator[list[Completion]]:
        """Completions in lists as they finish, each request exactly once."""
        self._llm.reset_prefix_cache()
        prompts = {request.key: self._render(request) for request in requests}
        ids = {key: self._tokenizer.encode(text, add_special_tokens=False) for key, text in prompts.items()}
        too_long = [r.key for r in requests if len(ids[r.key]) >= self._limit]
        if too_long:
            yield [_refusal(key, len(ids[key])) for key in too_long]
        engine = self._llm.llm_engine
        names = {self._add(engine, r, ids[r.key], sampling): r.key for r in requests if len(ids[r.key]) < self._limit}
        yield from self._drain(engine, names, prompts)

    def _render(self, request: Request) -> str:
        return str(self._tokenizer.apply_chat_template(request.messages, tokenize=False, add_generation_prompt=True))

    def _add(self, engine: Any, request: Request, ids: list[int], sampling: Sampling) -> str:
        from vllm import SamplingParams
        from vllm.sampling_params import StructuredOutputsParams

        # Special tokens stay in the text: some dialects mark the think part with them.
        params = SamplingParams(
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            max_tokens=min(sampling.max_tokens, self._limit - len(ids)),
            stop=sampling.stop or None,
            seed=request.seed,
            skip_special_tokens=False,
            structured_outputs=StructuredOutputsParams(choice=list(request.choices)) if request.choices else None,
        )
        engine.add_request(request.key, {"prompt_token_ids": ids}, params)
        return request.key

    def _drain(self, engine: Any, names: dict[str, str], prompts: dict[str, str]) -> Iterator[list[Completion]]:
        finished: list[Any] = []
        since = time.monotonic()
        while engine.has_unfinished_requests():
            finished += [output for output in engine.step() if output.finished]
            now = time.monotonic()
            if finished and now - since >= YIELD_EVERY_SECONDS:
                yield self._completions(finished, names, prompts, now - since)
                finished, since = [], now
        if finished:
            yield self._completions(finished, names, prompts, time.monotonic() - since)

    def _completions(self, outputs: list[Any], names: dict[str, str], prompts: dict[str, str], seconds: float) -> list[Completion]:
        total = sum(len(output.outputs[0].token_ids) for output in outputs) or 1
        return [self._completion(output, names[output.request_id], prompts, seconds / total) for output in outputs]

    def _completion(self, output: Any, key: str, prompts: dict[str, str], seconds_per_token: float) -> Completion:
        best = output.outputs[0]
        parsed = parse(_prefilled(prompts[key]) + best.text)
        tokens = len(best.token_ids)
        return Completion(
            key=key,
            reasoning=parsed.reasoning,
            response=parsed.response,
            format=parsed.format,
            finish_reason=str(best.finish_reason),
            prompt_tokens=len(output.prompt_token_ids),
            reasoning_tokens=min(tokens, len(self._tokenizer.encode(parsed.reasoning, add_special_tokens=False))),
            output_tokens=tokens,
            seconds=tokens * seconds_per_token,
        )


def _context(model: str) -> int:
    """The longest sequence that the checkpoint is made for, in tokens; 0 where its configuration does not say."""
    from transformers import AutoConfig

    return int(getattr(AutoConfig.from_pretrained(model, trust_remote_code=False), "max_position_embeddings", 0) or 0)


def _prefilled(prompt: str) -> str:
    """The opening tag that some chat templates end the prompt with: it belongs to the completion."""
    tail = prompt.rstrip()
    return next((opening for opening, _ in TAGS if tail.endswith(opening)), "")


def _refusal(key: str, tokens: int) -> Completion:
    return Completion(key, "", "", "none", "prompt_too_long", tokens, 0, 0, 0.0)


def _environment(engine: Engine, threads: int, gpu: bool) -> None:
    """What vLLM reads from the environment when it is imported."""
    os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"
    os.environ["VLLM_NO_USAGE_STATS"] = "1"
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "WARNING")
    if not gpu:
        os.environ["VLLM_CPU_KVCACHE_SPACE"] = str(max(1, round(engine.kv_cache_gb)))
        os.environ["OMP_NUM_THREADS"] = str(threads)
