"""The math verifier beside Math-Verify: speed on real outputs, disagreements, published accuracies, hazards.

    python tests/benchmarks/bench_math.py [--quick]

Both sides run on one core in one process each, in turn. Math-Verify gets what favours it: the answer that was already
found, boxed, so that it need not search the output. Stillhouse is timed from the raw output, search included. Real
outputs come from the folder in STILLHOUSE_BENCH_DATA (default ../shared/data). `--quick` takes every tenth.
"""

import argparse
import gzip
import json
import logging
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks import zeroeval  # noqa: E402
from tests.verifiers.hazards import HAZARDS  # noqa: E402

from stillhouse.dialects import parse  # noqa: E402
from stillhouse.recipe.verification import Verify  # noqa: E402
from stillhouse.records import Problem, Trace, answer_trace  # noqa: E402
from stillhouse.verifiers.base import Judgement  # noqa: E402
from stillhouse.verifiers.math.verifier import Math, gold_text  # noqa: E402
from stillhouse.verifiers.pool.pool import Pool  # noqa: E402

DATA = Path(os.environ.get("STILLHOUSE_BENCH_DATA", ROOT.parent / "shared/data")) / "zeroeval"
SETS = {"gsm": ("GSM8K", 10), "math-l5": ("MATH level 5", 5)}


def rows(name: str) -> list[dict[str, Any]]:
    if not (DATA / name).is_file():
        sys.exit(f"{DATA / name} is missing: set STILLHOUSE_BENCH_DATA to the folder of the benchmark data.")
    with gzip.open(DATA / name, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def trace(completion: str) -> Trace:
    parts = parse(completion)
    return answer_trace("t", "p", parts.response, reasoning=parts.reasoning, format=parts.format)


def math_verify(gold: str, answer: str) -> bool:
    from math_verify import parse, verify

    return bool(verify(parse(f"\\boxed{{{gold}}}"), parse(answer)))


def timed(run: Callable[[], Any]) -> tuple[Any, float]:
    start = time.process_time()
    result = run()
    return result, time.process_time() - start


def judged(samples: list[dict[str, Any]], problems: dict[str, Problem]) -> list[Judgement]:
    verifier = Math(Verify())
    return [verifier.judge(problems[s["id"]], trace(s["output"])) for s in samples]


def real(name: str, quick: bool) -> None:
    """Speed, disagreements and accuracies on one set of real outputs."""
    title, wanted = SETS[name]
    problems = {
        row["id"]: Problem(row["id"], row.get("problem", row.get("question", "")), row["answer"], "math")
        for row in rows(f"{name}_problems.jsonl.gz")
    }
    golds = {name: problem.answer for name, problem in problems.items()}
    samples = rows(f"{name}_samples_a.jsonl.gz")
    Math(Verify()).warm_up()
    found, ours = timed(lambda: judged(samples, problems))
    pairs = [(gold_text(golds[s["id"]]), j.extracted) for s, j in zip(samples, found, strict=True)]
    step = 10 if quick else 1
    theirs, peer = timed(lambda: [math_verify(gold, f"\\boxed{{{answer}}}") for gold, answer in pairs[::step]])
    speed, peer_speed = len(samples) / ours, len(theirs) / peer
    print(f"\n{title}: {len(samples):,} outputs, {len(set(pairs)):,} distinct pairs")
    print(f"  stillhouse {speed:,.0f} outputs/s, math-verify {peer_speed:,.0f} pairs/s: {speed / peer_speed:.1f}x (wanted: {wanted}x)")
    disagreements(found[::step], pairs[::step], theirs)
    accuracies(name, samples, found, golds)


def disagreements(found: list[Judgement], pairs: list[tuple[str, str]], theirs: list[bool]) -> None:
    """Every distinct pair on which the two differ, with the path that decided here."""
    differ = Counter(
        (gold, answer[:90], judgement.outcome, judgement.reason)
        for judgement, (gold, answer), peer in zip(found, pairs, theirs, strict=True)
        if (judgement.outcome == "correct") != peer
    )
    print(f"  disagreements with math-verify: {differ.total()} outputs, {len(differ)} distinct pairs")
    for (gold, answer, outcome, reason), count in differ.most_common(60):
        print(f"    {count:3d} x gold {gold!r}, answer {answer!r}: {outcome} ({reason})")


def accuracies(name: str, samples: list[dict[str, Any]], found: list[Judgement], golds: dict[str, str]) -> None:
    """Each model's accuracy beside the published one, and beside the publisher's own rule applied to the same rows."""
    published = {row["Model"]: float(row["Acc"]) for row in json.loads((DATA / f"{name}.summary.json").read_text())}
    graded: dict[str, list[tuple[bool, bool, str]]] = defaultdict(list)
    for sample, judgement in zip(samples, found, strict=True):
        theirs = zeroeval.extracted(sample["model"], sample["output"])
        here, there = judgement.outcome == "correct", zeroeval.accepts(golds[sample["id"]], theirs)
        why = zeroeval.difference(theirs, judgement.extracted, here) if here != there else ""
        graded[sample["model"]].append((here, there, why))
    near = reproduced = 0
    print("  accuracy: here, published, the publisher's rule on the same rows; gaps of over 0.5 points with every differing row")
    for model, verdicts in graded.items():
        share, rule = (100 * sum(verdict[side] for verdict in verdicts) / len(verdicts) for side in (0, 1))
        wanted = published[zeroeval.PUBLISHED_AS.get(model, model)]
        near += abs(share - wanted) <= 0.5
        reproduced += abs(rule - wanted) < 0.01
        reasons = Counter(("+ " if here else "- ") + why for here, _, why in verdicts if why)
        mark = "" if abs(share - wanted) <= 0.5 else "   <- " + "; ".join(f"{count} {reason}" for reason, count in reasons.most_common())
        print(f"    {model:42s} {share:6.2f} {wanted:6.2f} ({share - wanted:+.2f}) {rule:6.2f}{mark}")
    print(f"  within 0.5 points: {near} of {len(graded)}; the publisher's rule reproduces {reproduced} of {len(graded)} exactly")


def hazards() -> None:
    """Throughput before, during and after inputs that hang or exhaust a symbolic engine."""
    plain = [(Problem("p", "", "42", "math"), trace(f"\\boxed{{{i}}}")) for i in range(4_000)]
    with Pool(1, Verify(cpu_seconds=2, memory_mb=512)) as pool:
        list(pool.judge(plain[:100]))
        before = throughput(pool, plain)
        start = time.perf_counter()
        verdicts = list(pool.judge((Problem("p", "", gold, "math"), trace(text)) for _, gold, text in HAZARDS))
        seconds = time.perf_counter() - start
        after = throughput(pool, plain)
    print(f"\nhazards: {len(HAZARDS)} in {seconds:.1f} s; plain throughput before {before:,.0f}/s, after {after:,.0f}/s")
    for (name, _, _), verdict in zip(HAZARDS, verdicts, strict=True):
        print(f"  {name:32s} {verdict.outcome:12s} {verdict.seconds:5.2f} s  {verdict.reason[:90]}")


def throughput(pool: Pool, pairs: list[tuple[Problem, Trace]]) -> float:
    start = time.perf_counter()
    return sum(1 for _ in pool.judge(pairs)) / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="every tenth pair for math-verify")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    for name in SETS:
        real(name, options.quick)
    hazards()


if __name__ == "__main__":
    main()
