"""Near deduplication by bands on several machines, with the same groups as on one.

Three rounds of independent tasks: sketch a part of the texts; find the texts of a band that share a key; compare the pairs
of two parts exactly. The groups are the connected components of the pairs that pass, so the order of tasks changes
nothing. The limits: the driver holds all sketches (about as much as the text), and a bucket of k texts that are no exact
duplicates makes k² / 2 pairs, which a single machine avoids by merging groups as it scans.
"""

from collections.abc import Callable
from itertools import groupby
from typing import Any, Protocol

import numpy as np

from stillhouse.cluster.actors import Actors
from stillhouse.cluster.tasks import TaskWorker, run_tasks
from stillhouse.curation.dedup.deduper import Duplicate
from stillhouse.curation.dedup.golds import gold_keys
from stillhouse.curation.dedup.groups import KINDS, Groups, ranks, same_exact
from stillhouse.curation.dedup.join import unite
from stillhouse.curation.dedup.minhash import Hashes, Offsets, Shingles, distinct, jaccard
from stillhouse.curation.dedup.near import roots
from stillhouse.curation.dedup.sketch import Sketch, sketch
from stillhouse.errors import UserError
from stillhouse.recipe.dedup import Dedup, Near

Pair = tuple[int, int]
PART_CHARS = 16 * 2**20


class Executor(Protocol):
    """Runs tasks: `map` calls a function for every tuple of arguments and gives the results in order."""

    def map(self, function: Callable[..., Any], calls: list[tuple[Any, ...]]) -> list[Any]: ...


class RayTasks:
    """Runs tasks on actors of the Ray cluster that this process has joined; a task whose actor dies is done again."""

    def __init__(self, actors: Actors, count: int) -> None:
        self._actors, self._count = actors, count

    def map(self, function: Callable[..., Any], calls: list[tuple[Any, ...]]) -> list[Any]:
        with self._actors.acquire("dedup", TaskWorker, (), cpus=1, gpus=0, count=self._count) as workers:
            return run_tasks(workers, function, calls)


class ByBands:
    """Texts in parts as they come, and their duplicates at the end, in the manner of `Deduper`."""

    def __init__(self, settings: Dedup, executor: Executor) -> None:
        self._settings, self._executor = settings, executor
        self._ids: list[str] = []
        self._parts: list[list[str]] = []
        self._golds: list[Hashes] = []
        self._room = 0

    def add(self, ids: list[str], texts: list[str], earlier: bool = False, golds: list[str] | None = None) -> None:
        """More texts. Raises UserError for an earlier dataset's rows, which only one machine compares."""
        if earlier:
            raise UserError("Earlier datasets are not compared by bands.", "Leave out --ray, or dedup the union of both.")
        self._ids += ids
        self._golds.append(np.zeros(len(ids), dtype=np.uint64) if golds is None else gold_keys(golds))
        for text in texts:
            if self._room <= 0:
                self._parts.append([])
                self._room = PART_CHARS
            self._parts[-1].append(text)
            self._room -= len(text)

    def finish(self) -> list[Duplicate]:
        if not self._parts:
            return []
        return dedup_by_bands(self._ids, self._parts, self._settings, self._executor, np.concatenate(self._golds))


def dedup_by_bands(
    ids: list[str], parts: list[list[str]], settings: Dedup, executor: Executor, golds: Hashes | None = None
) -> list[Duplicate]:
    """As `dedup`, of the texts of all parts in order, with the keys of their golds (n). Raises UserError for semantic deduplication, which is not done by bands."""
    if settings.semantic:
        raise UserError("Semantic deduplication does not run by bands.", "Set dedup.semantic to null, or run on one machine.")
    sketches: list[Sketch] = executor.map(sketch, [(part, settings) for part in parts])
    golds = np.zeros(len(ids), dtype=np.uint64) if golds is None else golds
    groups = Groups(ranks(np.concatenate([s.lengths for s in sketches]), 0, settings.keep))
    if settings.exact:
        same_exact(groups, np.concatenate([s.exact for s in sketches]) ^ golds[:, None])
    if settings.near:
        _near(groups, sketches, golds, settings.near, executor)
    own = np.flatnonzero(groups.owner != np.arange(len(ids)))
    return [Duplicate(ids[i], ids[groups.owner[i]], KINDS[groups.kind[i]], round(float(groups.score[i]), 4)) for i in own]


def _near(groups: Groups, sketches: list[Sketch], golds: Hashes, settings: Near, executor: Executor) -> None:
    filled = np.concatenate([np.diff(s.ends, prepend=0) > 0 for s in sketches])
    alive = groups.alive()
    alive = alive[filled[alive]]
    bands = [(np.concatenate([s.bands[band] for s in sketches]) ^ golds)[alive] for band in range(settings.bands)]
    pairs = sorted({pair for found in executor.map(band_pairs, [(band, alive) for band in bands]) for pair in found})
    parents = np.arange(len(filled))
    for (a, b), score in _scores(pairs, sketches, executor).items():
        if score >= settings.threshold:
            unite(parents, a, b)
    dropped, owners = groups.split(alive, roots(parents)[alive])
    links = list(zip(dropped.tolist(), owners.tolist(), strict=True))
    scores = _scores(sorted(links), sketches, executor)
    groups.absorb(dropped, owners, "near", np.array([scores[link] for link in links], dtype=np.float32))


def band_pairs(keys: Hashes, texts: Offsets) -> list[Pair]:
    """The pairs (a < b) of `texts` (n) whose keys (n) are equal."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.r_[0, np.flatnonzero(ordered[1:] != ordered[:-1]) + 1, len(order)]
    found: list[Pair] = []
    for k in np.flatnonzero(np.diff(starts) > 1):
        members = sorted(texts[order[starts[k] : starts[k + 1]]].tolist())
        found += [(a, b) for i, a in enumerate(members) for b in members[i + 1 :]]
    return found


def _scores(pairs: list[Pair], sketches: list[Sketch], executor: Executor) -> dict[Pair, float]:
    """The Jaccard similarity of every pair; one task for the pairs of two parts, which gets those parts' sketches only."""
    starts = np.cumsum([0, *(len(s) for s in sketches)])

    def home(pair: Pair) -> tuple[int, int]:
        left, right = np.searchsorted(starts, pair, side="right") - 1
        return int(left), int(right)

    together = [(key, list(group)) for key, group in groupby(sorted(pairs, key=home), key=home)]
    calls = [([(a - starts[i], b - starts[j]) for a, b in group], sketches[i], sketches[j]) for (i, j), group in together]
    results = executor.map(compare, calls)
    return {pair: score for (_, group), scores in zip(together, results, strict=True) for pair, score in zip(group, scores, strict=True)}


def compare(pairs: list[Pair], left: Sketch, right: Sketch) -> list[float]:
    """The Jaccard similarity of texts of two sketches, by their positions in them."""
    return [jaccard(_set(left, int(a)), _set(right, int(b))) for a, b in pairs]


def _set(part: Sketch, text: int) -> Shingles:
    start = part.ends[text - 1] if text else 0
    return distinct(part.shingles[start : part.ends[text]])
