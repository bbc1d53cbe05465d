"""A run from recorded traces, step by step: what each step takes of CPU and memory as the table grows.

    python tests/benchmarks/bench_whole_run.py [--traces 1000000] [--folder F] [--limit-gb 2.0]

Four traces per problem, 1.2 kB each, half of them right. Every step runs in a process of its own (`stillhouse stage`).
Printed per step: wall seconds, CPU seconds of all its processes, the peak resident memory of its largest process in GB
(10^9 bytes), and the peak of all of them together, looked at four times a second, with shared pages counted once. `verifiers` are the CPU
seconds of the confined processes in which verdicts are given.
Says at the end which step stayed above the limit.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

import duckdb
import psutil

STEPS = ("problems", "sample", "verify", "curate", "publish", "report")
RECIPE = """
name: whole-run
seed: 1
problems:
  held_out: 0
  sources: [{{kind: file, path: {folder}/problems.parquet, verifier: math, license: mit}}]
teacher: {{kind: replay, path: {folder}/traces.parquet, sampling: {{n: 4}}, shard_size: 20000, commit_seconds: 600}}
curation:
  steps:
    - {{step: outcome}}
    - {{step: format}}
    - {{step: dedup}}
    - {{step: pick}}
publish: {{license: mit}}
"""
QUESTION = "'A mill of the year '||hash(i)||' ground '||i||' sacks in spring and '||(i % 977)||' in autumn. How many are that in all?'"
WORDS = "||' '||".join(f"md5(i||'-'||k||'-{part}')" for part in range(32))


class Cost(NamedTuple):
    """What one step took."""

    wall: float
    cpu: float
    verifiers: float
    largest: float
    together: float


def make(folder: Path, traces: int) -> None:
    """The two input files."""
    problems = traces // 4
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '2GB'")
        connection.execute(
            f"COPY (SELECT {QUESTION} AS question, (i + i % 977)::VARCHAR AS answer FROM range({problems}) t(i)) "
            f"TO '{folder}/problems.parquet' (COMPRESSION zstd)"
        )
        text = f"'<think>'||{WORDS}||'</think> The answer is \\boxed{{'||(i + i % 977 + k % 2)||'}}.'"
        connection.execute(
            f"COPY (SELECT {QUESTION} AS question, {text} AS text FROM range({problems}) t(i), range(4) u(k)) "
            f"TO '{folder}/traces.parquet' (COMPRESSION zstd)"
        )


def cost(command: list[str]) -> Cost:
    """Runs a command to its end. Raises CalledProcessError where it fails."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    family = Family(child.pid)
    watcher = threading.Thread(target=family.watch)
    watcher.start()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    watcher.join()
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    cpu = max(used.ru_utime + used.ru_stime, sum(family.cpu.values()))
    return Cost(time.perf_counter() - start, cpu, sum(family.verifiers.values()), used.ru_maxrss * 1024 / 1e9, family.peak / 1e9)


class Family:
    """A process and its descendants, looked at until it ends. Shared pages count once (proportional set size)."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.peak = 0
        self.cpu: dict[int, float] = {}
        self.verifiers: dict[int, float] = {}

    def watch(self) -> None:
        while True:
            try:
                parent = psutil.Process(self._pid)
                members = [parent, *parent.children(recursive=True)]
                self.peak = max(self.peak, sum(map(self._look, members)))
                if parent.status() == psutil.STATUS_ZOMBIE:
                    return
            except psutil.NoSuchProcess:
                return
            time.sleep(0.25)

    def _look(self, process: psutil.Process) -> int:
        try:
            times = process.cpu_times()
            self.cpu[process.pid] = times.user + times.system
            if process.pid in self.verifiers or _judges(process):
                self.verifiers[process.pid] = times.user + times.system
            return int(process.memory_full_info().pss)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return 0


def _judges(process: psutil.Process) -> bool:
    """Whether it is a confined worker, in which verifiers run, or below one."""
    return any("stillhouse.verifiers.pool.worker" in " ".join(one.cmdline()) for one in [process, *process.parents()])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--traces", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--limit-gb", type=float, default=2.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        recipe = folder / "recipe.yaml"
        recipe.write_text(RECIPE.format(folder=folder))
        if not (folder / "traces.parquet").exists():
            make(folder, arguments.traces)
        run(recipe, folder / "run", arguments.limit_gb)


def run(recipe: Path, where: Path, limit: float) -> None:
    """Every step in turn, then the table."""
    total, verifiers, above = 0.0, 0.0, []
    print(f"{'step':<10}{'wall s':>9}{'CPU s':>9}{'verifiers':>11}{'largest GB':>12}{'together GB':>13}")
    for step in STEPS:
        took = cost([sys.executable, "-m", "stillhouse", "stage", step, str(recipe), "--run", str(where)])
        total, verifiers = total + took.cpu, verifiers + took.verifiers
        above += [step] if took.together > limit else []
        print(f"{step:<10}{took.wall:>9.1f}{took.cpu:>9.1f}{took.verifiers:>11.1f}{took.largest:>12.2f}{took.together:>13.2f}", flush=True)
    print(
        f"CPU in all {total:.0f} s, {total - verifiers:.0f} s without the verifiers' processes; above {limit} GB: {', '.join(above) or 'none'}"
    )


if __name__ == "__main__":
    main()
