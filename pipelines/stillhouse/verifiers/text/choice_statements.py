"""What a response says of the options: which one it states, which it denies, which several it names.

Used for multiple choice where the stated answer itself names no option ("The answer is 15.2 days. The answer is (H).", "The
closest answer is (E)."). The last statement that names an option counts; one that is denied, or that names several, does not.
Answers to parts of the question ("a) … The answer is (A). b) … The answer is (F).") are several choices.
Limit: "the answer is not listed, the closest option is (D)" states no answer.
"""

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

from stillhouse.verifiers.math.answers.clean import clean
from stillhouse.verifiers.math.answers.language import ATTRIBUTED
from stillhouse.verifiers.math.answers.retractions import corrected, taken_back
from stillhouse.verifiers.math.answers.value import words

SEVERAL, DENIED, UNCLEAR, TAKEN_BACK = "several choices", "denied", "no clear choice", "taken back"
_LETTER = re.compile(
    r"^(?:(?:option|choice|answer)\b\s*:?\s*)?[(\[]{0,2}\s*([A-Z])\s*[)\]]{0,2}(?:\s*[.):,\-–]+\s*(?P<text>.*)|\s*)$", re.DOTALL
)
_BRACKETED = re.compile(r"^(?:(?:option|choice|answer)\b\s*:?\s*)?\(([A-Z])\)\s*(?P<text>.*)$", re.DOTALL)
_WITH_TEXT = re.compile(r"^(?:(?:option|choice|answer)\b\s*:?\s*)?([A-Z])\s+\((?P<text>[^()]+)\)$")
_NAMED = re.compile(r"\b(?:option|choice)(?:\s+|\s*\()([A-Z])\b", re.IGNORECASE)
_FURTHER = re.compile(
    r"(?:^|\b(?:or|and)\b|[,/&;])\s*(?:(?:or|and|either|both|maybe|perhaps|possibly|else|otherwise|alternatively|also|as\s+well\s+as|followed\s+by|i\s+mean)\s+)*(?:(?:option|choice)\s+)?(?:\(([A-Z])\)|([A-Z])(?=\s*(?:[).,/&;]|$|or\b|and\b)))"
)
_NOT_THE_OTHER = re.compile(r"\s*\((?:not|rather than|instead of)\b[^()]*\)$", re.IGNORECASE)
_MINUS = re.compile(r"(?<![\w)}\]])-\s*(?=[\d.$\\(]|[a-z]\b)")
_WRONG = re.compile(r"^\W*(?:is|was|are)\s+(?:not|wrong|incorrect|false)\b|^\W*(?:isn't|wasn't)\b", re.IGNORECASE)
_NOT = re.compile(r"^\W*(?:not|never|neither|none)\b", re.IGNORECASE)
# "The correct answer is C." right before a box, or behind it.
_CALLED_ANOTHER = re.compile(
    r"\b(?:(?:correct|right)\s+(?:answer|option|choice)|final\s+(?:choice|answer))\s*(?:is\b|:)[\s*$]*(?:(?:option|choice)\s+)?\(?(?P<letter>[A-J])\)?(?![\w'])"
)
_TRUTH = re.compile(r"\W*(?:false|wrong|incorrect|not\s+(?:true|right|correct))\W*", re.IGNORECASE)
_LABEL = re.compile(
    r"\b(?:answer|(?:best|correct|right)\s+(?:option|choice|one))\b[^.:=\n()]{0,50}?(?:\b(?:is|was|would be|should be|must be)\b|:|=)",
    re.IGNORECASE,
)
_SUPPOSED = re.compile(
    r"\b(?:if|suppose|assum\w+|not|never|whether|unless|wrong|incorrect|false|(?<!no )doubt(?:ful)?"
    r"|no\s+way|possible|least\s+(?:likely|probable|plausible))\b|n't\b",
    re.IGNORECASE,
)
# Statements without a label before the letter: "Option C is correct.", "So I choose C.", "故选C。"
_CALLED_RIGHT = re.compile(
    r"(?:\b(?:option|choice|answer)\s+)?(?<![A-Za-z0-9'])\(?([A-Z])\)?\s+is\s+(?:indeed\s+)?(?:the\s+)?(?:correct|right|best)"
    r"(?=\s*(?:[.!*]|$|(?:answer|option|choice|one)\b))"
    r"|(?<![A-Za-z0-9'])\(?([A-Z])\)?\s+is\s+(?:indeed\s+)?the\s+answer(?=\s*(?:[.!*]|$))"
    r"|(?:^|(?<=[.!?,]\s))(?:(?i:so|thus|therefore|hence),?\s+(?:it\s+(?:is|must\s+be|has\s+to\s+be)\s+|it's\s+)?"
    r"|(?i:it)\s+(?:is|must\s+be|has\s+to\s+be)\s+|(?i:it)'s\s+|(?i:option|choice|correct)\s*:\s*)(?:option\s+)?\(?([A-Z])\)?[.!*]*\s*\Z"
    r"|\b(?:I|we)(?:\s+would|\s+will|'d|'ll)?\s+(?:choose|pick|select|go\s+with)\s+(?:(?:option|choice)\s+)?\(?([A-Z])\)?(?=\s*(?:[.!*]|$))"
    r"|(?<![不未可没])[选選](?:择|擇)?\s*[:：]?\s*[(（]?([A-Z])(?![A-Za-z])",
    re.MULTILINE,
)
_CLAUSE_START = re.compile(r"[.;:!?,\n]|\bbut\b|\bso\b", re.IGNORECASE)
_CLAUSE_END = re.compile(r"(?<=[\w)\]}*\"'$%])[.!?](?=\s|$|\*)|\n|\b(?:because|since)\b")
# The label of a further part, right behind the statement for the part before it.
_NEXT_PART = re.compile(r"[^.\n]{0,40}\.\s*\(?(?:[b-h]|ii|iii|iv)\)\s")
_ASKED = re.compile(r"[\s*]*\(?[A-Z]\)?[\s*]*\?")
_CLAUSE_MAX, _LOOK_BACK, _LONE_MAX = 300, 80, 3


