"""The answer that the end of a response states without a mark: a closing sentence, an emphasised value in it, a last display.

Read only where the response is finished: a sentence that was cut off states nothing. The sentence must state one value
(answers.prose); a question, a denial, or several values are no answer.
"""

import re

from stillhouse.verifiers.math.answers.found import Found
from stillhouse.verifiers.math.answers.language import CONCLUDES, DENIED, MEASURED_BY
from stillhouse.verifiers.math.answers.prose import conclusion, only_formula

_CALCULATOR = re.compile(r"<<[^<>]*>>")
_DISPLAY = re.compile(r"(?:\\\[(?P<square>(?:(?!\\\[).)+?)\\\]|\$\$(?P<dollars>[^$]+)\$\$)[\s.*]*\Z", re.DOTALL)
_SENTENCE = re.compile(r"(?:(?<=[.!?])|(?<=[.!?]\*\*)|(?<=[.!?]\")|(?<=[。！？]))\s*(?=[A-Z\"“*\\$\d]|[^\x00-\x7f])(?<!\d\.)")
_EMPHASISED = re.compile(r"\*\*([^*\n]*\d[^*\n]*)\*\*")
_IS_FORMULA = re.compile(r"(?:\b(?:is|are|equals|be)|:)\s*(?:\$(?P<formula>[^$]+)\$)[\s.]*$")
_DIGIT = re.compile(r"\d|\\frac|\\sqrt|\\pi|\\infty|[零一二两三四五六七八九十]")
_ENDS = re.compile(r"(?:[.!。！]|[.!]?(?:\*\*|__|\$|\\\)|\\\]|\"|”|」|\)))\s*$")
_ENDS_WITH_VALUE = re.compile(r"(?:=|\bis|\bare|:|：|是|为)\s*\$?\s*-?[\d,.]+%?(?:\s+[A-Za-z]+){0,2}\s*$|\$?\d[\d,.]*\s*$")
_LAST_CHARS, _FAREWELLS = 1_500, 2


def closing(text: str) -> Found | None:
    """What the last display or the last sentence with a value states, or None."""
    if text.lstrip().startswith(("{", "[{", "```json", "```\n{")):
        return None
    tail = _CALCULATOR.sub("", text[-_LAST_CHARS:]).rstrip()
    display = _DISPLAY.search(tail)
    if display:
        return Found((display["square"] or display["dollars"]).strip(), "display", len(text))
    return _sentence(tail, len(text))


def _sentence(tail: str, end: int) -> Found | None:
    lines = [line.strip() for line in tail.splitlines() if line.strip()]
    for line in lines[-1 : -2 - _FAREWELLS : -1]:
        sentence = _last_sentence(line)
        if sentence is None:
            continue
        value = _stated(sentence)
        return Found(value, "sentence", end) if value else None
    return None


def _last_sentence(line: str) -> str | None:
    """The last sentence of a line that has a value in it, without list marks; None where there is none."""
    sentences = [s.strip() for s in _SENTENCE.split(line) if s and s.strip()]
    return next((s for s in reversed(sentences) if _DIGIT.search(s)), None)


def _stated(sentence: str) -> str | None:
    if "\\boxed" in sentence:  # empty, denied or not its value, else it would have been read
        return None
    if sentence.rstrip('*" ').endswith(("?", "？", ":", "：", ",", "...", "…")):
        return None
    if not _ENDS.search(sentence) and not (CONCLUDES.match(sentence) and _ENDS_WITH_VALUE.search(sentence)):
        return None
    bare = re.sub(r"^[\s>*#\-•]*(?:\d+[.)]\s+)?(?:\[[A-Za-z ]{1,20}\]\s*)?", "", sentence).strip()
    emphasised = set(_EMPHASISED.findall(bare))
    if len(emphasised) == 1:
        stated = conclusion(re.sub(r"\*\*", "", emphasised.pop()), bare.replace("**", ""))
        if stated:
            return stated
    plain = bare.replace("**", "").strip()
    named = _IS_FORMULA.search(plain)
    if named and not DENIED.search(plain) and not MEASURED_BY.search(plain[: named.start("formula")]):
        return named["formula"].strip()
    return only_formula(plain) or conclusion(plain)
