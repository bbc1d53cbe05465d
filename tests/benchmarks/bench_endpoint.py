"""What one sample costs the driver with 200 endpoints, whether their slots stay busy, and whether every request ends once.

    python tests/benchmarks/bench_endpoint.py [--samples 20000] [--engines 200] [--slots 16] [--seconds 1.0] [--profile]

It is the step `sample` itself: requests, the anti-join, the feed, the actors, the ledger. The engines are objects in the actors
(`sim_endpoint.py`): the real `EndpointEngine` with everything but HTTP, answering after a lognormal pause, 5 % of the tries with
a fault: 429 with Retry-After, 500, garbage, a cut answer, none at all. The driver's costs are its process' CPU time and peak memory.
Slots count from ten medians after the start to the last request's handing out.

One million samples on two busy cores (--samples 1000000 --slots 64 --seconds 4 --kinds 500,garbage,cut,silence): 787 s, at its height
1,680 a second; slots 99.9 % busy in the 56 s that were looked at; 119 µs of the driver's CPU a sample, start and Ray's own threads
included, at most 535 MB; 0 lost, 0 doubled. With 100,000 it is 193 µs, as the start costs what about 90 µs of each come to. The
former driver took 274 µs at 16 slots an engine, this one 235 there: what costs is messages, not samples. Random 429s are another
matter: 1 % of them hold an engine of 16 slots at 82 % of its slots, of 64 at about 18 slots, because each is taken for a sign of load.

What that says of 1,000 GPUs, on paper: an engine tells its results together, a message for a quarter of what it holds or every five
seconds, and is refilled with one. With 256 sequences of 60 s each on each of 1,000 engines, 4,300 samples end a second, in 200 to 400
messages: at 119 µs a sample half a core of the driver. The loop over lanes is linear in engines (Ray's wait over 200 took 9 ms a
turn under the profiler, at most ten turns a second), so 1,000 would take up to half a core more; beyond that, or with answers of
seconds, one driver is too few and a run has to be split by problems.
"""

import argparse
import cProfile
import json
import os
import pstats
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sim_endpoint import FAULTS, Lanes, SimTeacher, Simulation

from stillhouse.cluster.session import leave
from stillhouse.recipe.sections import Cluster, Prompt, Sampling
from stillhouse.records import Problem, Trace, to_table
from stillhouse.stages import sample
from stillhouse.stages.base import Input, Output, Step
from stillhouse.storage.artifacts import Artifact
from stillhouse.storage.ledger import Ledger
from stillhouse.storage.manifest import Manifest, Table
from stillhouse.storage.shards import Shard, scan, write_shard
from stillhouse.storage.store import Store, open_store

N = 4
PART = 50_000


def problems(store: Store, count: int) -> Artifact:
    """A finished step `problems`."""
    artifact = Artifact(store, "problems", "0" * 16)
    shards = [
        write_shard(store, f"{artifact.path}/problems", to_table(_some(at, min(PART, count - at)), Problem)) for at in range(0, count, PART)
    ]
    tables = {"problems": Table(shards=shards)}
    artifact.commit(
        Manifest(kind="problems", version="1", fingerprint=artifact.fingerprint, config={}, inputs={}, tables=tables, seconds=0)
    )
    return artifact