def chosen(text: str, choices: dict[str, str]) -> tuple[str | None, str]:
    """The letter that a stated answer chooses and how, or None and why not."""
    text = _NOT_THE_OTHER.sub("", clean(text)).strip("*")
    described = _WITH_TEXT.match(text)
    if described and (not choices or described.group(1) in choices):
        return _checked(described.group(1), described["text"], choices)
    match = _LETTER.match(text) or _BRACKETED.match(text) or _LETTER.match(text.upper() if len(text) <= 3 else "")
    if match:
        return _checked(match.group(1), (match.groupdict().get("text") or "").strip(), choices)
    same = [letter for letter, choice in choices.items() if choice and choice == plain(text)]
    if len(same) == 1:
        return same[0], "text"
    named = {letter.upper() for letter in _NAMED.findall(text)}
    if len(named) == 1:
        return _checked(named.pop(), "", choices)
    return None, SEVERAL if named else UNCLEAR


def plain(text: str) -> str:
    """An option's text as it is compared: words fold, the sign of a number stays."""
    return words(_MINUS.sub(" minus ", clean(text))) or clean(text)


def _checked(letter: str, text: str, choices: dict[str, str]) -> tuple[str | None, str]:
    """The letter, unless the text behind it denies it, names other letters, or is another option's."""
    if choices and letter not in choices:
        return None, f"{letter} is none of the choices"
    if not text or choices.get(letter) == plain(text):
        return letter, "letter"
    if _WRONG.match(text) or (choices and _TRUTH.fullmatch(text)):
        return None, DENIED
    further = {bracketed or bare for bracketed, bare in _FURTHER.findall(text)} - {letter}
    if further & set(choices or further):
        return None, SEVERAL
    if any(choice and other != letter and choice == plain(text) for other, choice in choices.items()):
        return None, "letter and text disagree"
    return letter, "letter"


