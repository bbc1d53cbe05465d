"""Groups of duplicates and their representatives.

The rule: texts of earlier datasets come before all others; then the first, the longest or the shortest, as the
settings say; a tie goes to the one that came first. The smallest rank of a group is its representative.
"""

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from stillhouse.curation.dedup.minhash import Hashes, Offsets

Kind = Literal["exact", "near", "semantic"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Groups:
    """Who stands for whom: `owner` (n) is the representative's index, or a text's own; kind and score tell why."""

    def __init__(self, rank: Offsets) -> None:
        n = len(rank)
        self.rank = rank
        self.owner: Offsets = np.arange(n)
        self.kind = np.zeros(n, dtype=np.int8)
        self.score = np.ones(n, dtype=np.float32)

    def alive(self) -> Offsets:
        """The indices of the texts that stand for themselves."""
        return np.flatnonzero(self.owner == np.arange(len(self.owner)))

    def absorb(self, dropped: Offsets, owners: Offsets, kind: Kind, scores: npt.NDArray[np.float32]) -> None:
        """Puts `dropped` under `owners`; who was under a dropped text follows it, with its kind and score."""
        self.owner[dropped] = owners
        self.kind[dropped] = KINDS.index(kind)
        self.score[dropped] = scores
        moved = np.flatnonzero(self.owner[self.owner] != self.owner)
        followed = self.owner[moved]
        self.kind[moved], self.score[moved] = self.kind[followed], self.score[followed]
        self.owner[moved] = self.owner[followed]

    def split(self, members: Offsets, labels: Offsets) -> tuple[Offsets, Offsets]:
        """Members with one label are one group: the indices that are not its representative, and their representatives."""
        order = np.lexsort((self.rank[members], labels))
        members, labels = members[order], labels[order]
        fresh = np.r_[True, labels[1:] != labels[:-1]] if len(labels) else np.zeros(0, dtype=bool)
        heads = members[np.maximum.accumulate(np.where(fresh, np.arange(len(labels)), 0))]
        return members[~fresh], heads[~fresh]


def ranks(lengths: Offsets, earlier: int, keep: Literal["first", "longest", "shortest"]) -> Offsets:
    """The place of every text in the order in which representatives are chosen; the first `earlier` go first."""
    n = len(lengths)
    sign = {"first": 0, "longest": -1, "shortest": 1}[keep]
    order = np.lexsort((np.arange(n), sign * lengths, np.arange(n) >= earlier))
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n)
    return rank


def same_exact(groups: Groups, keys: Hashes) -> None:
    """Unites texts with equal keys (n, 2)."""
    order = np.lexsort((keys[:, 0], keys[:, 1]))
    ordered = keys[order]
    fresh = np.r_[True, (ordered[1:] != ordered[:-1]).any(axis=1)]
    labels = np.empty(len(keys), dtype=np.int64)
    labels[order] = np.cumsum(fresh)
    dropped, owners = groups.split(np.arange(len(keys)), labels)
    groups.absorb(dropped, owners, "exact", np.ones(len(dropped), dtype=np.float32))
