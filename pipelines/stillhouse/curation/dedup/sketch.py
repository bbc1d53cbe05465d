"""What is kept of a text to find its duplicates: an exact key, band keys, shingles. The text itself can go."""

from dataclasses import dataclass, replace

import numpy as np

from stillhouse.curation.dedup.minhash import Hashes, Offsets, Shingles, band_keys, exact_keys, shingle
from stillhouse.curation.text import packed
from stillhouse.recipe.dedup import Dedup


@dataclass(frozen=True, slots=True)
class Sketch:
    """Of n texts: exact keys (n, 2), lengths in bytes (n), numbers (n), band keys (bands, n), shingles and their ends (n)."""

    exact: Hashes
    lengths: Offsets
    numbers: Hashes
    bands: Hashes
    shingles: Shingles
    ends: Offsets

    def __len__(self) -> int:
        return len(self.lengths)

    def without_shingles(self) -> "Sketch":
        """The rest; the ends still tell how many there were."""
        return replace(self, shingles=np.zeros(0, dtype=np.uint32))


def sketch(texts: list[str], settings: Dedup) -> Sketch:
    """Sketches some texts; without near deduplication band keys and shingles are empty."""
    data, bounds = packed(texts)
    n = len(texts)
    exact = np.empty((n, 2), dtype=np.uint64)
    exact_keys(data, bounds, exact)
    near = settings.near
    char, size = (near.shingle == "char", near.size) if near else (False, 1)
    ends, numbers = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.uint64)
    room = np.empty(len(data) + 1, dtype=np.uint32)
    used = shingle(data, bounds, char, size, settings.numbers == "ignored", room, ends, numbers)
    shingles = room[:used].copy()
    if near is None:
        return Sketch(
            exact, np.diff(bounds), numbers, np.zeros((0, n), dtype=np.uint64), np.zeros(0, dtype=np.uint32), np.zeros(n, dtype=np.int64)
        )
    bands = np.empty((near.bands, n), dtype=np.uint64)
    factors, offsets = hash_functions(near.bands * near.rows, near.seed)
    salt = numbers if settings.numbers == "distinct" else np.zeros(n, dtype=np.uint64)
    band_keys(shingles, ends, factors, offsets, near.rows, salt, bands)
    return Sketch(exact, np.diff(bounds), numbers, bands, shingles, ends)


def hash_functions(count: int, seed: int) -> tuple[Shingles, Shingles]:
    """Seeded odd factors and offsets of `count` multiply-add hash functions modulo 2^32."""
    draw = np.random.default_rng(seed)
    factors = draw.integers(0, 2**32, count, dtype=np.uint32) | np.uint32(1)
    return factors, draw.integers(0, 2**32, count, dtype=np.uint32)


def warm_up() -> None:
    """Compiles what sketching needs, so that timings do not hold it."""
    sketch(["One text of more than five words, with 1 number.", "Ünicode"], Dedup())
