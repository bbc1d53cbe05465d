"""Tokens of canonical UTF-8 bytes, as 64-bit hashes, at hundreds of MB a second.

The rules: a word is a run of letters (ASCII letters, case folded, and everything beyond ASCII), with an
apostrophe between two letters dropped; a CJK character is a word of its own; a number is digits with inner
decimal points, and with commas before groups of three dropped (`1,000` is `1000`); an operator, one of
`+-*/=<>^%!|&`, is a token where operators are asked for; a LaTeX command that only spaces or styles is nothing,
`\\dfrac` and `\\tfrac` are `\\frac`; everything else separates. The limit: hashes stand for tokens, so two
different tokens are taken for one with a chance of 2^-64.
"""

import numpy as np
import numpy.typing as npt

from stillhouse.curation.text.kernel import kernel

SEED = np.uint64(0xCBF29CE484222325)
PRIME = np.uint64(0x100000001B3)
ANY_NUMBER = np.uint64(0x9E3779B97F4A7C15)
BASE = np.uint64(0xD6E8FEB86659FD93)

STYLES = (
    *("left", "right", "middle", "big", "bigg", "bigl", "bigr", "biggl", "biggr", "displaystyle", "textstyle", "limits", "nolimits"),
    *("quad", "qquad", "text", "textrm", "textbf", "textit", "mathrm", "mathbf", "mathit", "mathsf", "operatorname", "mbox"),
)
_SPACE, _LETTER, _DIGIT, _OPERATOR, _BACKSLASH, _CJK = range(6)


def _hash(word: str) -> int:
    value = int(SEED)
    for byte in word.encode():
        value = ((value ^ byte) * int(PRIME)) & 0xFFFFFFFFFFFFFFFF
    return value


def _classes() -> npt.NDArray[np.uint8]:
    table = np.full(256, _SPACE, dtype=np.uint8)
    for letters in (range(65, 91), range(97, 123), range(128, 256)):
        table[list(letters)] = _LETTER
    table[range(48, 58)] = _DIGIT
    table[range(0xE3, 0xEE)] = _CJK
    table[list(b"+-*/=<>^%!|&")] = _OPERATOR
    table[ord("\\")] = _BACKSLASH
    return table


CLASSES = _classes()
_STYLES = np.array([_hash(word) for word in STYLES], dtype=np.uint64)
_FRACTIONS = np.array([_hash("dfrac"), _hash("tfrac"), _hash("cfrac")], dtype=np.uint64)
_FRAC = np.uint64(_hash("frac"))
_SKIP = np.uint64(0)


@kernel
def command(value: np.uint64) -> np.uint64:
    """The token of a LaTeX command by the hash of its name; 0 = none."""
    for style in _STYLES:
        if value == style:
            return _SKIP
    for fraction in _FRACTIONS:
        if value == fraction:
            return _FRAC
    return value


@kernel
def word_end(data: npt.NDArray[np.uint8], at: int, end: int) -> tuple[int, np.uint64]:
    """Where the word that starts at `at` ends, and its hash."""
    value = SEED
    while at < end:
        byte = data[at]
        if CLASSES[byte] == _LETTER:
            if 65 <= byte <= 90:
                byte += 32
            value = (value ^ np.uint64(byte)) * PRIME
        elif not (byte == 39 and at + 1 < end and CLASSES[data[at + 1]] == _LETTER):
            break
        at += 1
    return at, value


@kernel
def number_end(data: npt.NDArray[np.uint8], at: int, end: int) -> tuple[int, np.uint64]:
    """Where the number that starts at `at` ends, and its hash."""
    value = SEED
    while at < end:
        byte = data[at]
        if CLASSES[byte] == _DIGIT or (byte == 46 and at + 1 < end and CLASSES[data[at + 1]] == _DIGIT):
            value = (value ^ np.uint64(byte)) * PRIME
        elif not (byte == 44 and groups_thousands(data, at, end)):
            break
        at += 1
    return at, value


@kernel
def groups_thousands(data: npt.NDArray[np.uint8], comma: int, end: int) -> bool:
    """Whether exactly three digits follow the comma."""
    if comma + 3 >= end:
        return False
    for at in range(comma + 1, comma + 4):
        if CLASSES[data[at]] != _DIGIT:
            return False
    return comma + 4 >= end or CLASSES[data[comma + 4]] != _DIGIT


@kernel
def tokenize(
    data: npt.NDArray[np.uint8], start: int, end: int, operators: bool, one_number: bool, out: npt.NDArray[np.uint64], at_out: int
) -> tuple[int, np.uint64]:
    """Writes the token hashes of data[start:end] to out[at_out:]; `out` needs room for one per byte.

    `one_number` makes all numbers the same token. Returns the end in `out` and a hash of the multiset of numbers.
    """
    at, count, numbers = start, at_out, np.uint64(0)
    while at < end:
        byte = data[at]
        kind = CLASSES[byte]
        value = _SKIP
        if kind == _LETTER:
            escaped = at > start and data[at - 1] == 92
            at, value = word_end(data, at, end)
            if escaped:
                value = command(value)
        elif kind == _DIGIT:
            at, value = number_end(data, at, end)
            numbers += mix(value)
            if one_number:
                value = ANY_NUMBER
        elif kind == _CJK:
            value = (((SEED ^ np.uint64(byte)) * PRIME ^ np.uint64(data[at + 1])) * PRIME ^ np.uint64(data[at + 2])) * PRIME
            at += 3
        else:
            if kind == _OPERATOR and operators:
                value = (SEED ^ np.uint64(byte)) * PRIME
            at += 1
        if value != _SKIP:
            out[count] = value
            count += 1
    return count, numbers


@kernel
def mix(value: np.uint64) -> np.uint64:
    """A bijective scrambling of 64 bits (the finaliser of MurmurHash3)."""
    value ^= value >> np.uint64(33)
    value *= np.uint64(0xFF51AFD7ED558CCD)
    value ^= value >> np.uint64(33)
    value *= np.uint64(0xC4CEB9FE1A85EC53)
    value ^= value >> np.uint64(33)
    return value


@kernel
def ngrams(tokens: npt.NDArray[np.uint64], start: int, end: int, n: int, out: npt.NDArray[np.uint64], at: int) -> int:
    """Writes the hashes of the n-grams of tokens[start:end] to out[at:], order included; returns the end in `out`.

    Fewer than n tokens make one n-gram of them all; no token makes none.
    """
    length = min(n, end - start)
    value, first = np.uint64(0), np.uint64(1)
    for i in range(start, start + length):
        value = value * BASE + tokens[i]
    for _ in range(length - 1):
        first *= BASE
    for i in range(start + length, end):
        out[at] = mix(value)
        at += 1
        value = (value - tokens[i - length] * first) * BASE + tokens[i]
    if length > 0:
        out[at] = mix(value)
        at += 1
    return at
