"""Policies on real pass rates: samples against problems solved, the pass rate's bias, the coverage of its interval.

    python tests/benchmarks/bench_policies.py [--repeats 400] [--only NAME]

Every attempt is a real, judged sample, drawn at random with replacement from those that were made of its problem:
CodeGen-16B's 100 for each problem of HumanEval (judged once by our verifier, kept in the user's cache), ZeroEval's outputs of 22
models for each problem of GSM8K and of 21 for MATH level 5 (by its publisher's rule), and nine of three models for each easy prompt of
reasoning-gym (the scores stored with them). The policies run through the step's own bookkeeping (`Allocation`) against a
simulated engine whose answers take exponentially long, so that requests under way when a problem stops are counted. The oracle asks one
at a time and stops at the first correct one. Reads the folder in STILLHOUSE_BENCH_DATA (default ../shared/data).
"""

import argparse
import gzip
import heapq
import json
import os
import random
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks import zeroeval  # noqa: E402

from stillhouse.engines.base import blank_trace  # noqa: E402
from stillhouse.recipe.policies import DifficultyBand, Escalate, Looking, Round, UntilKCorrect  # noqa: E402
from stillhouse.recipe.verification import Verify  # noqa: E402
from stillhouse.records import Problem, Request, Verdict  # noqa: E402
from stillhouse.rollouts.allocation import Allocation, Found  # noqa: E402
from stillhouse.rollouts.policies import OneRound, policy  # noqa: E402
from stillhouse.rollouts.policies.base import Plan, Policy  # noqa: E402
from stillhouse.rollouts.policies.fixed_n import FixedN  # noqa: E402
from stillhouse.scoring.intervals import mean_rate  # noqa: E402
from stillhouse.scoring.sequential import estimate  # noqa: E402
from stillhouse.storage.cache import cache_root  # noqa: E402

DATA = Path(os.environ.get("STILLHOUSE_BENCH_DATA", ROOT.parent / "shared/data"))
LIMIT_SECONDS = 3
SLOTS = 64
Samples = dict[str, list[bool]]


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def humaneval() -> Samples:
    """Whether each of CodeGen-16B's samples passes its problem's tests."""
    kept = cache_root() / "benchmarks" / "humaneval_codegen16B.json"
    if kept.exists():
        return json.loads(kept.read_text())  # type: ignore[no-any-return]
    from tests.benchmarks.bench_code import samples

    from stillhouse.verifiers.pool.pool import Pool

    found: Samples = defaultdict(list)
    with Pool(os.cpu_count() or 1, Verify.model_validate({"code": {"cpu_seconds": LIMIT_SECONDS}})) as pool:
        for verdict in pool.judge(samples(quick=False)):
            found[verdict.trace_id].append(verdict.outcome == "correct")
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(found))
    return found


def zero(name: str) -> Samples:
    golds = {row["id"]: row["answer"] for row in lines(DATA / "zeroeval" / f"{name}_problems.jsonl.gz")}
    found: Samples = defaultdict(list)
    for row in lines(DATA / "zeroeval" / f"{name}_samples_a.jsonl.gz"):
        found[row["id"]].append(zeroeval.accepts(golds[row["id"]], zeroeval.extracted(row["model"], row["output"])))
    return found


def gym() -> Samples:
    found: Samples = defaultdict(list)
    for path in sorted((DATA / "reasoning_gym_eval").glob("easy__*.jsonl.gz")):
        for row in lines(path):
            key = f"{row['task']} {json.dumps(row['config'], sort_keys=True)} {row['index']}"
            found[key] += [one["score"] == 1.0 for one in row["completions"]]
    return found


SETS: dict[str, Callable[[], Samples]] = {
    "humaneval": humaneval, "gsm8k": lambda: zero("gsm"), "math-l5": lambda: zero("math-l5"), "reasoning-gym": gym,
}  # fmt: skip


class Drawn:
    """What one run of a policy came to."""

    def __init__(self) -> None:
        self.asked = self.solved = 0


def simulate(chosen: Policy, data: Samples, chunk: int, chance: random.Random) -> Drawn:
    """Runs a policy through the step's bookkeeping, with at most SLOTS requests in an engine whose answers take exponentially long."""
    run, solved = Drawn(), set()
    found = (Found(Problem(name, "", "", "math"), [{} for _ in range(chosen.rounds)]) for name in data)
    stopped: set[str] = set()
    request = lambda number, problem, index: Request(f"{number}/{index}/{problem}", problem, "", "plain", 1, index, 0)  # noqa: E731
    books = Allocation(chosen, found, range(chosen.rounds), chunk, request, stopped.update)
    sources = [books.requests(number) for number in range(chosen.rounds)]
    cases = books.cases()
    running: list[tuple[float, str, Request]] = []
    clock = 0.0
    while not books.fill():
        running = [one for one in running if one[1] not in stopped]
        heapq.heapify(running)
        stopped.clear()
        for source in sources:
            while len(running) < SLOTS and (asked := next(source, None)) is not None:
                run.asked += 1
                heapq.heappush(running, (clock + chance.expovariate(1), asked[0].id, asked[0]))
        if running:
            clock, _, done = heapq.heappop(running)
            books.drawn(blank_trace(done, "stop"))
        while (case := next(cases, None)) is not None:
            right = chance.choice(data[case.problem.id])
            solved |= {case.problem.id} if right else set()
            outcome = "correct" if right else "wrong"
            books.judged(Verdict(case.trace.id, "", "", outcome, 0.0, "", "", 0.0, "", "plain", case.review.id))  # type: ignore[arg-type]
    run.solved = len(solved)
    return run


