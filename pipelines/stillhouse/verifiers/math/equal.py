"""Are two final answers equal? Literal numbers first, then this package's own reader; nothing else reads model text.

Stricter than a computer algebra system on purpose: brackets, units, bases and the case of letters count, words are
not multiplied out, and an answer that only restates the question (`2^{10}` for 1024, 84/7 for 12, an equation for its
solution) is wrong where the gold is a plain number. What a rule cannot decide is unverifiable: a gold that is prose, a
gold or an answer in a form that the reader does not know, a value rounded more coarsely than the rule allows.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from stillhouse.records import Outcome
from stillhouse.verifiers.math.answers import algebra, symbolic
from stillhouse.verifiers.math.answers.clean import clean
from stillhouse.verifiers.math.answers.evaluate import TooBig
from stillhouse.verifiers.math.answers.expression import Unreadable
from stillhouse.verifiers.math.answers.kinds import Quantity, Value, Words
from stillhouse.verifiers.math.answers.literals import same_literal
from stillhouse.verifiers.math.answers.prose import conclusion, is_prose, only_formula
from stillhouse.verifiers.math.answers.same import Same, undecided
from stillhouse.verifiers.math.answers.value import DIFFERENT, read_value, words

MAX_CHARS = 2_000
# A gold of so many words is a statement, a proof or a construction, not a word that an answer repeats.
PROSE_WORDS = 4
_LITERAL = re.compile(r"\$?\s?([-+]?)\$?((?:[1-9]\d{0,2}(?:,\d{3})+|\d{1,300})(?:\.\d{0,300})?|\.\d{1,300})\.?")
_CHOICE = re.compile(r"\(?([A-J])\)?(?:[.):](?!.*\b[A-J]\)).*)?", re.DOTALL)
_DECIMAL_COMMA = re.compile(r"(?![-+]?[1-9]\d{0,2},\d{3}$)([-+]?\d{1,300}),(\d{1,300})")
_LABEL = re.compile(
    r"^(?:[A-Z][a-z]+(?: [a-z]+){0,2}:\s*(?=\$|\\|\[\s*\\))?(?:(?:the\s+)?(?:final\s+)?answer\s*(?:is\b|:|=)\s*)?"
    r"(?:(?:only|approximately|about|roughly|around)\s+|\\approx\s*)?(?=[-+$.\d\\]|\[\s*\\|[a-z]\s*=)",
    re.IGNORECASE,
)
# The letter of an option before its value: "(C) 18".
_OPTION = re.compile(r"^\([A-E]\)\s+(?=-?[\d\\$.])")
_TAIL = re.compile(r"(?<![<>!=])=([^=]*)$")
_NEGATED = re.compile(r"\\(?:not|neg|lnot|sim|approx|equiv|cong|propto|to|rightarrow|Rightarrow|mod|bmod|pmod)(?![a-zA-Z])|[¬~≈≡]")
_BOUND = re.compile(r"[<>]|!=")
_UNEVALUATED = re.compile(r"\\(?:int|iint|oint|sum|prod|lim|binom|det|gcd|lcm|max|min|partial|[bp]?mod|nabla)(?![a-zA-Z])|!|[vV]matrix")


@dataclass(frozen=True, slots=True)
class Comparison:
    """`reason` names what decided: string, number, value, words, choice, unevaluated, gate, unread, …;
    ", rounded" behind it that the recipe's rounding was needed."""

    outcome: Outcome
    reason: str


_CORRECT_STRING = Comparison("correct", "string")
_NUMBER = {True: Comparison("correct", "number"), False: Comparison("wrong", "number")}


def warm_up() -> None:
    """Imports what numbers and algebra are computed with: a forked worker does not pay for it, and behind its walls sympy cannot load."""
    compare("\\sqrt{2}x", "x\\cdot 2^{1/2}")
    symbolic.load()


def compare(gold: str, answer: str, rounding: bool = True) -> Comparison:
    """Correct, wrong or unverifiable (the answer is beyond the bounds, or gold or answer cannot be read)."""
    if gold == answer and len(gold) <= MAX_CHARS:
        return _CORRECT_STRING
    left, right = literal(gold), literal(answer)
    if left is not None and left == right:
        return _NUMBER[True]
    if left is not None and right is not None and left.denominator == 1:
        return _NUMBER[False]
    if _same_decimal(gold, answer) or _same_decimal(answer, gold):
        return _NUMBER[True]
    if len(answer) > MAX_CHARS or len(gold) > MAX_CHARS:
        if is_prose(answer) and not is_prose(gold):
            return _compare_prose(_cleaned(gold), answer, rounding)
        return Comparison("unverifiable", f"gate: longer than {MAX_CHARS:,} characters")
    by_value = same_literal(gold, answer)
    if by_value is not None:
        return Comparison("correct" if by_value else "wrong", "literal")
    span = only_formula(answer)
    if span is not None:
        stated = _compare_cleaned(_cleaned(gold), _cleaned(span), rounding)
        if stated.outcome == "correct":
            return Comparison("correct", f"prose, {stated.reason}")
    return _compare_cleaned(_cleaned(gold), _cleaned(answer), rounding)


def _same_decimal(point: str, comma: str) -> bool:
    """`1000,99` beside 1000.99, either way round; three digits behind a comma group thousands, except behind a zero."""
    match = _DECIMAL_COMMA.fullmatch(comma) if "," in comma and "." in point else None
    return match is not None and literal(point) == Fraction(f"{match.group(1)}.{match.group(2)}")


@lru_cache(maxsize=20_000)
def _cleaned(text: str) -> str:
    return _LABEL.sub("", clean(text), 1) if text[:1] not in "0123456789" else clean(text)


