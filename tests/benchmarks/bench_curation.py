"""Curation's funnels on a synthetic table of traces, beside hand-written DuckDB SQL that does the same by hand.

    python tests/benchmarks/bench_curation.py [--quick] [--rows N] [--folder F]

Each side runs in a process of its own, in turns, from the same Parquet file to the same two outputs: the kept rows with
their texts, and one decision per input row. Both start with everything imported, both write zstd. The hand-written SQL
comes twice: `hand` leaves out what a tool owes its user, `same` has it too (ids checked to be unique, decisions with all their
columns, a draw that a seed fixes in any order of work). Printed: CPU and wall seconds (the best and all of them), peak resident memory in MB
(10^6 bytes), and whether two runs of the same seed gave the same bytes. The table has 2 kB of text per row.
"""

import argparse
import hashlib
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

GROUP = 20_000
RECIPES = {
    "s1 (1,000 traces)": """
seed: 1
curation:
  steps:
    - {step: outcome}
    - {step: question}
    - {step: select, method: s1, size: 1000, solved_by: [pass_rate_small], take_all: [aime], uniform_until: 700, benchmark: [aime]}
""",
    "shortest correct (one trace of each problem)": """
seed: 1
curation:
  steps:
    - {step: outcome}
    - {step: question}
    - {step: select, method: shortest}
""",
}
QUALITY = """CASE WHEN outcome IS NULL THEN 'unjudged' WHEN outcome <> 'correct' THEN outcome
    WHEN trim(question) = '' OR regexp_matches(question, '\\[asy\\]') OR regexp_matches(question, '!\\[.*?\\]\\(') THEN 'unusable_question' END"""
HAND = {
    "s1 (1,000 traces)": [
        f"""CREATE TABLE t AS SELECT row_number() OVER () AS row, id, problem_id, source, domain, reasoning_tokens AS tokens,
            pass_rate_small > 0 AS solved, {QUALITY} AS bad FROM read_parquet('{{data}}')""",
        """CREATE TABLE c AS SELECT *, CASE WHEN solved THEN 'solved' WHEN row_number() OVER
            (PARTITION BY problem_id ORDER BY solved, tokens DESC, id) > 1 THEN 'other_trace' END AS reason FROM t WHERE bad IS NULL""",
        "SELECT setseed(0.1)",
        "CREATE TABLE k AS SELECT row FROM c WHERE reason IS NULL AND source = 'aime' LIMIT 1000",
        """CREATE TABLE r AS SELECT row, domain, row_number() OVER (PARTITION BY domain ORDER BY tokens DESC, id) - 1 AS rank
            FROM c WHERE reason IS NULL AND row NOT IN (FROM k)""",
        """INSERT INTO k SELECT row FROM r WHERE rank < 1064 ORDER BY -ln(random()) * pow(2, rank)
            LIMIT (SELECT 1000 - count(*) FROM k)""",
        """CREATE TABLE d AS SELECT t.id, k.row IS NOT NULL AS kept, coalesce(t.bad, c.reason, CASE WHEN k.row IS NULL THEN 'not_drawn' END,
            'kept') AS reason FROM t LEFT JOIN c USING (row) LEFT JOIN k USING (row) ORDER BY t.row""",
    ],
    "shortest correct (one trace of each problem)": [
        f"CREATE TABLE t AS SELECT row_number() OVER () AS row, id, problem_id, output_tokens, {QUALITY} AS bad FROM read_parquet('{{data}}')",
        """CREATE TABLE c AS SELECT *, CASE WHEN row_number() OVER (PARTITION BY problem_id ORDER BY output_tokens, id) > 1 THEN 'longer' END
            AS reason FROM t WHERE bad IS NULL""",
        """CREATE TABLE d AS SELECT t.id, t.bad IS NULL AND c.reason IS NULL AS kept, coalesce(t.bad, c.reason, 'kept') AS reason
            FROM t LEFT JOIN c USING (row) ORDER BY t.row""",
    ],
}
UNIQUE = "SELECT CASE WHEN count(*) <> count(DISTINCT id) THEN error('an id occurs twice') END FROM t"
ALL_COLUMNS = """CREATE TABLE e AS SELECT id, 'trace' AS kind, CASE WHEN kept THEN 'curate' WHEN reason IN ('unjudged', 'wrong') THEN 'outcome'
    WHEN reason = 'unusable_question' THEN 'question' ELSE 'select' END AS step, kept, reason, '' AS detail FROM d ORDER BY rowid"""
