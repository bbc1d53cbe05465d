"""Answers behind a label: "The answer is 18", "**Answer:** 18", "A: 18", "答案：18", a heading with the answer below it.

What a sentence denies or only supposes ("if the answer were 5") is no statement.
"""

import re
from collections.abc import Iterator

from stillhouse.verifiers.math.answers.found import Found
from stillhouse.verifiers.math.answers.language import ATTRIBUTED, DENIED, HEADING, LABEL, MEASURED_BY, SCALES_AFTER, SUPPOSED
from stillhouse.verifiers.math.answers.prose import leading_value

_SENTENCE_START = re.compile(r"[.;!?:。；！？,，]\s|\n|[。；！？，]|\bbut\b|\bhowever\b", re.IGNORECASE)
_CLAUSE_END = re.compile(
    r"[.!?](?=\s|$|\*)|[。！？]|\n|\s+(?:because|since|so|which|as(?!\s+well\s+as)|where|I hope|if|for|when|thus|therefore|hence|and so)\b(?![^(]*\))",
    re.IGNORECASE,
)
_MATHS = (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"))
_ADVERB = re.compile(r"^(?:indeed|therefore|thus|simply|exactly|precisely)\s+(?=[-$\\\d])")
_OPENING = re.compile(r"""^(?:[\s*_:：>#`"'“「【]|\\"|[-•]\s(?![\d.$\\]))+""")
# A sentence whose value is emphasised: "She makes **$18** every day."
_EMPHASISED = re.compile(r"(?P<before>[A-Za-z][^*\d$\\]*)\*\*(?P<value>[^*\n]*\d[^*\n]*)\*\*(?P<after>[^*\d]*)")
_SPACED_DIGITS = re.compile(r"\d{1,3}(?: \d{3})+(?:[.,]\d+)?")
_COPULA = re.compile(r"\s*(?:입니다|이다|です|である)$")
_EMPHASIS = ("**", "__", "`")
_MONEY = re.compile(r"\$\s?\d[\d,.]*(?:[^\d$]*$|\s[a-z])")
_LOOK_BACK, _LOOK_AHEAD = 80, 2_000
# A value that its sentence asks about: "The answer is 42?"
_ASKED = re.compile(r"[\s*$]*[-+]?\(?\w[\w.,/]*\)?[\s*$]*\?")
_NEXT_ITEM = re.compile(r"^[\s>*_-]*B\s*[:.)=]", re.MULTILINE)


def labelled(text: str, start: int = 0, last: int = 0) -> Iterator[Found]:
    """Every answer behind a label or below a heading that is one, in order; `end` is where its label ends.

    `last` takes the values of so many labels only, from the end: a text may repeat a label without bound.
    """
    labels = sorted([*LABEL.finditer(text, start), *HEADING.finditer(text, start)], key=lambda label: label.end())
    ahead = _LOOK_AHEAD if last else _LOOK_AHEAD // 10
    for label in labels[-last:]:
        value = "" if label.re is LABEL and _unstated(text, label) else value_behind(text[label.end() : label.end() + ahead])
        if value:
            yield Found(value, "label", label.end())


def _unstated(text: str, label: re.Match[str]) -> bool:
    """Denied or supposed in its own clause; `A:` that opens a list of choices."""
    before = text[max(0, label.start() - _LOOK_BACK) : label.start()]
    ends = list(_SENTENCE_START.finditer(before))
    clause = before[ends[-1].end() if ends else 0 :].replace("_", " ")
    if DENIED.search(clause) or SUPPOSED.search(clause) or ATTRIBUTED.search(clause) or _ASKED.match(text, label.end()):
        return True
    single = re.sub(r"[\W_]", "", label.group()).lower() == "a"
    return single and bool(_NEXT_ITEM.search(text, label.end()))


def value_behind(text: str) -> str:
    """The value that begins a text: its first mathematics, its first emphasis, or its first clause; on the next line if need be."""
    text = _ADVERB.sub("", _OPENING.sub("", text, 1), 1)
    for opening, closing in _MATHS:
        if text.startswith(opening) and not (opening == "$" and _MONEY.match(text)):
            end = text.find(closing, len(opening))
            if end > 0:
                return _whole_formula(text, text[len(opening) : end], end + len(closing))
    clause = _CLAUSE_END.split(text, maxsplit=1)[0]
    emphasised = _EMPHASISED.fullmatch(clause)
    if emphasised and not (DENIED.search(clause) or MEASURED_BY.search(emphasised["before"]) or SCALES_AFTER.match(emphasised["after"])):
        return emphasised["value"].strip()
    for mark in _EMPHASIS:
        clause = clause.split(mark)[0] if mark in clause and clause.split(mark)[0].strip() else clause
    clause = _COPULA.sub("", clause.strip(" *.`_\\\"'”」】,;；，"))
    return clause if _SPACED_DIGITS.fullmatch(clause) else leading_value(clause) or clause


def _whole_formula(text: str, formula: str, end: int) -> str:
    """The formula alone, unless its clause goes on with mathematics or with a word that changes the value."""
    rest = _CLAUSE_END.split(text[end:], maxsplit=1)[0]
    if re.match(r"[\s,;]*(?:and|or|,|;)?[\s,]*(?:[a-z]\s)?(?:\$|\\[(\[])", rest) or SCALES_AFTER.match(rest):
        return (text[:end] + rest).strip(" *.,;")
    unit = re.match(r"\s*(?:(?:square|cubic|sq)\s+)?[A-Za-z°%]+(?:\s*\^\s*\d|²|³|/[a-z]+)?(?=\s*$)", rest)
    return f"${formula.strip()}${unit.group()}" if unit and re.search(r"\d\s*$", formula) else formula.strip(" *")
