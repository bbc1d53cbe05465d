"""Loops and language mixing against 200 traces labelled by hand, beside the peers' rules on the same rows.

    python tests/benchmarks/bench_hygiene.py [--quick]

The rows are real thinking traces (misguided_attention of STILLHOUSE_BENCH_DATA, see tests/curation/labels). The sample
is not random: all rows with letters of another script, the 60 that compress best and the 30 longest are in it, the
rest was drawn, so that there is something to find. A trace is a loop where the same passages (numbers aside) come back
until the trace no longer gets anywhere; going over a question again in other words is not. 21 rows were hard to call
(`borderline`); figures are given with and without them. Half of the rows (odd lines) chose the thresholds, the other
half is reported apart.
"""

import argparse
import gzip
import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import polars as pl

ROOT = Path(__file__).parents[2]
LABELS = ROOT / "tests" / "curation" / "labels" / "misguided_attention.jsonl"
DATA = Path(os.environ.get("STILLHOUSE_BENCH_DATA", ROOT.parent / "shared" / "data"))
Rule = Callable[[pl.DataFrame], set[int]]


def labelled() -> pl.DataFrame:
    """The labels with their texts: line, loop, borderline, mixed, question, reasoning, response."""
    labels = pl.read_ndjson(LABELS)
    path = DATA / labels["file"][0]
    if not path.exists():
        sys.exit(f"{path} is missing: set STILLHOUSE_BENCH_DATA to the folder of benchmark data.")
    wanted, rows = set(labels["line"]), []
    with gzip.open(path, "rt") as file:
        for number, line in enumerate(file):
            if number in wanted:
                row = json.loads(line)
                rows.append((number, str(number), row["prompt"], row["thinking"], row["output"] or ""))
    texts = pl.DataFrame(rows, schema=["line", "id", "question", "reasoning", "response"], orient="row")
    found = labels.join(texts, on="line", how="inner")
    for digest, text in found.select("sha256", "reasoning").iter_rows():
        assert hashlib.sha256(text.encode()).hexdigest()[:16] == digest, "the labelled file is another version"
    assert found.height == labels.height
    return found


def ours(step: str, **settings: object) -> Rule:
    """A step of the package as a rule: the lines that it drops."""

    def rule(rows: pl.DataFrame) -> set[int]:
        from stillhouse.curation.pipeline import curate
        from stillhouse.recipe.curation import Curation

        found = curate(rows, Curation.model_validate({"steps": [{"step": step, **settings}]}), 0)
        return {int(i) for i in found.decisions.filter(~pl.col("kept"))["id"]}

    return rule


def open_instruct(rows: pl.DataFrame) -> set[int]:
    """open-instruct's repetition rule, as described: paragraph x10, sentence x40, or 4 equal sentences in a row."""

    def hit(text: str) -> bool:
        paragraphs = [p.strip() for p in text.split("\n\n") if p.strip()]
        sentences = [s.strip() for s in text.split(".") if s.strip()]
        run = best = 0
        for before, after in pairwise(sentences):
            run = run + 1 if before == after else 0
            best = max(best, run)
        most = max((paragraphs.count(p) for p in set(paragraphs)), default=0)
        return most >= 10 or max((sentences.count(s) for s in set(sentences)), default=0) >= 40 or best >= 3

    return {line for line, text in rows.select("line", "reasoning").iter_rows() if hit(text)}


def am_distilled(rows: pl.DataFrame) -> set[int]:
    """AM-distilled's rule: a 20-gram of words more than 20 times."""

    def hit(text: str) -> bool:
        words, seen = text.split(), dict[tuple[str, ...], int]()
        for i in range(len(words) - 19):
            key = tuple(words[i : i + 20])
            seen[key] = seen.get(key, 0) + 1
        return max(seen.values(), default=0) > 20

    return {line for line, text in rows.select("line", "reasoning").iter_rows() if hit(text)}


def cjk_share(rows: pl.DataFrame) -> set[int]:
    """open-instruct's rule: more than 5% of the characters are Chinese, Japanese or Korean."""
    pattern = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
    return {
        n
        for n, a, b in rows.select("line", "reasoning", "response").iter_rows()
        if any(len(pattern.findall(t)) > 0.05 * len(t) for t in (a, b))
    }


LOOPS: dict[str, Rule] = {
    "stillhouse": ours("loops", of=["reasoning"]),
    "open-instruct's rule": open_instruct,
    "AM-distilled's rule": am_distilled,
}
MIXED: dict[str, Rule] = {"stillhouse": ours("language"), "open-instruct's rule": cjk_share}


def figures(rows: pl.DataFrame, truth: pl.Expr, flagged: set[int]) -> str:
    wanted = set(rows.filter(truth)["line"])
    here = flagged & set(rows["line"])
    right = len(wanted & here)
    precision = f"{right / len(here):.3f}" if here else "-"
    return f"precision {precision:>5} ({right}/{len(here)}), recall {right / max(len(wanted), 1):.3f} ({right}/{len(wanted)})"


def report(title: str, rules: dict[str, Rule], rows: pl.DataFrame, truth: pl.Expr) -> None:
    size = (rows["reasoning"].str.len_bytes().sum() + rows["response"].str.len_bytes().sum()) / 1e6
    cuts = {"all": rows, "held out": rows.filter(pl.col("line") % 2 == 0), "clear": rows.filter(~pl.col("borderline"))}
    print(f"{title}: {rows.filter(truth).height} of {rows.height} rows")
    for name, rule in rules.items():
        start = time.monotonic()
        flagged = rule(rows)
        seconds = time.monotonic() - start
        print(f"  {name} ({size / max(seconds, 1e-9):.1f} MB/s)")
        for cut, chosen in cuts.items():
            print(f"    {cut:<9} {figures(chosen, truth, flagged)}")
        wrong = sorted(flagged ^ set(rows.filter(truth)["line"]))
        print(f"    lines called otherwise: {wrong if len(wrong) < 30 else len(wrong)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="our rules only")
    args = parser.parse_args()
    rows = labelled()
    rows = rows.with_columns(pl.col("id").cast(pl.String))
    ours("loops")(rows.head(2))  # compiled now, not while timed
    for title, rules, truth in (("Loops", LOOPS, pl.col("loop")), ("Language mixing", MIXED, pl.col("mixed") != "")):
        report(title, {"stillhouse": rules["stillhouse"]} if args.quick else rules, rows, truth)


if __name__ == "__main__":
    main()
