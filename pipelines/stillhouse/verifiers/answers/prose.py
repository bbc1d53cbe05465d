"""The value that a sentence states, where a marked answer is a sentence: "They paid $240 in total."

One number in the sentence is its value; after a calculation it is what follows the last `=`; a number right after a
final "is" counts when it ends the sentence. Two candidates are no answer: guessing between them would pass restated
questions. Limit: English.
"""

import re

_VALUE = r"(?:-?\$?\s?-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:\s?/\s?\d+)?%?|-?\\frac\s*\{-?\d+\}\s*\{\d+\})"
_NUMBER = re.compile(rf"(?<![\w.^_{{]){_VALUE}(?![\w^_])")
_FINAL = re.compile(rf"\b(?:is|are|was|equals|be)\s+(?:therefore\s+|thus\s+)?({_VALUE})(?:\s+[A-Za-z]+){{0,3}}$")
_PLAIN_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}")
_FORMULA = re.compile(r"(?<!\\)\$\$?(?P<dollars>[^$]+)\$\$?|\\\((?P<round>.+?)\\\)|\\\[(?P<square>.+?)\\\]", re.DOTALL)
MAX_CHARS = 20_000


def is_prose(text: str) -> bool:
    """Whether there are at least three plain words."""
    return len(_PLAIN_WORD.findall(text[:MAX_CHARS])) >= 3


def only_formula(text: str) -> str | None:
    """The formula of a sentence that has just one, and no number outside it; None for anything else."""
    if not ("$" in text or "\\" in text) or not is_prose(text):
        return None
    first = _FORMULA.search(text)
    if first is None or re.search(r"[\d$\\]", text[: first.start()] + text[first.end() :]):
        return None
    return first["dollars"] or first["round"] or first["square"]


def conclusion(text: str) -> str | None:
    """The sentence's value, or None where it states none or several."""
    text = text[:MAX_CHARS].strip().rstrip(".")
    _head, equals, tail = text.rpartition("=")
    found = [_bare(number) for number in _NUMBER.findall(tail)]
    # The result of the last calculation, alone or said again at the end: "= $284. So, 2 years cost $284."
    if equals and found and _opens_with(tail, found[0]) and (len(set(found)) == 1 or found[-1] == found[0]):
        return found[0]
    if not equals and len(set(found)) == 1:
        return found[0]
    final = _FINAL.search(text)
    return final.group(1) if final else None


def _bare(number: str) -> str:
    return number.replace("$", "").strip()


def _opens_with(tail: str, value: str) -> bool:
    return re.sub(r"^\s*(?:\\approx(?![a-zA-Z]))?", "", tail).replace("$", "").lstrip().startswith(value)
