"""Very many problems: the plan, the step `problems`, the requests, and the scan of what is owed after a kill.

    python tests/benchmarks/bench_scale.py [--problems 1000000] [--folder F] [--limit-gb 2.0]

The problems are judged by tests, so no gold is checked; copies are looked for by exact text alone. One trace per problem is asked for and
1,000 are recorded, so that what is measured is the tables and not the traces. `requests` is killed once it has noted what it wants;
`resume` does it again and scans everything that is owed. Printed per step: wall seconds, CPU seconds, peak memory in GB (10^9 bytes).
"""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import psutil
from bench_whole_run import QUESTION, cost

RECIPE = """
name: scale
seed: 1
problems:
  held_out: 1000
  sources:
    - {{kind: file, path: {folder}/problems.parquet, verifier: code, license: mit, columns: {{payload: payload}}}}
dedup: {{near: null}}
teacher: {{kind: replay, path: {folder}/traces.parquet, sampling: {{n: 1}}}}
publish: {{license: mit}}
"""
PAYLOAD = """'{"kind": "asserts", "code": "assert f('||i||') == '||i||'"}'"""


def make(folder: Path, problems: int) -> None:
    """The two input files."""
    with duckdb.connect() as connection:
        for name, columns, rows in (
            ("problems", f"{QUESTION} AS question, '' AS answer, {PAYLOAD} AS payload", problems),
            ("traces", f"{QUESTION} AS question, 'def f(x): return x' AS text", 1_000),
        ):
            query = f"SELECT {columns} FROM range({rows}) t(i)"
            connection.execute(f"COPY ({query}) TO '{folder}/{name}.parquet' (COMPRESSION zstd)")


def killed(command: list[str], run: Path) -> tuple[float, float, float]:
    """Wall and CPU seconds and the peak in GB of a step that is killed once it has noted its requests. Raises AssertionError if it ends before."""
    start, cpu, peak = time.monotonic(), 0.0, 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as child:
        process = psutil.Process(child.pid)
        while not list(run.glob("artifacts/sample/*/opened.json")):
            assert child.poll() is None, "it ended before its requests were noted"
            times = process.cpu_times()
            cpu, peak = times.user + times.system, max(peak, process.memory_info().rss)
            time.sleep(0.1)
        child.send_signal(signal.SIGKILL)
    return time.monotonic() - start, cpu, peak / 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--limit-gb", type=float, default=2.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        recipe, run = folder / "recipe.yaml", folder / "run"
        recipe.write_text(RECIPE.format(folder=folder))
        if not (folder / "problems.parquet").exists():
            make(folder, arguments.problems)
        ours = [sys.executable, "-m", "stillhouse"]
        rest = [str(recipe), "--run", str(run)]
        print(f"{'step':<10}{'wall s':>9}{'CPU s':>9}{'GB':>8}")
        steps = (("plan", ["plan"]), ("problems", ["stage", "problems"]), ("requests", []), ("resume", ["stage", "sample"]))
        highest = 0.0
        for name, command in steps:
            if command:
                took = cost([*ours, *command, *rest])
                wall, cpu, peak = took.wall, took.cpu, took.together
            else:
                wall, cpu, peak = killed([*ours, "stage", "sample", *rest], run)
            highest = max(highest, peak)
            print(f"{name:<10}{wall:>9.1f}{cpu:>9.1f}{peak:>8.2f}", flush=True)
        print(f"at most {highest:.2f} GB: {'within' if highest <= arguments.limit_gb else 'ABOVE'} {arguments.limit_gb} GB")


if __name__ == "__main__":
    main()
