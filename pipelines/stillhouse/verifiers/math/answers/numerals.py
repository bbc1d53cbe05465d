"""Numbers in English words: "twelve", "fifty-five", "one hundred and twenty thousand"; and the words that scale a number."""

_SMALL = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen"""
_ONES = {word: n for n, word in enumerate(_SMALL.split())}
_DECADES = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS = {word: 10 * n for n, word in enumerate(_DECADES.split(), 2)}
# The powers of ten that may follow digits: "5 million".
SCALES = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}


def numeral(text: str) -> int | None:
    """The number that lower-case words say, or None where they are anything else."""
    words = [word for word in text.replace("-", " ").split() if word != "and"]
    total, group, before, least = 0, 0, "", 1 + max(SCALES.values())
    for word in words:
        if word == "hundred" and (not before or before in _ONES):
            group = 100 * (group if before else 1)
        elif word in SCALES and word != "hundred" and SCALES[word] < least and (group or not before):
            total, group, least = total + (group or 1) * 10 ** SCALES[word], 0, SCALES[word]
        elif word in _TENS and (not before or before in SCALES):
            group += _TENS[word]
        elif word in _ONES and (not before or before in SCALES or (before in _TENS and 0 < _ONES[word] < 10)):
            group += _ONES[word]
        else:
            return None
        before = word
    return total + group if words else None