@lru_cache(maxsize=20_000)
def _value(text: str) -> Value | str:
    """The value, or the reason why it cannot be read (a string)."""
    try:
        return read_value(text)
    except (Unreadable, ValueError, IndexError) as error:
        return str(error) or type(error).__name__


def literal(text: str) -> Fraction | None:
    """A plain integer or decimal, with thousands separators or a dollar sign; None for anything else."""
    match = _LITERAL.fullmatch(text)
    return Fraction((match.group(1) + match.group(2)).replace(",", "")) if match else None


def is_text(text: str) -> bool:
    """Words with numbers among them ("June 20", "4:30 p.m."), compared as text."""
    return bool(re.search(r"(?<![A-Za-z\\])[A-Za-z]\.?[A-Za-z]", text)) and not re.search(r"[\\^_=<>{}$]", text)


def _compare_cleaned(gold: str, answer: str, rounding: bool) -> Comparison:
    if gold == answer and gold:
        return _CORRECT_STRING
    if not answer:
        return Comparison("wrong", "no answer")
    choice = _choice(gold, answer)
    if choice is not None:
        return choice
    if _BOUND.search(gold) and _BOUND.search(answer) and _joined_by(gold) == {"or"} and _joined_by(answer) == {"and"}:
        return Comparison("wrong", "and for or")
    answer = _OPTION.sub("", answer)
    left, right = _value(gold), _value(answer)
    if isinstance(left, str) or isinstance(right, str):
        return _unread(gold, answer, left, right, rounding)
    try:
        found, doubt = _compare_values(left, right, rounding)
    except TooBig as error:
        return Comparison("unverifiable", f"gate: a {error} that is too big")
    except algebra.OutOfTime:
        return Comparison("unverifiable", "gate: algebra that takes too long")
    if found.outcome != "wrong":
        return found
    if found.reason in ("relation", "value") and is_prose(answer) and not is_prose(gold):
        return _compare_prose(gold, answer, rounding)
    if doubt and found.reason != "unevaluated":
        return Comparison("unverifiable", doubt)
    if isinstance(left, Words) and left.text != "empty set" and len(left.text.split()) >= (PROSE_WORDS if isinstance(right, Words) else 2):
        return Comparison("unverifiable", "gold: prose" if len(left.text.split()) >= PROSE_WORDS else "gold: words, answer: none")
    return found


def _compare_values(gold: Value, answer: Value, rounding: bool) -> tuple[Comparison, str]:
    """What the rules say of two values, and for "wrong" what speaks against it. Raises TooBig and OutOfTime."""
    match = Same(rounding)
    equal, why = match(gold, answer)
    if equal and gold != answer and algebra.needs_proof(gold, answer) and not algebra.proven(gold, answer):
        return Comparison("unverifiable", "equal at the points that were tried, but not proven"), ""
    if equal:
        return Comparison("correct", f"{why}, rounded" if match.used else why), ""
    proof = algebra.decide(gold, answer) if why != "unevaluated" else None
    return (Comparison("correct", proof), "") if proof else (Comparison("wrong", why), undecided(gold, answer))


def _joined_by(text: str) -> set[str]:
    return set(re.findall(r"\b(and|or)\b", text))


def _choice(gold: str, answer: str) -> Comparison | None:
    """A gold that is one letter A–J: `(B)`, `B.`, `B) 12` are that choice."""
    letter = re.fullmatch(r"\(?([A-J])\)?", gold)
    chosen = _CHOICE.fullmatch(answer)
    if not letter or not chosen:
        return None
    return Comparison("correct" if letter.group(1) == chosen.group(1) else "wrong", "choice")


def _compare_prose(gold: str, answer: str, rounding: bool) -> Comparison:
    """A sentence for a gold that is none: only the one value that it states is compared."""
    value = conclusion(answer)
    if value is None:
        return Comparison("wrong", "prose without one clear value")
    result = _compare_cleaned(gold, _cleaned(value), rounding)
    return Comparison(result.outcome, f"prose, {result.reason}")


def _unread(gold: str, answer: str, left: Value | str, right: Value | str, rounding: bool) -> Comparison:
    """At least one side is beyond the reader."""
    if words(gold) == words(answer) and re.search(r"[^\W\d_]{2}", words(gold)) and not re.search(r"[\d\\^]", gold + answer):
        return Comparison("correct", "words")
    if isinstance(left, str) and is_text(gold) and words(gold) == words(answer):
        return Comparison("correct", "text")
    if isinstance(left, str):
        return Comparison("unverifiable", "gold: prose" if is_prose(gold) else f"gold: a form that is not known ({left})")
    if is_prose(answer) and not is_prose(gold):
        return _compare_prose(gold, answer, rounding)
    if literal(gold) is not None and (tail := _result(answer, right)) is not None:
        return _NUMBER[literal(gold) == tail]
    if _BOUND.match(answer) and not _BOUND.search(gold):
        return Comparison("wrong", "relation")
    if _UNEVALUATED.search(answer) and not _UNEVALUATED.search(gold):
        return Comparison("wrong", "unevaluated")
    if isinstance(left, Quantity) and literal(gold) is not None:
        return Comparison("wrong", f"no plain value ({right})")
    return Comparison("unverifiable", f"unread: {right}")


def _result(answer: str, problem: Value | str) -> Fraction | None:
    """The number behind the last equals sign of a calculation; none where it is negated or the sides are different numbers."""
    tail = _TAIL.search(answer)
    return literal(tail.group(1).strip(" $")) if tail and not _NEGATED.search(answer) and problem != DIFFERENT else None
