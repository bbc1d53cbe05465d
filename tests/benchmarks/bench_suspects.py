"""Suspect golds by the votes of 14 models, on MMLU-Redux: golds that people checked, precision and recall for the wrong ones.

    python tests/benchmarks/bench_suspects.py [FILE]

The rule is that of `stillhouse vote` at `verify.vote.suspect_share`: a response counts as much as its model agrees with the
golds, and a gold is suspect when the majority against it has at least that share. Beside it the plain rule (every response counts
the same) over its thresholds, and a check that the threshold is not tuned on the rows: chosen on a random half (the highest
precision with a recall of at least .5), it is applied to the other half, 200 times. Rates carry Wilson's 95% interval.
"""

import argparse
import json
import random
import statistics
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.bench_graded import DATA, Row, read, share  # noqa: E402

from stillhouse.recipe.verification import Verify  # noqa: E402
from stillhouse.recipe.verifiers import VoteRules  # noqa: E402
from stillhouse.records import Problem, Trace, answer_trace  # noqa: E402
from stillhouse.verifiers.votes.vote import vote  # noqa: E402

WRONG = "wrong_groundtruth"
THRESHOLDS = [round(0.60 + 0.01 * i, 2) for i in range(41)]
SPLITS, LEAST_RECALL = 200, 0.5


def shares(rows: list[Row]) -> dict[str, float]:
    """The share of the majority where it is against the gold, by the rule of `stillhouse vote`; 0 elsewhere."""
    pairs = [
        (Problem(row["id"], row["question"], row["gold"], "choice", payload=json.dumps({"choices": row["choices"]})), answer(model, given))
        for row in rows
        for model, given in row["answers"].items()
    ]
    found = vote(pairs, Verify(vote=VoteRules(suspect_share=0.51)), 1)
    return {v.problem_id: v.share if v.status == "suspect_gold" else 0.0 for v in found}


def answer(model: str, text: str) -> Trace:
    return replace(answer_trace("t", "p", text), model=model)


def plain_shares(rows: list[Row]) -> dict[str, float]:
    """The same where every response counts the same."""
    found = {}
    for row in rows:
        counts = Counter(given for given in row["answers"].values() if given in ("A", "B", "C", "D"))
        name, count = counts.most_common(1)[0]
        found[row["id"]] = count / counts.total() if name != row["gold"] else 0.0
    return found


def figures(rows: list[Row], against: dict[str, float], threshold: float) -> tuple[int, int, int]:
    """(suspects, wrong golds among them, wrong golds in all)."""
    suspects = [row for row in rows if against[row["id"]] >= threshold]
    return len(suspects), sum(row["error_type"] == WRONG for row in suspects), sum(row["error_type"] == WRONG for row in rows)


def line(name: str, rows: list[Row], against: dict[str, float], threshold: float) -> str:
    suspects, hits, wrong = figures(rows, against, threshold)
    return f"  {name:24s} >= {threshold:.2f}: {suspects:3d} suspects, precision {share(hits, suspects)}, recall {share(hits, wrong)} of {wrong}"


def best(rows: list[Row], against: dict[str, float]) -> float:
    """The threshold with the highest precision among those with enough recall."""
    reached = []
    for threshold in THRESHOLDS:
        suspects, hits, wrong = figures(rows, against, threshold)
        if suspects and hits >= LEAST_RECALL * wrong:
            reached.append((hits / suspects, threshold))
    return max(reached)[1] if reached else THRESHOLDS[0]


def split_check(rows: list[Row], against: dict[str, float], stated: float) -> None:
    draw, chosen, ours = random.Random(0), [], []
    for _ in range(SPLITS):
        half = draw.sample(rows, len(rows) // 2)
        ids = {row["id"] for row in half}
        other = [row for row in rows if row["id"] not in ids]
        for threshold, kept in ((best(half, against), chosen), (stated, ours)):
            suspects, hits, wrong = figures(other, against, threshold)
            kept.append((hits / max(suspects, 1), hits / max(wrong, 1)))
    for name, kept in (("chosen on the other half", chosen), (f"stated ({stated})", ours)):
        precision, recall = (statistics.fmean(column) for column in zip(*kept, strict=True))
        print(f"  held-out halves, threshold {name}: precision {precision:.2f}, recall {recall:.2f} (means of {SPLITS})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, default=DATA / "mmlu_redux_a.jsonl.gz")
    options = parser.parse_args()
    if not options.file.is_file():
        sys.exit(f"{options.file} is missing: set STILLHOUSE_BENCH_DATA to the folder of the benchmark data.")
    rows, stated = read(options.file), VoteRules().suspect_share
    against, plain = shares(rows), plain_shares(rows)
    print(f"{options.file.name}: {len(rows):,} questions, {len(rows[0]['answers'])} models")
    print(line("stillhouse vote", rows, against, stated))
    for threshold in (0.51, 0.75, 0.9, 1.0):
        print(line("every response the same", rows, plain, threshold))
    split_check(rows, against, stated)


if __name__ == "__main__":
    main()
