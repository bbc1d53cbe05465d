"""Are two final answers equal? Literal numbers first, then this package's own reader, Math-Verify last.

Stricter than a computer algebra system on purpose: brackets, units, bases and the case of letters count, words are
not multiplied out, and an answer that only restates the question (`2^{10}` for 1024, an integral for its value) is
wrong where the gold is a plain number. The limit: forms that no reader knows are left to Math-Verify, within bounds
on length, nesting and exponents.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from stillhouse.records import Outcome
from stillhouse.verifiers.answers.clean import clean
from stillhouse.verifiers.answers.evaluate import TooBig
from stillhouse.verifiers.answers.expression import Unreadable
from stillhouse.verifiers.answers.kinds import Value
from stillhouse.verifiers.answers.prose import conclusion, is_prose, only_formula
from stillhouse.verifiers.answers.same import same
from stillhouse.verifiers.answers.value import read_value, words

MAX_CHARS = 2_000
# An unread answer longer than this is no spelling of a plain number; simplifying it could only show a restatement.
LITERAL_GOLD_CHARS = 60
_LITERAL = re.compile(r"\$?\s?([-+]?)\$?((?:\d{1,3}(?:,\d{3})+|\d{1,300})(?:\.\d{0,300})?|\.\d{1,300})\.?")
_CHOICE = re.compile(r"\(?([A-J])\)?(?:[.):].*)?", re.DOTALL)
_LABEL = re.compile(
    r"^(?:(?:the\s+)?(?:final\s+)?answer\s*(?:is\b|:|=)\s*)?(?:(?:approximately|about|roughly|around)\s+|\\approx\s*)?(?=[-+$.\d\\])",
    re.IGNORECASE,
)
_TAIL = re.compile(r"(?<![<>!=])=([^=]*)$")
_BOUND = re.compile(r"[<>]|!=")
# Two numbers with a sign between them: for a plain gold, what was asked and not what it comes to.
_ARITHMETIC = re.compile(r"\d\s*(?:[-+*/]|\\cdot|\\times|\\div)\s*\d")
_UNEVALUATED = re.compile(r"\\(?:int|iint|oint|sum|prod|lim|binom|det|gcd|lcm|max|min)(?![a-zA-Z])|!")


@dataclass(frozen=True, slots=True)
class Comparison:
    """`reason` names what decided: string, number, value, words, choice, unevaluated, gate, math-verify."""

    outcome: Outcome
    reason: str


_CORRECT_STRING = Comparison("correct", "string")
_NUMBER = {True: Comparison("correct", "number"), False: Comparison("wrong", "number")}


def warm_up() -> None:
    """Imports the slow path and runs it once, so that a forked worker does not pay for it."""
    from stillhouse.verifiers.answers.slow import math_verify_equal

    math_verify_equal("\\frac{1}{2}x", "x/2")
    compare("\\sqrt{2}x", "x\\cdot 2^{1/2}")


def compare(gold: str, answer: str) -> Comparison:
    """Correct, wrong or unverifiable (the answer is beyond the bounds, or the gold cannot be read)."""
    if gold == answer and len(gold) <= MAX_CHARS:
        return _CORRECT_STRING
    left, right = literal(gold), literal(answer)
    if left is not None and right is not None:
        return _NUMBER[left == right]
    if len(answer) > MAX_CHARS or len(gold) > MAX_CHARS:
        if is_prose(answer) and not is_prose(gold):
            return _compare_prose(_cleaned(gold), answer)
        return Comparison("unverifiable", f"gate: longer than {MAX_CHARS:,} characters")
    span = only_formula(answer)
    if span is not None:
        stated = _compare_cleaned(_cleaned(gold), _cleaned(span))
        if stated.outcome == "correct":
            return Comparison("correct", f"prose, {stated.reason}")
    return _compare_cleaned(_cleaned(gold), _cleaned(answer))


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


def _compare_cleaned(gold: str, answer: str) -> Comparison:
    if gold == answer and gold:
        return _CORRECT_STRING
    if not answer:
        return Comparison("wrong", "no answer")
    choice = _choice(gold, answer)
    if choice is not None:
        return choice
    left, right = _value(gold), _value(answer)
    if not isinstance(left, str) and not isinstance(right, str):
        try:
            equal, why = same(left, right)
        except TooBig as error:
            return Comparison("unverifiable", f"gate: a {error} that is too big")
        if why in ("relation", "value") and not equal and is_prose(answer) and not is_prose(gold):
            return _compare_prose(gold, answer)
        return Comparison("correct" if equal else "wrong", why)
    return _unread(gold, answer, left if isinstance(left, str) else "", right if isinstance(right, str) else "")


def _choice(gold: str, answer: str) -> Comparison | None:
    """A gold that is one letter A–J: `(B)`, `B.`, `B) 12` are that choice."""
    letter = re.fullmatch(r"\(?([A-J])\)?", gold)
    chosen = _CHOICE.fullmatch(answer)
    if not letter or not chosen:
        return None
    return Comparison("correct" if letter.group(1) == chosen.group(1) else "wrong", "choice")


def _compare_prose(gold: str, answer: str) -> Comparison:
    """A sentence for a gold that is none: only the one value that it states is compared."""
    value = conclusion(answer)
    if value is None:
        return Comparison("wrong", "prose without one clear value")
    result = _compare_cleaned(gold, _cleaned(value))
    return Comparison(result.outcome, f"prose, {result.reason}")


def _unread(gold: str, answer: str, gold_problem: str, answer_problem: str) -> Comparison:
    """At least one side is beyond the own reader: words, an unevaluated operator, or Math-Verify's turn."""
    if words(gold) == words(answer) and re.search(r"[^\W\d_]{2}", words(gold)) and not re.search(r"[\d\\^]", gold + answer):
        return Comparison("correct", "words")
    if is_prose(answer) and not is_prose(gold):
        return _compare_prose(gold, answer)
    if _BOUND.match(answer) and not _BOUND.search(gold):
        return Comparison("wrong", "relation")
    tail = _TAIL.search(answer)
    if literal(gold) is not None and tail and (value := literal(tail.group(1).strip(" $"))) is not None:
        return _NUMBER[literal(gold) == value]
    if literal(gold) is not None and len(answer) > LITERAL_GOLD_CHARS:
        return Comparison("wrong", "no plain value")
    if literal(gold) is not None and _ARITHMETIC.search(answer):
        return Comparison("wrong", "unevaluated")
    if _UNEVALUATED.search(answer) and not _UNEVALUATED.search(gold):
        return Comparison("wrong", "unevaluated")
    from stillhouse.verifiers.answers.slow import gate, math_verify_equal

    for text in (answer, gold):
        problem = gate(text)
        if problem:
            return Comparison("unverifiable", f"gate: {problem}")
    return Comparison("correct" if math_verify_equal(gold, answer) else "wrong", "math-verify")
