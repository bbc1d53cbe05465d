"""The reasoning_gym verifier on stored completions of three models: agreement with the scores stored beside them.

    python tests/benchmarks/bench_reasoning_gym.py [--quick] [-j WORKERS]

The data hold no generator entries, so each is drawn again from its stored configuration; a prompt whose redrawn question
or answer differs (the task changed since) cannot be checked and is counted apart. Reads the folder in STILLHOUSE_BENCH_DATA
(default ../shared/data). `--quick` takes every tenth prompt.
"""

import argparse
import gzip
import json
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace, answer_trace
from stillhouse.verifiers.pool.pool import Pool

DATA = Path(os.environ.get("STILLHOUSE_BENCH_DATA", Path(__file__).resolve().parents[3] / "shared/data")) / "reasoning_gym_eval"


def prompts(step: int) -> Iterator[dict[str, Any]]:
    files = sorted(DATA.glob("*.jsonl.gz"))
    if not files:
        sys.exit(f"{DATA} holds no *.jsonl.gz: set STILLHOUSE_BENCH_DATA to the folder of the benchmark data.")
    for path in files:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file):
                if number % step == 0:
                    yield json.loads(line)


class Redrawn:
    """Generator entries by (task, configuration, index)."""

    def __init__(self) -> None:
        self._sets: dict[str, Any] = {}

    def entry(self, row: dict[str, Any]) -> dict[str, Any] | None:
        """The entry, or None where today's generator makes another question or answer."""
        import reasoning_gym

        key = row["task"] + json.dumps(row["config"], sort_keys=True)
        if key not in self._sets:
            try:
                self._sets[key] = reasoning_gym.create_dataset(row["task"], **row["config"])
            except (ValueError, TypeError, AssertionError) as error:
                print(f"  {row['task']}: cannot be made again ({error})")
                self._sets[key] = None
        if self._sets[key] is None:
            return None
        try:
            entry: dict[str, Any] = self._sets[key][row["index"]]
        except (ValueError, RuntimeError):  # some generators give up on some indices
            return None
        return entry if entry["question"] == row["question"] and str(entry["answer"]) == str(row["expected_answer"]) else None


def pairs(step: int, stored: list[tuple[str, float, str]], skipped: Counter[str]) -> Iterator[tuple[Problem, Trace]]:
    redrawn = Redrawn()
    for row in prompts(step):
        entry = redrawn.entry(row)
        if entry is None:
            skipped[row["task"]] += len(row["completions"])
            continue
        payload = json.dumps({"task": row["task"], "entry": entry, "config": row["config"]}, default=str)
        problem = Problem("p", row["question"], str(row["expected_answer"]), "reasoning_gym", payload=payload)
        for completion in row["completions"]:
            stored.append((row["task"], completion["score"], str(completion["answer"])[:60]))
            yield problem, answer_trace("t", "p", completion["response"] or "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="every tenth prompt")
    parser.add_argument("--step", type=int, default=0, help="every so many prompts instead")
    parser.add_argument("-j", "--jobs", type=int, default=1)
    options = parser.parse_args()
    stored: list[tuple[str, float, str]] = []
    skipped: Counter[str] = Counter()
    start = time.perf_counter()
    with Pool(options.jobs, Verify(reasoning_gym_tags_only=True)) as pool:
        verdicts = list(pool.judge(pairs(options.step or (10 if options.quick else 1), stored, skipped)))
    seconds = time.perf_counter() - start
    differ: dict[str, list[str]] = defaultdict(list)
    for (task, score, answer), verdict in zip(stored, verdicts, strict=True):
        if abs(score - verdict.score) > 1e-6:
            differ[task].append(
                f"stored {score:g} for {answer!r}, here {verdict.score:g} for {verdict.extracted[:60]!r} ({verdict.reason[:60]})"
            )
    same = sum((score >= 1.0) == (v.outcome == "correct") for (_, score, _), v in zip(stored, verdicts, strict=True))
    wrong = sum(len(rows) for rows in differ.values())
    print(
        f"{len(stored):,} completions in {seconds:.0f} s; not checked, the generator changed: {skipped.total():,} of {len(skipped)} tasks"
    )
    print(f"same score: {100 * (1 - wrong / len(stored)):.2f}% (wanted: 99%)")
    print(f"same correctness (full marks or not): {100 * same / len(stored):.2f}%")
    print("not checked: " + ", ".join(f"{task} {count}" for task, count in skipped.most_common()))
    for task, rows in sorted(differ.items(), key=lambda item: -len(item[1])):
        print(f"  {task}: {len(rows)}, e.g. {rows[0]}")


if __name__ == "__main__":
    main()