def oracle(data: Samples, cap: int, chance: random.Random) -> Drawn:
    run = Drawn()
    for samples in data.values():
        for _ in range(cap):
            run.asked += 1
            if chance.choice(samples):
                run.solved += 1
                break
    return run


def until(k: int, cap: int, futility: int | None = None) -> Looking:
    return UntilKCorrect(kind="until_k_correct", k=k, cap=cap, futility=futility)


def savings(name: str, data: Samples, repeats: int) -> None:
    """k = 1: requests sent, cancelled ones included, per problem solved, beside the oracle and a fixed number."""
    solvable = sum(any(samples) for samples in data.values()) / len(data)
    print(f"\n{name}: {len(data):,} problems, pass rate {share(data):.1%}, {solvable:.0%} solved by any of their samples")
    print("| policy | requests per problem | of fixed_n | of the oracle | solved |\n|---|---|---|---|---|")
    for cap in (4, 16):
        best = mean([oracle(data, cap, random.Random(seed)) for seed in range(repeats)], data)
        fixed = mean([fixed_n(data, cap, random.Random(seed)) for seed in range(repeats)], data)
        row(f"fixed_n {cap}", fixed, cap, best)
        row(f"oracle, cap {cap}", best, cap, best)
        for chunk in (1, 2, 4):
            runs = [simulate(policy(until(1, cap)), data, chunk, random.Random(seed)) for seed in range(repeats)]
            row(f"until_k_correct k 1, cap {cap}, chunk {chunk}", mean(runs, data), cap, best)
    for futility in (2, 4, 8):
        runs = [simulate(policy(until(1, 16, futility)), data, 1, random.Random(seed)) for seed in range(repeats)]
        row(f"… cap 16, futility {futility}", mean(runs, data), 16, best)


def fixed_n(data: Samples, n: int, chance: random.Random) -> Drawn:
    run = Drawn()
    for samples in data.values():
        run.asked += n
        run.solved += any(chance.choice(samples) for _ in range(n))
    return run


def mean(runs: list[Drawn], data: Samples) -> tuple[float, float]:
    return statistics.fmean(run.asked for run in runs) / len(data), statistics.fmean(run.solved for run in runs) / len(data)


def row(name: str, found: tuple[float, float], cap: int, best: tuple[float, float]) -> None:
    print(f"| {name} | {found[0]:.2f} | {found[0] / cap - 1:+.0%} | {found[0] / best[0]:.2f}x | {found[1]:.1%} |", flush=True)


def share(data: Samples) -> float:
    return statistics.fmean(statistics.fmean(samples) for samples in data.values())


RULES: dict[str, Policy] = {
    "fixed_n 4": OneRound(FixedN(4)), "fixed_n 16": OneRound(FixedN(16)),
    "until 1, cap 4": policy(until(1, 4)), "until 1, cap 16": policy(until(1, 16)), "until 1, cap 16, futility 4": policy(until(1, 16, 4)),
    "until 4, cap 16": policy(until(4, 16)),
    "band 0.2 to 0.8, cap 16": policy(DifficultyBand(kind="difficulty_band", low=0.2, high=0.8, cap=16)),
    "escalate 2 of 4, then 12": policy(Escalate(kind="escalate", k=2, rounds=[Round(cap=4), Round(cap=12)])),
}  # fmt: skip


def honesty(name: str, data: Samples, repeats: int) -> None:
    """The mean pass rate over as many problems as there are (at most 200), drawn with replacement: bias, and how often the interval holds it."""
    pool, truth = list(data.values()), share(data)
    size = min(len(pool), 200)
    print(f"\n{name}: the pass rate of {size} problems drawn at random, {repeats} times; the truth is {truth:.2%}")
    print(
        "| policy | bias, points (± 2 standard errors) | plain share's bias | interval of the mean covers | of one problem |\n|---|---|---|---|---|"
    )
    for rule, chosen in RULES.items():
        chance = random.Random(rule)
        plan = chosen.plan(0, 0)
        assert plan is not None
        found = [one_mean(plan, chance.choices(pool, k=size), truth, chance) for _ in range(repeats)]
        error = 100 * statistics.stdev(one[0] for one in found) / repeats**0.5
        bias = [100 * (statistics.fmean(one[i] for one in found) - truth) for i in (0, 1)]
        covered = [statistics.fmean(one[i] for one in found) for i in (2, 3)]
        print(f"| {rule} | {bias[0]:+.2f} ± {2 * error:.2f} | {bias[1]:+.2f} | {covered[0]:.1%} | {covered[1]:.1%} |", flush=True)


def one_mean(plan: Plan, problems: list[list[bool]], truth: float, chance: random.Random) -> tuple[float, float, bool, float]:
    """(the estimate, the plain share of correct ones, whether the interval holds the truth, the share of problems whose interval holds theirs)."""
    rates, plain, held = [], [], 0
    for samples in problems:
        tried = correct = 0
        while plan.decide(tried, correct) is None:
            correct += chance.choice(samples)
            tried += 1
        found = estimate(plan, tried, correct)
        rates.append(found.mean)
        plain.append(correct / tried)
        held += found.low <= statistics.fmean(samples) <= found.high
    interval = mean_rate(statistics.fmean(rates), statistics.stdev(rates), len(rates))
    return interval.mean, statistics.fmean(plain), interval.low <= truth <= interval.high, held / len(problems)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=400, help="of the pass rate; of the savings a hundredth")
    parser.add_argument("--only", choices=SETS)
    options = parser.parse_args()
    if not DATA.exists():
        sys.exit(f"{DATA} is not there: nothing was measured")
    for name in [options.only] if options.only else SETS:
        data = SETS[name]()
        savings(name, data, max(1, options.repeats // 100))
        honesty(name, data, options.repeats)


if __name__ == "__main__":
    main()
