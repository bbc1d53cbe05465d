"""Compiled parts of deduplication: exact keys, shingles, MinHash band keys, Jaccard similarity.

MinHash and banding are Broder's (1997) and Indyk and Motwani's (1998). The limit: shingles are kept as 32-bit
hashes, so a Jaccard similarity can be off where two different shingles of a pair share a hash: for two texts
of 1,000 words each that happens to one pair in 4,000, and moves its similarity by 1/2,000.
"""

import numpy as np
import numpy.typing as npt

from stillhouse.curation.text.kernel import kernel
from stillhouse.curation.text.tokens import ANY_NUMBER, SEED, mix, ngrams, tokenize

Bytes = npt.NDArray[np.uint8]
Hashes = npt.NDArray[np.uint64]
Shingles = npt.NDArray[np.uint32]
Offsets = npt.NDArray[np.int64]


def _folds() -> Bytes:
    table = np.arange(256, dtype=np.uint8)
    table[65:91] += 32
    table[9:14] = 32
    return table


FOLDS = _folds()


@kernel
def exact_keys(data: Bytes, bounds: Offsets, out: Hashes) -> None:
    """Writes a 128-bit key per text to out (n, 2): equal for texts that differ only in ASCII case and white space."""
    longest = 0
    for i in range(len(bounds) - 1):
        longest = max(longest, bounds[i + 1] - bounds[i])
    words = np.zeros(longest // 8 + 2, dtype=np.uint64)
    folded = words.view(np.uint8)
    for i in range(len(bounds) - 1):
        size = fold(data, bounds[i], bounds[i + 1], folded)
        low, high = SEED, ANY_NUMBER ^ np.uint64(size)
        for k in range((size + 7) // 8):
            low = (low ^ words[k]) * np.uint64(0xFF51AFD7ED558CCD)
            low ^= low >> np.uint64(32)
            high = (high + words[k]) * np.uint64(0x9FB21C651E98DF25)
            high ^= high >> np.uint64(29)
        out[i, 0], out[i, 1] = mix(low), mix(high)


@kernel
def fold(data: Bytes, start: int, end: int, out: Bytes) -> int:
    """Writes the text to `out` in lower case, every run of white space as one space and none at the ends, and zeros to
    fill the last eight bytes; returns the size. Without branches, which bytes of text make unpredictable."""
    size, last = 0, np.uint8(32)
    for at in range(start, end):
        byte = FOLDS[data[at]]
        out[size] = byte
        size += not (byte == 32 and last == 32)
        last = byte
    if size > 0 and out[size - 1] == 32:
        size -= 1
    out[size : (size + 7) // 8 * 8] = np.uint8(0)
    return size


@kernel
def characters(data: Bytes, start: int, end: int, one_number: bool, out: Hashes, at_out: int) -> int:
    """Writes one token per character to out[at_out:]: case folded, a run of white space as one; returns the end."""
    at, count = start, at_out
    last = np.uint64(32)
    while at < end:
        byte = data[at]
        value = np.uint64(byte + 32) if 65 <= byte <= 90 else np.uint64(byte)
        if byte == 32 or 9 <= byte <= 13:
            value = np.uint64(32)
        elif one_number and 48 <= byte <= 57:
            value = np.uint64(48)
        at += 1
        while at < end and (data[at] & 0xC0) == 0x80:
            value = value << np.uint64(8) | np.uint64(data[at])
            at += 1
        if value == last and (value == np.uint64(32) or (one_number and value == np.uint64(48))):
            continue
        last = value
        out[count] = mix(value)
        count += 1
    return count


@kernel
def shingle(data: Bytes, bounds: Offsets, char: bool, n: int, one_number: bool, out: Shingles, ends: Offsets, numbers: Hashes) -> int:
    """Writes the shingle hashes of all texts to `out` (one per byte is enough), where each text's end in it and a
    hash of its numbers to `ends` and `numbers`; returns the end in `out`. A shingle may occur several times."""
    longest = 0
    for i in range(len(bounds) - 1):
        longest = max(longest, bounds[i + 1] - bounds[i])
    tokens, grams = np.empty(longest + 1, dtype=np.uint64), np.empty(longest + 1, dtype=np.uint64)
    at = 0
    for i in range(len(bounds) - 1):
        count, numbers[i] = tokenize(data, bounds[i], bounds[i + 1], True, one_number, tokens, 0)
        if char:
            count = characters(data, bounds[i], bounds[i + 1], one_number, tokens, 0)
        for j in range(ngrams(tokens, 0, count, n, grams, 0)):
            out[at] = np.uint32(grams[j])
            at += 1
        ends[i] = at
    return at


@kernel
def band_keys(shingles: Shingles, ends: Offsets, factors: Shingles, offsets: Shingles, rows: int, salt: Hashes, out: Hashes) -> None:
    """Writes the LSH band keys of all texts to out (bands, n); `salt` (n) keeps texts apart that must not meet."""
    permutations = len(factors)
    signature = np.empty(permutations, dtype=np.uint32)
    start = 0
    for i in range(len(ends)):
        minima(shingles[start : ends[i]], factors, offsets, signature)
        for band in range(permutations // rows):
            key = salt[i]
            for p in range(band * rows, (band + 1) * rows):
                key = (key ^ np.uint64(signature[p])) * np.uint64(0x9FB21C651E98DF25)
                key ^= key >> np.uint64(32)
            out[band, i] = mix(key)
        start = ends[i]


@kernel
def minima(shingles: Shingles, factors: Shingles, offsets: Shingles, out: Shingles) -> None:
    """The least value of every hash function over the shingles; four shingles at a time, to spare loads and stores."""
    out[:] = np.uint32(0xFFFFFFFF)
    whole = len(shingles) // 4 * 4
    for at in range(0, whole, 4):
        a, b, c, d = shingles[at], shingles[at + 1], shingles[at + 2], shingles[at + 3]
        for p in range(len(out)):
            factor, offset = factors[p], offsets[p]
            left = min(np.uint32(factor * a + offset), np.uint32(factor * b + offset))
            right = min(np.uint32(factor * c + offset), np.uint32(factor * d + offset))
            out[p] = min(out[p], min(left, right))
    for at in range(whole, len(shingles)):
        for p in range(len(out)):
            out[p] = min(out[p], np.uint32(factors[p] * shingles[at] + offsets[p]))


@kernel
def distinct(shingles: Shingles) -> Shingles:
    """The shingles sorted, each once."""
    ordered = np.sort(shingles)
    count = 0
    for i in range(len(ordered)):
        if i == 0 or ordered[i] != ordered[i - 1]:
            ordered[count] = ordered[i]
            count += 1
    return ordered[:count].copy()


@kernel
def common(a: Shingles, b: Shingles) -> int:
    """How many elements two sorted sets share."""
    i = j = count = 0
    while i < len(a) and j < len(b):
        x, y = a[i], b[j]
        count += x == y
        i += x <= y
        j += y <= x
    return count


@kernel
def jaccard(a: Shingles, b: Shingles) -> float:
    """The Jaccard similarity of two sorted sets; 0 where either is empty."""
    if len(a) == 0 or len(b) == 0:
        return 0.0
    shared = common(a, b)
    return shared / (len(a) + len(b) - shared)
