"""Decontamination beside its peers, on public data: n-gram speed, paraphrases caught, false alarms, confirmed overlaps.

    python tests/benchmarks/bench_decontaminate.py [--quick]

Reads the folder in STILLHOUSE_BENCH_DATA (default: ../shared/data beside the repository). The thresholds for rewritten
questions are tuned on every other row and reported on the rest. Embeddings are kept in the system's temporary folder.
"""

import argparse
import csv
import gzip
import hashlib
import itertools
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from stillhouse.curation.decontaminate.canaries import plant
from stillhouse.curation.decontaminate.detector import METHODS
from stillhouse.curation.decontaminate.ngrams import NgramIndex
from stillhouse.curation.decontaminate.paraphrase import ParaphraseIndex
from stillhouse.curation.embeddings import embed
from stillhouse.curation.text import canonical
from stillhouse.curation.text.tokens import STYLES
from stillhouse.recipe.dedup import Decontaminate, Embedding

DATA = Path(os.environ.get("STILLHOUSE_BENCH_DATA", Path(__file__).parents[2] / "../shared/data"))
CACHE = Path(tempfile.gettempdir()) / "stillhouse-bench"
TOKEN = re.compile(rb"\\?[a-z\x80-\xe2\xee-\xff]+(?:'[a-z\x80-\xe2\xee-\xff]+)*|\d+(?:\.\d+)*|[\xe3-\xed][\x80-\xbf]{2}")
COMMA = re.compile(rb"(?<=\d),(?=\d{3}(?!\d))")
SKIPPED = {b"\\" + name.encode() for name in STYLES}
TUNED_RECALL = 0.97


def rows(name: str) -> list[Any]:
    with gzip.open(DATA / name, "rt") as file:
        return json.load(file) if name.endswith(".json.gz") else [json.loads(line) for line in file]


def rephrased() -> list[str]:
    texts = [row["text"] for row in rows("decontamination/rephrased_gsm8k_test_first660.jsonl.gz")]
    return [text.removeprefix("Question: ").rsplit("\nAnswer:", 1)[0] for text in texts]


def vectors(texts: list[str]) -> np.ndarray:
    """Embeddings, kept on disk by what they are of."""
    CACHE.mkdir(exist_ok=True)
    path = CACHE / (hashlib.sha256("\0".join(texts).encode()).hexdigest()[:20] + ".npy")
    if not path.exists():
        np.save(path, embed(texts))
    return np.load(path)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of this process, which a shared machine's other load does not stretch as it does wall time."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def tokens(text: str) -> list[bytes]:
    """The token rules of stillhouse, written a second time with a regular expression."""
    found = TOKEN.findall(COMMA.sub(b"", canonical(text).lower().encode()))
    return [_word(token) for token in found if token not in SKIPPED]


def _word(token: bytes) -> bytes:
    token = token.removeprefix(b"\\").replace(b"'", b"") if token[:1] == b"\\" or b"'" in token else token
    return b"frac" if token in (b"dfrac", b"tfrac", b"cfrac") else token


def python_set(texts: list[str], questions: list[str], split: Callable[[str], list[Any]]) -> list[bool]:
    """A set of 8-tuples, as a person would write it."""
    known = {gram for question in questions for gram in _grams(split(question))}
    return [not known.isdisjoint(_grams(split(text))) for text in texts]


def _grams(words: list[Any]) -> Any:
    return zip(*(words[k:] for k in range(8)), strict=False)


def ngram_speed(texts: list[str], questions: list[str]) -> None:
    size = sum(len(text.encode()) for text in texts) / 1e6
    NgramIndex(questions[:9], 8).search(texts[:9])
    ours = min(timed(lambda: NgramIndex(questions, 8).search(texts))[0] for _ in range(3))
    flags = [match is not None for match in NgramIndex(questions, 8).search(texts)]
    same, expected = timed(lambda: python_set(texts, questions, tokens))
    plain, _ = timed(lambda: python_set(texts, questions, lambda text: text.lower().split()))
    differ = sum(a != b for a, b in zip(flags, expected, strict=True))
    print(f"8-grams of {len(texts):,} texts ({size:.0f} MB) against {len(questions):,} questions, MB per CPU second:")
    print(f"  stillhouse {size / ours:.1f}; a Python set with the same tokens {size / same:.1f} ({same / ours:.0f}x slower); ", end="")
    print(f"with text.lower().split() only {size / plain:.1f} ({plain / ours:.0f}x slower)")
    print(f"  flagged {sum(flags):,}; different from the Python set's: {differ}")


class Nearest:
    """Cosines and agreements of numbers, (n, k), of texts with their nearest questions."""

    def __init__(self, index: ParaphraseIndex, texts: list[str]) -> None:
        found = index.nearest(texts, vectors(texts))
        self.cosine = np.array([[near.cosine for near in row] for row in found])
        self.agreement = np.array([[near.agreement for near in row] for row in found])

    def flags(self, rule: Embedding) -> np.ndarray:
        return np.asarray((self.cosine + rule.numbers * self.agreement >= rule.threshold).any(axis=1))


