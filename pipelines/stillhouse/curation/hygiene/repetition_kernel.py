"""The compiled loops behind `repetition`: byte by byte, one open-addressing table per kind of passage."""

import numpy as np
import numpy.typing as npt

from stillhouse.curation.text.kernel import kernel

Hashes = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

_PRIME = np.uint64(0x100000001B3)
_BASE = np.uint64(0xCBF29CE484222325)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_SPREAD = np.uint64(0xFF51AFD7ED558CCD)
_SHIFT = np.uint64(32)
MIN_SENTENCE, MIN_PARAGRAPH = 3, 5  # words; shorter ones repeat in honest text ("Wait.", "So:")


@kernel
def _count(key: np.uint64, keys: Hashes, counts: Counts, last: Counts, stamps: Counts, stamp: int, position: int) -> tuple[int, int]:
    """Adds one occurrence of `key`; gives how often it is seen now, and where it was seen before (-1 = never)."""
    mask = np.uint64(len(keys) - 1)
    slot = (key ^ (key >> _SHIFT)) & mask
    while stamps[slot] == stamp and keys[slot] != key:
        slot = (slot + np.uint64(1)) & mask
    if stamps[slot] != stamp:
        stamps[slot], keys[slot], counts[slot], last[slot] = stamp, key, 1, position
        return 1, -1
    before = last[slot]
    counts[slot] += 1
    last[slot] = position
    return counts[slot], before


@kernel
def _split(
    text: Bytes, words: Hashes, sentences: Hashes, in_sentences: Counts, paragraphs: Hashes, in_paragraphs: Counts
) -> tuple[int, int, int, int]:
    """Hashes of words, sentences and paragraphs into the given arrays; gives how many of each, and the longest run of one byte."""
    n_words = n_sentences = n_paragraphs = 0
    in_sentence = in_paragraph = 0
    word = sentence = paragraph = _BASE
    open_word = False
    newlines = same = longest_same = 0
    for i in range(len(text) + 1):
        byte = text[i] if i < len(text) else np.uint8(10)
        space = byte == 32 or (9 <= byte <= 13)
        if not space:
            last_byte = text[i - 1] if i > 0 else np.uint8(10)
            same = same + 1 if byte == last_byte else 1
            longest_same = max(longest_same, same)
            if 65 <= byte <= 90:
                byte += np.uint8(32)
            word = (word ^ np.uint64(byte)) * _PRIME
            open_word = True
            newlines = 0
            continue
        last_byte = text[i - 1] if i > 0 else np.uint8(10)
        if open_word:
            word = (word ^ (word >> _SHIFT)) * _SPREAD
            words[n_words] = word
            n_words += 1
            sentence = (sentence ^ word) * _MIX
            paragraph = (paragraph ^ word) * _MIX
            in_sentence += 1
            in_paragraph += 1
            word, open_word = _BASE, False
        end = i == len(text)
        if byte == 10:
            newlines += 1
        if in_sentence > 0 and (end or byte == 10 or last_byte == 46 or last_byte == 33 or last_byte == 63):
            sentences[n_sentences], in_sentences[n_sentences] = sentence, in_sentence
            n_sentences += 1
            sentence, in_sentence = _BASE, 0
        if in_paragraph > 0 and (end or newlines >= 2):
            paragraphs[n_paragraphs], in_paragraphs[n_paragraphs] = paragraph, in_paragraph
            n_paragraphs += 1
            paragraph, in_paragraph = _BASE, 0
    return n_words, n_sentences, n_paragraphs, longest_same


@kernel
def _ngrams(words: Hashes, n: int, keys: Hashes, counts: Counts, last: Counts, stamps: Counts, stamp: int, row: Counts) -> None:
    """N-gram counts and the longest cycle: a stretch in which every n-gram recurs at the same distance."""
    power = np.uint64(1)
    for _ in range(n):
        power *= _PRIME
    rolling = np.uint64(0)
    period = run = 0
    for i in range(len(words)):
        rolling = rolling * _PRIME + words[i]
        if i >= n:
            rolling -= words[i - n] * power
        if i < n - 1:
            continue
        seen, before = _count((rolling ^ (rolling >> _SHIFT)) * _SPREAD, keys, counts, last, stamps, stamp, i)
        row[1] = max(row[1], seen)
        if before < 0:
            period = run = 0
            continue
        row[2] += 1
        if i - before == period:
            run += 1
        else:
            period, run = i - before, 1
        covered = run + period + n - 1
        if covered >= 2 * period and covered > row[4]:
            row[3], row[4] = covered // period, covered


@kernel
def _passages(
    hashes: Hashes, lengths: Counts, least: int, keys: Hashes, counts: Counts, last: Counts, stamps: Counts, stamp: int
) -> tuple[int, int]:
    """The count of the commonest passage of at least `least` words, and its longest run in a row."""
    top = best_run = run = 0
    for i in range(len(hashes)):
        run = run + 1 if i > 0 and hashes[i] == hashes[i - 1] else 1
        if lengths[i] < least:
            continue
        seen, _ = _count(hashes[i], keys, counts, last, stamps, stamp, i)
        top, best_run = max(top, seen), max(best_run, run)
    return top, best_run


@kernel
def measure_all(data: Bytes, starts: Counts, ngram: int, short: int, out: Counts) -> None:
    """Fills `out` (one row per text, columns as repetition.FIELDS)."""
    longest = 0
    for d in range(len(starts) - 1):
        longest = max(longest, starts[d + 1] - starts[d])
    room = longest // 2 + 2
    words, sentences, paragraphs = np.empty(room, np.uint64), np.empty(room, np.uint64), np.empty(room, np.uint64)
    sentence_words, paragraph_words = np.empty(room, np.int64), np.empty(room, np.int64)
    size = 16
    while size < 2 * room:
        size *= 2
    keys, counts = np.zeros(size, np.uint64), np.zeros(size, np.int64)
    last, stamps = np.zeros(size, np.int64), np.zeros(size, np.int64)
    stamp = 0
    for d in range(len(starts) - 1):
        row = out[d]
        text = data[starts[d] : starts[d + 1]]
        n, s, p, row[8] = _split(text, words, sentences, sentence_words, paragraphs, paragraph_words)
        table = 16
        while table < 2 * n:
            table *= 2
        row[0] = n
        stamp += 4
        k, c, a, m = keys[:table], counts[:table], last[:table], stamps[:table]
        _ngrams(words[:n], ngram, k, c, a, m, stamp, row)
        row[2:5] = 0
        most = row[1]
        _ngrams(words[:n], short, k, c, a, m, stamp + 3, row)
        row[1] = most
        row[5], row[6] = _passages(sentences[:s], sentence_words[:s], MIN_SENTENCE, k, c, a, m, stamp + 1)
        row[7], _ = _passages(paragraphs[:p], paragraph_words[:p], MIN_PARAGRAPH, k, c, a, m, stamp + 2)
