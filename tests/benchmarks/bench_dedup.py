"""Near deduplication beside its peers, on real traces: documents per second, F1 against brute force, memory.

    python tests/benchmarks/bench_dedup.py [--quick] [--million]

Reads the folder in STILLHOUSE_BENCH_DATA (default: ../shared/data beside the repository). The peers are pinned in
infra/locks/peers.txt; one that is not installed is named and left out. Everything runs on one thread but --million.
"""

import argparse
import gzip
import itertools
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from stillhouse.curation.dedup import dedup
from stillhouse.recipe.dedup import Dedup, Near

DATA = Path(os.environ.get("STILLHOUSE_BENCH_DATA", Path(__file__).parents[2] / "../shared/data"))
SETTINGS = Dedup(numbers="words")
THRESHOLD = Near().threshold
TOKEN = re.compile(
    rb"[a-z\x80-\xe2\xee-\xff]+(?:'[a-z\x80-\xe2\xee-\xff]+)*|\d+(?:\.\d+)*|[\xe3-\xed][\x80-\xbf]{2}|[+\-*/=<>^%!|&]|\\[a-z]+"
)


def corpus() -> list[str]:
    """All completions of reasoning_gym_eval and all outputs of zeroeval."""
    if not DATA.is_dir():
        sys.exit(f"{DATA} is missing: set STILLHOUSE_BENCH_DATA to the folder with the shared data.")
    return [text for text in _texts() if text]


def _texts() -> Iterator[str]:
    for path in sorted(DATA.glob("reasoning_gym_eval/*.jsonl.gz")):
        for row in _rows(path):
            yield from (str(c["response"]) for c in row["completions"])
    for path in sorted(DATA.glob("zeroeval/*_samples_a.jsonl.gz")):
        yield from (str(row["output"]) for row in _rows(path))


def _rows(path: Path) -> Iterator[Any]:
    with gzip.open(path, "rt") as file:
        yield from map(json.loads, file)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of this process, which a shared machine's other load does not stretch as it does wall time."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def shingles(text: str) -> list[str]:
    words = text.lower().split()
    return [" ".join(words[i : i + 5]) for i in range(max(len(words) - 4, 1))]


def ours(texts: list[str]) -> list[tuple[int, int]]:
    found = dedup([str(i) for i in range(len(texts))], texts, SETTINGS)
    return [(int(d.id), int(d.representative)) for d in found]


def rensa(texts: list[str]) -> None:
    from rensa import RMinHashDeduplicator

    tool = RMinHashDeduplicator(threshold=THRESHOLD, num_perm=128, use_lsh=True, num_bands=16, seed=42)
    for start in range(0, len(texts), 500):
        tool.add_pairs([(str(start + i), shingles(text)) for i, text in enumerate(texts[start : start + 500])])


def datasketch(texts: list[str]) -> None:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=THRESHOLD, num_perm=128)
    for i, text in enumerate(texts):
        sketch = MinHash(num_perm=128)
        sketch.update_batch([s.encode() for s in shingles(text)])
        if not index.query(sketch):
            index.insert(str(i), sketch)


def datatrove(texts: list[str]) -> None:
    """Its signatures only, with `str.split` for its tokenizer: buckets and clusters would come on top."""
    import xxhash
    from datatrove.pipeline.dedup import minhash

    class Split:
        word_tokenize = staticmethod(str.split)

    minhash.load_word_tokenizer = lambda language: Split()
    with tempfile.TemporaryDirectory() as folder:
        step = minhash.MinhashDedupSignature(folder, minhash.MinhashConfig(num_buckets=14, hashes_per_bucket=8))
        step._hash_func = lambda text: xxhash.xxh64_intdigest(text.encode())  # its own call is for an older xxhash
        for text in texts:
            grams = step.get_shingles(text)
            if grams.size:
                step.get_signature(grams)


def brute_force(texts: list[str]) -> np.ndarray:
    """Group labels from the exact Jaccard of every pair of 5-gram sets, by this file's own tokenizer."""
    from stillhouse.curation.text import canonical

    names: dict[Any, int] = {}
    rows, columns = [], []
    for i, text in enumerate(texts):
        tokens = TOKEN.findall(re.sub(rb"(?<=\d),(?=\d{3}(?!\d))", b"", canonical(text).lower().encode()))
        tokens = [t.replace(b"'", b"") for t in map(_latex, tokens) if t]
        grams = set(zip(*(tokens[k:] for k in range(5)), strict=False)) if len(tokens) >= 5 else {tuple(tokens)} - {()}
        for gram in grams:
            rows.append(i)
            columns.append(names.setdefault(gram, len(names)))
    matrix = csr_matrix((np.ones(len(rows), dtype=np.int32), (rows, columns)), shape=(len(texts), len(names)))
    shared = (matrix @ matrix.T).tocoo()
    sizes = np.asarray(matrix.sum(axis=1)).ravel()
    jaccard = shared.data / (sizes[shared.row] + sizes[shared.col] - shared.data)
    close = jaccard >= THRESHOLD
    return labels(len(texts), shared.row[close], shared.col[close])


