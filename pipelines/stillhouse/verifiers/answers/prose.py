"""The value that a sentence states, where a marked answer is a sentence: "They paid $240 in total."

One number in the sentence is its value; after a calculation it is what follows the last `=`; a number right after a
final "is" or "a total of" counts when it ends the sentence. Two candidates are no answer: guessing between them would
pass restated questions. A value that its clause denies ("not 5") or only measures by ("half of 10", "more than 5") is
not stated. Limit: English.
"""

import re

_VALUE = r"(?:-?\$?\s?-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:\s?/\s?\d+)?%?|-?\\frac\s*\{-?\d+\}\s*\{\d+\})"
_NUMBER = re.compile(rf"(?<![\w.^_{{]){_VALUE}(?![\w^_])")
_FINAL = re.compile(
    rf"\b(?:is|are|was|equals|be)\s+(?:therefore\s+|thus\s+)?({_VALUE})\$?(?:\s+[A-Za-z]+){{0,3}}$"
    rf"|(?<!than )\ba\s+(?:total|sum|profit|loss|difference|average)\s+of\s+({_VALUE})\$?(?:\s+[A-Za-z]+){{0,6}}$"
)
_CLAUSE_END = re.compile(r"[.;:!?](?=\s|$)|\b(?:however|therefore|so|(?<!anything )but|thus|hence)\b", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:not|never|cannot|neither|nor|incorrect|wrong|false|impossible)\b|n't\b", re.IGNORECASE)
# "The only value that x cannot have is 2" states 2.
_ONLY_NOT = re.compile(r".*\bonly\b.*\b(?:not|never|cannot)\b.*\b(?:is|are)\s+[\\$(\s]*", re.IGNORECASE | re.DOTALL)
_MEASURED_BY = re.compile(
    r"\b(?:(?<!no )(?:less|fewer|more|greater|smaller|larger|higher|lower|other)\s+than|anything\s+but|except(?:\s+for)?|unless"
    r"|half(?:\s+of)?|twice|thrice|double|triple|a\s+(?:third|quarter)\s+of)\s+[\\$(\s]*$",
    re.IGNORECASE,
)
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
    if first is None or re.search(r"[\d$\\]", text[: first.start()] + text[first.end() :]) or not _stated(text, first):
        return None
    return first["dollars"] or first["round"] or first["square"]


def conclusion(text: str) -> str | None:
    """The sentence's value, or None where it states none or several."""
    text = text[:MAX_CHARS].strip().rstrip(".")
    equals = text.rfind("=") + 1
    numbers = list(_NUMBER.finditer(text, equals))
    found = [_bare(number.group()) for number in numbers]
    # The result of the last calculation, alone or said again at the end: "= $284. So, 2 years cost $284."
    repeated = bool(found) and (len(set(found)) == 1 or (bool(equals) and found[-1] == found[0]))
    if repeated and (not equals or _opens_with(text[equals:], found[0])) and all(_stated(text, number) for number in numbers):
        return found[0]
    final = _FINAL.search(text)
    return _bare(text[slice(*_span(final))]) if final and _stated(text, final) else None


def _span(found: re.Match[str]) -> tuple[int, int]:
    """Where the value stands: the group that matched, or the whole match."""
    return found.span(found.lastindex or 0)


def _stated(text: str, found: re.Match[str]) -> bool:
    """Whether the value's own clause neither denies it nor only measures by it."""
    first, last = _span(found)
    ends = list(_CLAUSE_END.finditer(text))
    start = max((end.end() for end in ends if end.end() <= first), default=0)
    stop = min((end.start() for end in ends if end.start() >= last), default=len(text))
    if _MEASURED_BY.search(text[start:first]):
        return False
    return not _DENIED.search(text, start, stop) or bool(_ONLY_NOT.fullmatch(text[start:first]))


def _bare(number: str) -> str:
    return number.replace("$", "").strip()


def _opens_with(tail: str, value: str) -> bool:
    return re.sub(r"^\s*(?:\\approx(?![a-zA-Z]))?", "", tail).replace("$", "").lstrip().startswith(value)
