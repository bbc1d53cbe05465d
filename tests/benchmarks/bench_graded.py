"""The verifiers on answers with labels: false accepts, false rejects and what stays undecided, beside Math-Verify and inspect_ai.

    python tests/benchmarks/bench_graded.py [SET ...] [--ours] [--differ FILE] [--write [--again]]

The sets are the project's own mutation suite (`mutations`) and the files of STILLHOUSE_BENCH_DATA/graded (default
../shared/data), whose labels are their publishers'. Every tool reads the raw response; rates carry Wilson's 95% interval;
speed is rows per second of CPU time in the judgement itself. `--ours` leaves the peers out, `--differ` lists every row on
which our verdict is not the label's, `--write` keeps the figures for dataset cards. It takes over what
was recorded of a peer's same version on the same rows (the peers need half an hour); `--again` measures them anew.
"""

import argparse
import gzip
import hashlib
import json
import logging
import os
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks import mmlu_pro, peers  # noqa: E402
from tests.verifiers.mutations import all_cases  # noqa: E402

from stillhouse.scoring.intervals import rate  # noqa: E402
from stillhouse.verifiers import grade  # noqa: E402
from stillhouse.verifiers.measured import Errors, Measured  # noqa: E402

DATA = Path(os.environ.get("STILLHOUSE_BENCH_DATA", ROOT.parent / "shared/data")) / "graded"
RECORD = ROOT / "pipelines/stillhouse/verifiers/measured.json"
OWN = "mutations"
TITLES = {
    OWN: "own mutation suite",
    "gsm8k_model_solutions_a": "GSM8K's own model solutions",
    "gsm8k_models_a": "GPT-3.5, Abel and MetaMath on GSM8K (GSM-Plus)",
    "hardverify_math_a": "HardVerify-Math (TinyV)",
    "mmlu_pro_a": "Llama-3.1-8B and Phi-3-mini on MMLU-Pro",
}
Row = dict[str, Any]


@dataclass(frozen=True)
class Graded:
    """One tool's outcomes on a set's rows, in order, and the CPU seconds that they took."""

    tool: str
    outcomes: list[str]
    seconds: float

    def errors(self, rows: list[Row]) -> Errors:
        pairs = Counter(zip((row["expected"] for row in rows), self.outcomes, strict=True))
        undecided = sum(count for (_, outcome), count in pairs.items() if outcome not in ("correct", "wrong"))
        return Errors(self.tool, pairs[False, "correct"], pairs[True, "wrong"], undecided)


def available() -> dict[str, list[Row]]:
    """Every set that is there, by name: the own suite first, then each file with labels."""
    own = [
        {"id": str(i), "verifier": "math", "question": "", "answer": c.gold, "response": c.completion, "expected": c.accepted}
        for i, c in enumerate(all_cases())
    ]
    files = sorted(DATA.glob("*.jsonl.gz"))
    if not files:
        print(f"{DATA} holds no *.jsonl.gz: set STILLHOUSE_BENCH_DATA to the folder of the benchmark data.")
    labelled = {path.name.removesuffix(".jsonl.gz"): read(path) for path in files}
    return {OWN: own, **{name: rows for name, rows in labelled.items() if "expected" in rows[0]}}