SAME = {
    "LIMIT 1000": "ORDER BY id LIMIT 1000",
    "-ln(random())": "-ln((hash(id, 1) + 1) / 18446744073709551616)",
    "SELECT row, domain, row_number() OVER (PARTITION BY domain": "SELECT row, id, domain, row_number() OVER (PARTITION BY domain",
}
OUTPUTS = [
    "COPY d TO '{decisions}' (FORMAT parquet, COMPRESSION zstd)",
    """COPY (SELECT * FROM read_parquet('{data}') WHERE id IN (SELECT id FROM d WHERE kept))
        TO '{kept}' (FORMAT parquet, COMPRESSION zstd)""",
]


def make(path: Path, rows: int) -> None:
    """A table of traces: 5 per problem, half of them right, texts cut from a long one of random words."""
    draw = np.random.default_rng(0)
    words = np.array(["".join(chr(97 + c) for c in draw.integers(0, 26, draw.integers(2, 9))) for _ in range(20_000)])
    long = " ".join(words[draw.zipf(1.2, 2_000_000) % 20_000])
    partial = path.with_suffix(".partial")
    with pq.ParquetWriter(partial, _part(draw, 0, 1, long).schema, compression="zstd") as writer:
        for start in range(0, rows, GROUP):
            writer.write_table(_part(draw, start, min(GROUP, rows - start), long))
    partial.rename(path)


def _part(draw: np.random.Generator, start: int, n: int, long: str) -> pa.Table:
    number = np.arange(start, start + n)
    problem, length = number // 5, draw.lognormal(7.3, 0.5, n).astype(int).clip(200, 20_000)
    where = draw.integers(0, len(long) - 30_000, n)
    return pa.table(
        {
            "id": [f"t{i:019d}" for i in number],
            "problem_id": [f"p{i:019d}" for i in problem],
            "question": [long[p * 37 % 4_000_000 : p * 37 % 4_000_000 + 200] + (" [asy]" if p % 40 == 0 else "") for p in problem.tolist()],
            "outcome": np.where(draw.random(n) < 0.5, "correct", "wrong"),
            "source": np.where(problem % 500 == 0, "aime", np.char.add("source", (problem % 9).astype(str))),
            "domain": np.char.add("domain", (problem % 51).astype(str)),
            "pass_rate_small": np.where(problem % 3 == 0, 0.25, 0.0),
            "reasoning_tokens": length // 4,
            "output_tokens": length // 4 + 50,
            "reasoning": [long[w : w + k] for w, k in zip(where.tolist(), length.tolist(), strict=True)],
            "response": [long[w : w + 200] for w in where.tolist()],
        }
    )


def by_hand(funnel: str, data: Path, kept: Path, decisions: Path) -> None:
    """The same funnel in plain SQL, within 600 MB."""
    _execute(HAND[funnel] + OUTPUTS, data, kept, decisions)


def by_hand_with_checks(funnel: str, data: Path, kept: Path, decisions: Path) -> None:
    """The same funnel in plain SQL with the same guarantees."""
    first, *rest = HAND[funnel]
    for old, new in SAME.items():
        rest = [sql.replace(old, new) for sql in rest]
    _execute([first, UNIQUE, *rest, ALL_COLUMNS, OUTPUTS[0].replace("COPY d ", "COPY e "), OUTPUTS[1]], data, kept, decisions)


def _execute(statements: list[str], data: Path, kept: Path, decisions: Path) -> None:
    import duckdb

    with duckdb.connect(config={"memory_limit": "400MB", "threads": "2"}) as connection:
        connection.execute(f"SET temp_directory = '{data.parent}/spill'")
        for sql in statements:
            connection.execute(sql.format(data=data, kept=kept, decisions=decisions))


