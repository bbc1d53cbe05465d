"""Deduplication of a stream of texts: sketches are kept, texts are not (see shelf.py for what that needs).

With embeddings asked for, the texts are kept until the end as well.
"""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stillhouse.curation.dedup.golds import gold_keys
from stillhouse.curation.dedup.groups import KINDS, Groups, Kind, ranks, same_exact
from stillhouse.curation.dedup.minhash import Hashes
from stillhouse.curation.dedup.near import same_near
from stillhouse.curation.dedup.semantic import same_meaning
from stillhouse.curation.dedup.shelf import Shelf
from stillhouse.curation.dedup.sketch import Sketch, sketch
from stillhouse.recipe.dedup import Dedup

CHUNK_BYTES = 2**20  # what sketching it takes fits the caches


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A text that its representative stands for. `score` is the similarity of the two in [0, 1]: 1 for exact, Jaccard
    for near, cosine for semantic; in a chain of near duplicates it can be below the threshold."""

    id: str
    representative: str
    kind: Kind
    score: float


class Deduper:
    """Takes texts in batches with `add`, gives the duplicates with `finish`. `workers` threads sketch at a time."""

    def __init__(self, settings: Dedup, workers: int = 1) -> None:
        self.settings, self.workers = settings, workers
        self._ids: list[pa.Array] = []
        self._count = 0
        self._texts: list[str] = []
        self._golds: list[Hashes] = []
        self._earlier = 0
        self._batch: list[str] = []
        self._size = 0
        self._pool = ThreadPoolExecutor(workers)
        self._waiting: deque[Future[Sketch]] = deque()
        self._shelf = Shelf()

    def add(self, ids: list[str], texts: list[str], earlier: bool = False, golds: list[str] | None = None) -> None:
        """Texts of an earlier dataset must all come before the first others. Texts with different golds are never copies."""
        self._ids.append(pa.array(ids, pa.string()))
        self._count += len(ids)
        self._golds.append(np.zeros(len(ids), dtype=np.uint64) if golds is None else gold_keys(golds))
        self._earlier += len(ids) if earlier else 0
        if self.settings.semantic:
            self._texts += texts
        for text in texts:
            self._batch.append(text)
            self._size += len(text)
            if self._size >= CHUNK_BYTES:
                self._flush()

    def finish(self) -> list[Duplicate]:
        """The duplicates in input order; the deduper is used up."""
        if self._batch or not self._count:
            self._flush()
        groups = self._groups()
        ids = pa.chunked_array(self._ids, pa.string())
        own = np.arange(self._count)
        return [_duplicate(ids, groups, i) for i in np.flatnonzero(groups.owner != own).tolist() if i >= self._earlier]

    def _flush(self) -> None:
        if len(self._waiting) > 2 * self.workers:
            self._shelf.put(self._waiting.popleft().result())
        self._waiting.append(self._pool.submit(sketch, self._batch, self.settings))
        self._batch, self._size = [], 0

    def _groups(self) -> Groups:
        while self._waiting:
            self._shelf.put(self._waiting.popleft().result())
        self._pool.shutdown()
        shelf, settings = self._shelf, self.settings
        golds = np.concatenate([*self._golds, np.zeros(0, dtype=np.uint64)])
        groups = Groups(ranks(shelf.lengths(), self._earlier, settings.keep))
        if settings.exact:
            same_exact(groups, shelf.exact() ^ golds[:, None])
        if settings.near:
            same_near(groups, shelf, settings.near, golds)
        if settings.semantic:
            numbers = shelf.numbers() if settings.numbers == "distinct" else np.zeros_like(golds)
            same_meaning(groups, self._texts, numbers ^ golds, settings.semantic)
        return groups


def _duplicate(ids: pa.ChunkedArray, groups: Groups, i: int) -> Duplicate:
    owner = int(groups.owner[i])
    return Duplicate(ids[i].as_py(), ids[owner].as_py(), KINDS[groups.kind[i]], round(float(groups.score[i]), 4))
