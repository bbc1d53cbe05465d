"""The numbers of a text, written as digits or as English words, for telling a rewritten problem from a similar one."""

import re

_WORDS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"
VALUES = {word: str(value) for value, word in enumerate(_WORDS.split())} | {
    **{"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90", "hundred": "100"},
    **{"dozen": "12", "couple": "2", "once": "1 time", "twice": "2 times", "double": "2 times", "thrice": "3 times", "triple": "3 times"},
    **{"half": "1/2", "third": "1/3", "quarter": "1/4"},
}
_COMMA = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_TOKEN = re.compile(r"\d+(?:\.\d+)?|[a-z]+")


def numbers(text: str) -> frozenset[str]:
    """The different numbers of a text: `1,000` and `1000`, `2.50` and `2.5`, `three` and `3` are each the same."""
    found = set()
    for token in _TOKEN.findall(_COMMA.sub("", text.lower())):
        if token[0].isdigit():
            found.add(token.rstrip("0").rstrip(".") if "." in token else token.lstrip("0") or "0")
        elif token in VALUES:
            found.add(VALUES[token])
    return frozenset(found)


def agreement(a: frozenset[str], b: frozenset[str]) -> float:
    """The Jaccard similarity of two sets of numbers; 0.5, which says nothing, where neither text has any."""
    return len(a & b) / len(a | b) if a or b else 0.5