def ours(funnel: str, data: Path, kept: Path, decisions: Path) -> None:
    """The command line's way, in this process."""
    from stillhouse.curation.outputs import write
    from stillhouse.curation.pipeline import curate
    from stillhouse.curation.sources import open_inputs
    from stillhouse.recipe.part import load_curation

    recipe = data.parent / "recipe.yaml"
    recipe.write_text(RECIPES[funnel])
    settings, inputs = load_curation(recipe), open_inputs([str(data)])
    curated = curate(inputs.rows, settings.curation, settings.seed)
    write(inputs, curated, str(kept), str(decisions))
    reasons = curated.decisions.group_by("step", "reason").len().sort("step", "reason").rows()
    assert sum(n for _, _, n in reasons) == curated.counts["input"] == len(inputs.ids), "rows are lost"
    print("COUNTS", {f"{step}/{reason}": n for step, reason, n in reasons})


SIDES = {"ours": ours, "hand": by_hand, "same": by_hand_with_checks}


def child(side: str, funnel: str, data: Path) -> None:
    kept, decisions = data.parent / f"kept-{side}.parquet", data.parent / f"decisions-{side}.parquet"
    from stillhouse.curation.memory import give_back

    give_back()  # as `stillhouse curate` does
    import duckdb  # noqa: F401
    import pyarrow.compute  # noqa: F401

    import stillhouse.curation.outputs  # noqa: F401  both sides start with everything loaded

    start, used = time.monotonic(), time.process_time()
    SIDES[side](funnel, data, kept, decisions)
    seconds, used = time.monotonic() - start, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    digest = hashlib.sha256(kept.read_bytes() + decisions.read_bytes()).hexdigest()[:16]
    print(f"RESULT {used:.2f} {seconds:.2f} {peak:.0f} {pq.read_metadata(kept).num_rows} {digest}")


class Result(NamedTuple):
    """One run of one side: CPU and wall seconds, peak MB, kept rows, the digest of both outputs."""

    cpu: float
    wall: float
    peak: int
    kept: int
    digest: str


def run(side: str, funnel: str, data: Path) -> Result:
    command = [sys.executable, __file__, "--child", side, "--funnel", funnel, "--data", str(data)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    fields = next(line for line in out.splitlines() if line.startswith("RESULT")).split()
    if side == "ours":
        print("   " + next(line for line in out.splitlines() if line.startswith("COUNTS")))
    return Result(float(fields[1]), float(fields[2]), int(fields[3]), int(fields[4]), fields[5])


def compare(funnel: str, data: Path, repeats: int) -> None:
    print(f"{funnel}:")
    found: dict[str, list[Result]] = {side: [] for side in SIDES}
    for _ in range(repeats):
        for side in found:
            found[side].append(run(side, funnel, data))
    for side, results in found.items():
        cpu, wall = (", ".join(f"{getattr(r, name):.2f}" for r in results) for name in ("cpu", "wall"))
        print(f"  {side:<5} CPU {_best(results, 'cpu'):6.2f} s ({cpu}), wall {_best(results, 'wall'):6.2f} s ({wall}), ", end="")
        print(f"peak {max(r.peak for r in results)} MB, {results[0].kept:,} kept")
    for other in ("same", "hand"):
        ratios = ", ".join(f"{name} {_best(found['ours'], name) / _best(found[other], name):.2f}" for name in ("cpu", "wall"))
        print(f"  ours / {other}: {ratios} (wanted: at most 1.10, 600 MB)")
    identical = ", ".join(f"{side} {len({r.digest for r in results}) == 1}" for side, results in found.items())
    print(f"  {repeats} runs of one seed byte-identical: {identical}")


def _best(results: list[Result], name: str) -> float:
    return min(float(getattr(r, name)) for r in results)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="50,000 rows, once")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path("data/bench"))
    parser.add_argument("--child", choices=list(SIDES), help=argparse.SUPPRESS)
    parser.add_argument("--funnel", help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        return child(args.child, args.funnel, args.data)
    rows = 50_000 if args.quick else args.rows
    args.folder.mkdir(parents=True, exist_ok=True)
    data = (args.folder / f"traces-{rows}.parquet").absolute()
    if not data.exists():
        make(data, rows)
    print(f"{rows:,} traces, {data.stat().st_size / 1e6:,.0f} MB of Parquet")
    for funnel in RECIPES:
        compare(funnel, data, 2 if args.quick else 3)


if __name__ == "__main__":
    main()