def after_all(text: str, mark: int, choices: dict[str, str]) -> tuple[str | None, str] | None:
    """What replaces the last statement, or takes it back; None where nothing does. `mark` is where a box or the like ends."""
    at = max([mark, *(label.end() for label in _LABEL.finditer(text))])
    correction = corrected(text, at, letters=True) if at else None
    if correction is not None:
        letter, reason = chosen(correction["value"], choices)
        return letter, f"correction: {reason}" if letter else reason
    return (None, TAKEN_BACK) if at and taken_back(text, at) else None


def called_another(text: str, mark: int, letter: str) -> bool:
    """Whether another option than a box's is called the right one behind it, or right before it. `mark` is where the box ends."""
    for found in _CALLED_ANOTHER.finditer(text):
        before = _CLAUSE_START.split(text[max(0, found.start() - _LOOK_BACK) : found.start()])[-1]
        near = found.start() > mark or re.fullmatch(r"[^A-Za-z]{0,12}\\boxed\s*\{[^{}]*", text[found.end() : mark])
        if near and found["letter"] != letter and not _SUPPOSED.search(before) and not ATTRIBUTED.search(before):
            return True
    return False


def last_stated(text: str, choices: dict[str, str]) -> tuple[str | None, str]:
    """The letter of the last statement that names an option, or None and why not."""
    denied: set[str] = set()
    statements = list(_statements(text, choices))
    if len({chosen(statement.clause, choices)[0] for statement in statements if statement.of_part}) > 1:
        return None, SEVERAL
    for clause, is_denied, _ in reversed(statements):
        letter, reason = chosen(clause, choices)
        if letter is not None and is_denied:
            denied.add(letter)
        elif letter is not None:
            return (None, DENIED) if letter in denied else (letter, f"statement: {reason}")
        elif reason != UNCLEAR and not is_denied:
            return None, reason
    return _called_right(text, choices)


def _called_right(text: str, choices: dict[str, str]) -> tuple[str | None, str]:
    """The one letter that is called right or chosen; none where there are several, or where it is denied or only supposed."""
    named: set[str] = set()
    for found in _CALLED_RIGHT.finditer(text):
        before = _CLAUSE_START.split(text[max(0, found.start() - _LOOK_BACK) : found.start()])[-1]
        if not _SUPPOSED.search(before):
            named |= {letter for letter in found.groups() if letter}
    if len(named) != 1:
        return None, SEVERAL if named else UNCLEAR
    letter, reason = _checked(named.pop(), "", choices)
    return letter, f"statement: {reason}" if letter else reason


class Statement(NamedTuple):
    """A clause behind a label; whether it is denied or only supposed, and whether it is the answer of one part of several."""

    clause: str
    denied: bool
    of_part: bool


def _statements(text: str, choices: dict[str, str]) -> Iterator[Statement]:
    labels = list(_LABEL.finditer(text))
    of_part = False
    for label, following in itertools.zip_longest(labels, labels[1:]):
        end = min(label.end() + _CLAUSE_MAX, following.start() if following else len(text))
        clause, *rest = _CLAUSE_END.split(text[label.end() : end], maxsplit=1)
        clause = clause.strip(" *_`,;")
        if (
            len(clause) <= _LONE_MAX
            and rest
            and (option := rest[0].partition("\n")[0].strip(" *_`."))
            and plain(option) in choices.values()
        ):
            clause = f"{clause}. {option}"  # "B. Paris"
        before = _CLAUSE_START.split(text[max(0, label.start() - _LOOK_BACK) : label.start()])[-1]
        negated = _NOT.match(clause)
        more_parts = bool(_NEXT_PART.match(text, label.end()))
        plain_clause = clause[negated.end() :].strip() if negated else clause
        denied = negated or _SUPPOSED.search(before) or ATTRIBUTED.search(before) or _ASKED.match(text, label.end())
        yield Statement(plain_clause, bool(denied), of_part or more_parts)
        of_part = more_parts