def _latex(token: bytes) -> bytes:
    from stillhouse.curation.text.tokens import STYLES

    if not token.startswith(b"\\"):
        return token
    name = token[1:].decode()
    return b"" if name in STYLES else b"frac" if name in ("dfrac", "tfrac", "cfrac") else token[1:]


def labels(n: int, left: Any, right: Any) -> np.ndarray:
    graph = csr_matrix((np.ones(len(left)), (left, right)), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1])


def f1(found: np.ndarray, truth: np.ndarray) -> tuple[float, int]:
    """F1 over the pairs that share a group, and how many the truth has."""
    pairs = [{p for group in _members(x) for p in itertools.combinations(group, 2)} for x in (found, truth)]
    both = len(pairs[0] & pairs[1])
    return 2 * both / (len(pairs[0]) + len(pairs[1])), len(pairs[1])


def _members(group: np.ndarray) -> list[list[int]]:
    order = np.argsort(group, kind="stable")
    return [list(part) for part in np.split(order, np.flatnonzero(np.diff(group[order])) + 1)]


def speed(texts: list[str], quick: bool) -> None:
    first, _ = timed(lambda: ours(texts[:50]))
    print(f"compile or load from the cache (once): {first:.1f} s")
    sample = random.Random(0).sample(texts, 2_000 if quick else 20_000)
    base = min(timed(lambda: ours(sample))[0] for _ in range(3))
    print(f"\n{len(sample):,} documents, one thread    documents/CPU s   stillhouse is faster by")
    print(f"  stillhouse                            {len(sample) / base:10,.0f}")
    for name, work in (("rensa", rensa), ("datasketch", datasketch), ("datatrove (signatures only)", datatrove)):
        part = sample if name == "rensa" else sample[: len(sample) // 4]
        try:
            seconds, _ = timed(lambda work=work, part=part: work(part))
        except ImportError:
            print(f"  {name}: not installed (pip install -r infra/locks/peers.txt)")
            continue
        again = len(sample) / min(timed(lambda: ours(sample))[0] for _ in range(2))
        print(f"  {name:36s}  {len(part) / seconds:10,.0f}   {again / (len(part) / seconds):6.1f}x")
    corpus = texts[:10_000] if quick else texts[:100_000]
    start = time.perf_counter()
    seconds, found = timed(lambda: ours(corpus))
    wall = time.perf_counter() - start
    print(
        f"\n{len(corpus):,} documents, {sum(map(len, corpus)) / 1e6:.0f} MB, {len(found):,} duplicates: {wall:.1f} s ({seconds:.1f} s of CPU)"
    )


def quality(texts: list[str]) -> None:
    sample = random.Random(1).sample(texts, 3_000)
    found = ours(sample)
    score, pairs = f1(labels(len(sample), [a for a, _ in found], [b for _, b in found]), brute_force(sample))
    print(f"\nF1 against brute-force Jaccard >= {THRESHOLD} on 3,000 documents ({pairs:,} pairs): {score:.4f}")


def million(texts: list[str], rows: int) -> None:
    """The command on a file of about 2 GB: time, and the most memory that the process and its threads held."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "traces.jsonl"
        draw = random.Random(2)
        with source.open("w") as file:
            for i in range(rows):
                a, b, c = draw.choices(texts, k=3)
                text = f"{a[: len(a) // 2]}\n{b}\n{c[len(c) // 2 :]}"[:4500]
                file.write(json.dumps({"id": f"t{i}", "text": text}, ensure_ascii=False) + "\n")
        size = source.stat().st_size
        out = ["--out", f"{folder}/kept.jsonl", "--decisions", f"{folder}/decisions.parquet", "--workers", "2"]
        command = [sys.executable, "-m", "stillhouse", "dedup", str(source), "--field", "text", "--numbers", "words", *out]
        start = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", PEAK, *command], capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - start
        print(f"\n{rows:,} traces, {size / 1e9:.2f} GB, 2 threads: {seconds:.0f} s in all; {done.stdout.strip()}{done.stderr[-500:]}")


PEAK = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(f"peak {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20:.2f} GiB, exit code {code}")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller samples")
    parser.add_argument("--million", action="store_true", help="1,000,000 traces (2 GB of temporary files)")
    options = parser.parse_args()
    texts = corpus()
    print(f"{len(texts):,} texts, {sum(map(len, texts)) / 1e6:.0f} MB")
    quality(texts)
    speed(texts, options.quick)
    if options.million:
        million(texts, 100_000 if options.quick else 1_000_000)


if __name__ == "__main__":
    main()
