"""The value that a sentence states, where a marked answer is a sentence: "They paid $240 in total."

One number in the sentence is its value; after a calculation it is what follows the last `=`; a number right after a
final "is" or "a total of" counts when it ends the sentence. Two candidates are no answer: guessing between them would
pass restated questions. A value that its clause denies ("not 5") or only measures by ("half of 10", "more than 5") is
not stated. Limit: English.
"""

import re

from stillhouse.verifiers.math.answers.language import ATTRIBUTED, DENIED, MEASURED_BY, ONLY_NOT, SCALES_AFTER
from stillhouse.verifiers.math.answers.units import known

_VALUE = (
    r"(?:[-−]?[$€£]?\s?-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:\s?/\s?\d+)?%?|-?\.\d+"
    r"|-?\\[dt]?frac\s*(?:\{-?\d+\}\s*\{\d+\}|\d\d))"
)
_NUMBER = re.compile(rf"(?<![A-Za-z0-9_.^{{])(?:{_VALUE})(?![A-Za-z0-9_^]|\.\d)")
_FINAL = re.compile(
    rf"\b(?:is|are|was|equals|be)\s+(?:therefore\s+|thus\s+)?({_VALUE})\$?(?:\s+[A-Za-z]+){{0,3}}$"
    rf"|(?<!than )\ba\s+(?:total|sum|profit|loss|difference|average)\s+of\s+({_VALUE})\$?(?:\s+[A-Za-z]+){{0,6}}$"
)
_CLAUSE_END = re.compile(r"[.;:!?](?=\s|$)|[。；！？，]|\b(?:however|therefore|so|(?<!anything )but|thus|hence)\b", re.IGNORECASE)
# In the condition itself, not behind its comma: "If the answer is 3, …".
_SUPPOSED = re.compile(r"\W*(?:if|suppose|supposing|assume|assuming|unless|whether)\b[^,]*$", re.IGNORECASE)
_LEADING = re.compile(rf"{_VALUE}(?![A-Za-z0-9_^]|\.\d)")
# Behind a number: a calculation or formula, a list ("3, 5", "3 and 5 apples"), a denial of it ("5 is wrong").
_GOES_ON = re.compile(r"\s*(?:[-+*/=^<>:!\\(|&~≈×÷±]|[,;]\s*[-$\\(\d]|(?:is|was|are)\s+(?:not|wrong|incorrect|false)\b)")
_FURTHER = re.compile(r"(?:\s+[A-Za-z]+){0,3}\s*,?\s+(?:and|or)\s+(?:[A-Za-z]+\s+)?[$\\(]?-?\d|\s*(?:to|through)\s+\$?\d")
_WORD_BEHIND = re.compile(r"\s*(?P<unit>[%°]|[A-Za-z]+)")
_PLAIN_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}")
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*\{[a-zA-Z]+\*?\}(?:\s*\{[lcr| ]*\})?")
_FORMULA = re.compile(r"(?<!\\)\$\$?(?P<dollars>[^$]+)\$\$?|\\\((?P<round>.+?)\\\)|\\\[(?P<square>.+?)\\\]", re.DOTALL)
MAX_CHARS = 20_000


def leading_value(text: str) -> str | None:
    """The number that opens a text that goes on in words, with its unit where the next word is one.

    None where the text opens with anything else, or where what follows calculates, lists, scales or denies.
    """
    match = _LEADING.match(text)
    rest = text[match.end() :].rstrip(" .") if match else ""
    if match is None or SCALES_AFTER.match(rest) or _GOES_ON.match(rest) or _FURTHER.match(rest):
        return None
    unit = _WORD_BEHIND.match(rest)
    return match.group() + (unit.group() if unit and (known(unit["unit"]) or unit["unit"] in "%°") else "")


def is_prose(text: str) -> bool:
    """Whether there are at least three plain words."""
    return len(_PLAIN_WORD.findall(_ENVIRONMENT.sub(" ", text[:MAX_CHARS]))) >= 3


def only_formula(text: str) -> str | None:
    """The formula of a sentence that has just one, and no number outside it; None for anything else."""
    if not ("$" in text or "\\" in text) or not is_prose(text):
        return None
    first = _FORMULA.search(text)
    if first is None or re.search(r"[\d$\\]", text[: first.start()] + text[first.end() :]) or not _stated(text, first.span()):
        return None
    return first["dollars"] or first["round"] or first["square"]


def conclusion(text: str, sentence: str = "") -> str | None:
    """The value of a sentence (or of a part of one), or None where it states none or several."""
    text = text[:MAX_CHARS].strip().rstrip(".。")
    if sentence and not _stated(sentence, _within(sentence, text)):
        return None
    equals = text.rfind("=") + 1
    numbers = list(_NUMBER.finditer(text, equals))
    found = [_bare(number.group()) for number in numbers]
    # The result of the last calculation, alone or said again at the end: "= $284. So, 2 years cost $284."
    repeated = bool(found) and (len(set(found)) == 1 or (bool(equals) and found[-1] == found[0]))
    if repeated and (not equals or _opens_with(text[equals:], found[0])) and all(_stated(text, number.span()) for number in numbers):
        return found[0]
    final = _FINAL.search(text)
    return _bare(text[slice(*_span(final))]) if final and _stated(text, _span(final)) else None


def _within(sentence: str, part: str) -> tuple[int, int]:
    at = max(sentence.find(part), 0)
    return at, at + len(part)


def _span(found: re.Match[str]) -> tuple[int, int]:
    """Where the value stands: the group that matched, or the whole match."""
    return found.span(found.lastindex or 0)


def _stated(text: str, span: tuple[int, int]) -> bool:
    """Whether the value's own clause neither denies it, nor only measures by it, nor scales it."""
    first, last = span
    ends = list(_CLAUSE_END.finditer(text))
    start = max((end.end() for end in ends if end.end() <= first), default=0)
    stop = min((end.start() for end in ends if end.start() >= last), default=len(text))
    before = text[start:first]
    if MEASURED_BY.search(before) or SCALES_AFTER.match(text, last) or _SUPPOSED.match(before) or ATTRIBUTED.search(before):
        return False
    return not DENIED.search(text, start, stop) or bool(ONLY_NOT.fullmatch(text[start:first]))


def _bare(number: str) -> str:
    return re.sub(r"[$€£\s]", "", number).replace("−", "-") if "frac" not in number else number.strip()


def _opens_with(tail: str, value: str) -> bool:
    return re.sub(r"^\s*(?:\\approx(?![a-zA-Z]))?", "", tail).replace("$", "").lstrip().startswith(value)
