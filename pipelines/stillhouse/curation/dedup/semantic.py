"""Semantic duplicates: texts whose embeddings are close, and, where numbers count, that hold the same numbers.

Comparing all pairs takes time in n²; with `clusters` only texts of one k-means cluster are compared (SemDeDup,
Abbas et al. 2023), which misses the pairs that a cluster border separates.
"""

from collections.abc import Iterator

import numpy as np

from stillhouse.curation.dedup.groups import Groups
from stillhouse.curation.dedup.join import unite
from stillhouse.curation.dedup.minhash import Hashes, Offsets
from stillhouse.curation.dedup.near import roots
from stillhouse.curation.embeddings import Vectors, embed
from stillhouse.recipe.dedup import Semantic

BLOCK = 2048
ROUNDS = 20


def same_meaning(groups: Groups, texts: list[str], apart: Hashes, settings: Semantic) -> None:
    """Unites the texts that still stand for themselves and mean the same; texts whose keys `apart` (n) differ never do."""
    alive = groups.alive()
    vectors = embed([texts[i] for i in alive])
    parents = np.arange(len(alive))
    for a, b in close_pairs(vectors, settings):
        if apart[alive[a]] == apart[alive[b]]:
            unite(parents, a, b)
    dropped, owners = groups.split(alive, roots(parents))
    scores = np.sum(vectors[np.searchsorted(alive, dropped)] * vectors[np.searchsorted(alive, owners)], axis=1)
    groups.absorb(dropped, owners, "semantic", np.minimum(scores, 1).astype(np.float32))


def close_pairs(vectors: Vectors, settings: Semantic) -> Iterator[tuple[int, int]]:
    """Pairs (a < b) with a cosine of at least the threshold, of all texts or of those in one cluster."""
    if settings.clusters is None or settings.clusters >= len(vectors):
        yield from _close(vectors, np.arange(len(vectors)), settings.threshold)
        return
    labels = k_means(vectors, settings.clusters, settings.seed)
    for label in range(settings.clusters):
        members = np.flatnonzero(labels == label)
        yield from _close(vectors[members], members, settings.threshold)


def _close(vectors: Vectors, names: Offsets, threshold: float) -> Iterator[tuple[int, int]]:
    for start in range(0, len(vectors), BLOCK):
        block = vectors[start : start + BLOCK] @ vectors[start:].T
        for a, b in np.argwhere(np.triu(block, 1) >= threshold):
            yield int(names[start + a]), int(names[start + b])


def k_means(vectors: Vectors, clusters: int, seed: int) -> Offsets:
    """A cluster label per unit vector: spherical k-means, seeded, from randomly chosen texts as first centres."""
    draw = np.random.default_rng(seed)
    centres = vectors[draw.choice(len(vectors), clusters, replace=False)]
    labels: Offsets = np.full(len(vectors), -1)
    for _ in range(ROUNDS):
        nearest = np.concatenate([np.argmax(vectors[i : i + BLOCK] @ centres.T, axis=1) for i in range(0, len(vectors), BLOCK)])
        if np.array_equal(nearest, labels):
            break
        labels = nearest
        sums = np.zeros_like(centres)
        np.add.at(sums, labels, vectors)
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(norms > 0, sums / np.maximum(norms, 1e-12), centres).astype(np.float32)
    return labels