def read(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def ours(rows: list[Row]) -> tuple[Graded, list[Row]]:
    """Our outcomes, and the results they come from."""
    results = list(grade(rows))
    version = f"stillhouse {rows[0]['verifier']} {results[0]['version']}"
    return Graded(version, [r["outcome"] for r in results], sum(r["seconds"] for r in results)), results


def theirs(rows: list[Row]) -> list[Graded]:
    """Each installed peer's outcomes on the same rows."""
    found = []
    for name in peers.FOR[rows[0]["verifier"]]:
        tool = peers.version(name)
        if tool is None:
            print(f"  {name}: not installed (pip install --no-deps -r infra/locks/peers.txt)")
        else:
            found.append(Graded(tool, *peers.outcomes(name, rows)))
    return found


def show(name: str, rows: list[Row], tools: list[Graded]) -> None:
    right = sum(row["expected"] for row in rows)
    print(f"\n{TITLES.get(name, name)} [{name}]: {right:,} right, {len(rows) - right:,} wrong answers")
    for graded in tools:
        found, speed = graded.errors(rows), len(rows) / max(graded.seconds, 1e-9)
        rejects, accepts = share(found.false_rejects, right), share(found.false_accepts, len(rows) - right)
        print(f"  {graded.tool:24s} false rejects {rejects}, false accepts {accepts}, undecided {found.undecided:,}, {speed:,.0f} rows/s")


def show_readings(rows: list[Row], results: list[Row]) -> None:
    """For choices: how often our verdict is the publisher's, and the class of every row where it is not."""
    classes = Counter(
        mmlu_pro.difference(row, result["extracted"], result["reason"])
        for row, result in zip(rows, results, strict=True)
        if (result["outcome"] == "correct") != row["expected"]
    )
    read = sum(bool(row["pred"]) and mmlu_pro.difference(row, "", "") != mmlu_pro.NO_READING for row in rows)
    differing = classes.total() - classes[mmlu_pro.NO_READING]
    print(f"  agreement with the publisher: {share(len(rows) - classes.total(), len(rows))} of all rows")
    print(f"  {share(read - differing, read)} of the {read:,} in which the publisher read a letter")
    for name, count in classes.most_common():
        print(f"    {count:3d} x {name}")


def share(count: int, of: int) -> str:
    """`3 (0.1% [0.0, 0.3])`."""
    if not of:
        return f"{count:,}"
    found = rate([1.0] * count + [0.0] * (of - count))
    return f"{count:,} ({found.mean:.2%} [{found.low * 100:.2f}, {found.high * 100:.2f}])"


def differing(name: str, rows: list[Row], results: list[Row]) -> list[Row]:
    """The rows on which our verdict is not the label's, each with what it needs to be read and classed."""
    keep = ("outcome", "extracted", "reason")
    return [
        {"set": name, **row, **{key: result[key] for key in keep}}
        for row, result in zip(rows, results, strict=True)
        if (result["outcome"] == "correct") != row["expected"] or result["outcome"] not in ("correct", "wrong")
    ]


def entry(name: str, rows: list[Row], mine: Graded, peers_errors: list[Errors]) -> Measured:
    right = sum(row["expected"] for row in rows)
    return Measured(TITLES.get(name, name), digest(rows), name == OWN, right, len(rows) - right, mine.errors(rows), peers_errors)


def digest(rows: list[Row]) -> str:
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:16]


def recorded(rows: list[Row]) -> list[Errors]:
    """What is on record of every peer in its installed version on these very rows; empty where one of them is missing."""
    wanted = [peers.version(name) for name in peers.FOR[rows[0]["verifier"]]]
    sets = [entry for verifier in json.loads(RECORD.read_text()).values() for entry in verifier["sets"] if entry["rows"] == digest(rows)]
    known = {peer["tool"]: Errors(**peer) for entry in sets for peer in entry["peers"]}
    return [known[tool] for tool in wanted if tool in known] if set(wanted) <= set(known) else []


def write(found: dict[str, list[Measured]], versions: dict[str, str]) -> None:
    kept = {verifier: {"version": versions[verifier], "sets": [asdict(entry) for entry in sets]} for verifier, sets in found.items()}
    RECORD.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    print(f"\nrecorded in {RECORD}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", metavar="SET", help="these sets only")
    parser.add_argument("--ours", action="store_true", help="without the peers")
    parser.add_argument("--differ", type=Path, metavar="FILE", help="where every differing row goes, as JSONL")
    parser.add_argument("--write", action="store_true", help="keep the figures for dataset cards")
    parser.add_argument("--again", action="store_true", help="with --write: measure the peers anew")
    options = parser.parse_args()
    if options.write and (options.ours or options.sets):
        parser.error("--write keeps all sets with all peers")
    if options.write and not list(DATA.glob("*.jsonl.gz")):
        parser.error(f"--write needs the sets in {DATA}: set STILLHOUSE_BENCH_DATA to the folder of the benchmark data")
    logging.disable(logging.CRITICAL)
    found: dict[str, list[Measured]] = {}
    versions: dict[str, str] = {}
    differ: list[Row] = []
    for name, rows in available().items():
        if options.sets and name not in options.sets:
            continue
        mine, results = ours(rows)
        known = recorded(rows) if options.write and not options.again else []
        tools = [mine] if options.ours or known else [mine, *theirs(rows)]
        show(name, rows, tools)
        if rows[0]["verifier"] == "choice":
            show_readings(rows, results)
        differ += differing(name, rows, results)
        verifier = rows[0]["verifier"]
        versions[verifier] = results[0]["version"]
        found.setdefault(verifier, []).append(entry(name, rows, mine, known or [graded.errors(rows) for graded in tools[1:]]))
    if options.differ:
        options.differ.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in differ))
    if options.write:
        write(found, versions)


if __name__ == "__main__":
    main()