def _some(at: int, count: int) -> Iterator[Problem]:
    for i in range(at, at + count):
        question = f"A farmer has {i} sheep, sells half of them and buys {i % 97} more. How many sheep has the farmer then, and why?"
        yield Problem(f"p{i:019d}", question, str(i // 2), "math", "sums", "simulated", "cc0")


def drawn(store: Store, simulation: Simulation, samples: int, profile: bool) -> tuple[float, float, float]:
    """Makes the step; gives its wall time, the driver's CPU time, and how much of that was the thread's that hands out and commits."""
    config = sample.Config(
        asked=sample.Packaged(teacher=SimTeacher(simulation=simulation), identity={}), table="problems", sampling=Sampling(n=N, max_tokens=4096),
        prompt=Prompt(), asked_as="teacher", purpose="sample", seed=1, shard_size=4096, commit_seconds=10,
        cluster=Cluster(num_cpus=simulation.processes),
    )  # fmt: skip
    inputs = {"problems": Input("problems", problems(store, samples // N), {"problems": Problem})}
    step = Step("sample", sample.STAGE, config, {"problems": "problems"}, "1" * 16)
    with Lanes(simulation.engines) as actors:
        out = Output(step, Artifact(store, "sample", "1" * 16), {"problems": "0" * 16}, actors)
        profiler = cProfile.Profile(time.process_time) if profile else None
        wall, cpu, own = time.perf_counter(), time.process_time(), time.thread_time()
        profiler.runcall(sample.run, config, inputs, out) if profiler else sample.run(config, inputs, out)
        wall, cpu, own = time.perf_counter() - wall, time.process_time() - cpu, time.thread_time() - own
        if profiler:
            pstats.Stats(profiler).sort_stats("tottime").print_stats(45)
    leave()
    return wall, cpu, own


def ends(store: Store) -> tuple[int, int, Counter[str]]:
    """How many traces there are, how many ids they have, and how they ended."""
    (folder,) = (Path(store.uri) / "traces").iterdir()
    shards: list[Shard] = Ledger(store, "traces", folder.name, Trace).shards()
    ids: set[str] = set()
    reasons: Counter[str] = Counter()
    for batch in scan(store, shards, ["id", "finish_reason"]):
        ids.update(batch["id"].to_pylist())
        reasons.update(reason.split(":")[0] for reason in batch["finish_reason"].to_pylist())
    return reasons.total(), len(ids), reasons


def looks(folder: Path) -> list[list[dict[str, Any]]]:
    """What each process noted of its engines, in order."""
    return [[json.loads(line) for line in path.read_text().splitlines() if line.endswith("}")] for path in folder.glob("*.jsonl")]


def middle(found: list[list[dict[str, Any]]], samples: int, warm: float) -> tuple[float, float, float]:
    """Busy slots and slots that the engines dared to use, on average from `warm` seconds after the start to the last handing out; its seconds."""
    began = min(process[0]["at"] for process in found) + warm
    seconds = sorted({int(look["at"]) for process in found for look in process if look["at"] > began})
    total, limit, n = 0.0, 0.0, 0
    for second in seconds:
        each = [[look for look in process if int(look["at"]) == second] for process in found]
        if not all(each):  # a busy machine: a process had no moment to look
            continue
        if sum(some[-1]["begun"] for some in each) >= samples:
            break
        total += sum(sum(look["busy"] for look in some) / len(some) for some in each)
        limit += sum(sum(look["limit"] for look in some) / len(some) for some in each)
        n += 1
    return (total / n, limit / n, float(n)) if n else (0.0, 0.0, 0.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=20_000)
    parser.add_argument("--engines", type=int, default=200)
    parser.add_argument("--processes", type=int, default=10)
    parser.add_argument("--slots", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=1.0, help="the median of an answer's time")
    parser.add_argument("--sigma", type=float, default=1.0)
    parser.add_argument("--faults", type=float, default=0.05)
    parser.add_argument("--kinds", default=",".join(FAULTS), help="which faults")
    parser.add_argument("--characters", type=int, default=400, help="of an answer")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    with tempfile.TemporaryDirectory(prefix="stillhouse-endpoints-") as name:
        folder = Path(name)
        (folder / "looks").mkdir()
        options.kinds = tuple(options.kinds.split(","))
        fields = ("engines", "processes", "slots", "seconds", "sigma", "faults", "kinds", "characters")
        simulation = Simulation(**{field: getattr(options, field) for field in fields}, looks=str(folder / "looks"))
        store = open_store(str(folder / "store"))
        samples = options.samples // N * N
        wall, cpu, own = drawn(store, simulation, samples, options.profile)
        rows, ids, reasons = ends(store)
        found = looks(folder / "looks")
    tell(options, samples, found, wall, cpu, own)
    print(f"{samples - ids:,} lost, {rows - ids:,} doubled; ends: {', '.join(f'{reason} {n:,}' for reason, n in reasons.most_common())}")
    sys.exit(bool(samples - ids or rows - ids))


def tell(options: argparse.Namespace, samples: int, found: list[list[dict[str, Any]]], wall: float, cpu: float, own: float) -> None:
    slots = options.engines * options.slots
    held, limit, seconds = middle(found, samples, 10 * options.seconds)
    faults = sum((Counter(process[-1]["faults"]) for process in found), Counter[str]())
    engines = sum(process[-1]["cpu"] for process in found)
    print(f"{samples:,} samples, {options.engines} engines of {options.slots} slots: {wall:.0f} s, {samples / wall:,.0f} a second")
    print(
        f"  slots busy, over {seconds:.0f} s: {held / slots:.1%} of all, {held / limit if limit else 0:.1%} of those that the engines dared to use"
    )
    print(
        f"  driver: {cpu / samples * 1e6:.0f} µs of CPU a sample, peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB"
    )
    print(
        f"  engines: {engines / samples * 1e6:.0f} µs of CPU a sample; faults: {', '.join(f'{kind} {n:,}' for kind, n in faults.items())}"
    )


if __name__ == "__main__":
    main()