def tune(caught: Nearest, clean: Nearest) -> Embedding:
    """The rule with the fewest false alarms, then the best recall, of those that catch 97% on the tuning halves."""
    grid = itertools.product(np.arange(0.8, 1.01, 0.01), np.arange(0, 0.31, 0.05))
    rules = [Embedding(threshold=round(threshold, 2), numbers=round(weight, 2)) for threshold, weight in grid]
    scored = [(-clean.flags(rule)[::2].mean(), caught.flags(rule)[::2].mean(), rule) for rule in rules]
    return max((s for s in scored if s[1] >= TUNED_RECALL), key=lambda s: s[:2])[2]


def paraphrases(questions: list[str], train: list[str]) -> None:
    rewritten = rephrased()
    index = ParaphraseIndex(questions, Embedding(), vectors=vectors(questions))
    caught, clean = Nearest(index, rewritten), Nearest(index, train)
    tuned = tune(caught, clean)
    lexical_caught, lexical_clean = lexical(rewritten, questions), lexical(train, questions)
    print(f"\n{len(rewritten)} rewritten GSM8K test questions; false alarms on {len(train):,} GSM8K train questions (every second row):")
    for name, rule in (("tuned on the other half", tuned), ("the defaults", Embedding())):
        recall, alarms = caught.flags(rule)[1::2], clean.flags(rule)[1::2]
        print(f"  embedding and numbers, {name} ({rule.threshold}, {rule.numbers}):", end=" ")
        print(f"caught {recall.mean():.1%}, false alarms {alarms.mean():.2%}; ", end="")
        recall, alarms = recall | lexical_caught[1::2], alarms | lexical_clean[1::2]
        print(f"all methods: caught {recall.mean():.1%} of {len(recall)}, false alarms {alarms.mean():.2%} of {len(alarms):,}")
    for name, rule in (("MiniLM >= .80", 0.8), ("MiniLM >= .85", 0.85)):
        print(f"  {name}: caught {(caught.cosine[1::2, 0] >= rule).mean():.1%}, false alarms {(clean.cosine[1::2, 0] >= rule).mean():.2%}")
    known = [np.array(python_set(x, questions, tokens))[1::2] for x in (rewritten, train)]
    print(f"  any shared 8-gram: caught {known[0].mean():.1%}, false alarms {known[1].mean():.2%}")


def lexical(texts: list[str], questions: list[str]) -> np.ndarray:
    """What exact, n-gram and fuzzy matching flag with the default settings."""
    found = [METHODS[name](questions, Decontaminate())(texts) for name in ("exact", "ngram", "fuzzy")]
    return np.array([any(match is not None for match in row) for row in zip(*found, strict=True)])


def confirmed() -> None:
    """s1K against MATH-500: the overlaps that people confirmed."""
    questions = [row["problem"] for row in rows("math500/math500.jsonl.gz")]
    texts = [row["problem"] for row in rows("s1k/s1k_1000_questions.json.gz")]
    with (DATA / "decontamination/audit_lexical_contamination_confirmed.csv").open(newline="") as file:
        verdicts = [row for row in csv.DictReader(file) if row["human_label"] == "CONTAMINATED"]
    index = ParaphraseIndex(questions, Embedding(), vectors=vectors(questions))
    flags = lexical(texts, questions) | Nearest(index, texts).flags(Embedding())
    print(f"\ns1K against MATH-500: {flags.sum()} of {len(texts):,} rows flagged")
    for project in ("s1", "openthoughts_full", "tulu"):
        theirs = [row["train_problem"] for row in verdicts if row["project"] == project]
        hits = lexical(theirs, questions) | Nearest(index, theirs).flags(Embedding())
        print(f"  confirmed overlaps of {project} found: {hits.sum()} of {len(theirs)}")
    positions = {text: i for i, text in enumerate(texts)}
    s1 = [positions[row["train_problem"]] for row in verdicts if row["project"] == "s1"]
    print(f"  of them in this copy of s1K: {flags[s1].sum()} of {len(s1)}")


def canaries(questions: list[str]) -> None:
    planted = plant(questions, 100, 0)
    texts = [canary.text for canary in planted]
    index = ParaphraseIndex(questions, Embedding(), vectors=vectors(questions))
    flags = lexical(texts, questions) | Nearest(index, texts).flags(Embedding())
    print(f"\ncanaries of GSM8K test caught: {flags.sum()} of {len(flags)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="n-grams only: no embeddings")
    options = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"{DATA} is missing: set STILLHOUSE_BENCH_DATA to the folder with the shared data.")
    test, train = ([row["question"] for row in rows(f"gsm8k/{part}.jsonl.gz")] for part in ("test", "train"))
    math = [row["problem"] for row in rows("math500/math500.jsonl.gz")]
    outputs = [str(row["output"]) for row in rows("zeroeval/gsm_samples_a.jsonl.gz")]
    ngram_speed(train + outputs, test + math)
    if not options.quick:
        paraphrases(test, train)
        confirmed()
        canaries(test)


if __name__ == "__main__":
    main()
