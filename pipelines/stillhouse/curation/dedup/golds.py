"""Golds keep texts apart: two questions with different answers are never copies, however near their texts.

One changed word or number makes another question, and often it is the answer alone that shows it.
"""

import hashlib

import numpy as np

from stillhouse.curation.dedup.minhash import Hashes
from stillhouse.verifiers.math.answers.clean import clean
from stillhouse.verifiers.math.equal import literal
from stillhouse.verifiers.math.verifier import gold_text


def gold_keys(golds: list[str]) -> Hashes:
    """One key per gold (n): equal where the golds are equal, as numbers or but for case, white space and typography.

    A missing gold has a key of its own: such a text is a copy only of others without one. Limit: `1/2` and `0.5` get two keys,
    so two copies may both stay; nothing is dropped for it.
    """
    return np.array([_key(gold) for gold in golds], dtype=np.uint64)


def _key(gold: str) -> int:
    text = clean(gold_text(gold))
    number = literal(text)
    plain = str(number) if number is not None else "".join(text.split()).casefold()
    return int.from_bytes(hashlib.blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
