"""What form a question asks for, and whether an answer of the right value has it: factored, expanded, in order, in lowest terms, …

An answer that only repeats what the question gave has done nothing ("Factor x^2-1." is not answered by x^2-1), unless the gold is that
expression itself. A form is asked only where the question says so and the gold has it, so that no form is demanded of an answer
that the gold does not keep to. Limits: English; formulas are compared as trees up to the order of terms and factors.
"""

import re
from collections.abc import Callable, Iterator
from math import gcd

from stillhouse.verifiers.math.answers.clean import clean
from stillhouse.verifiers.math.answers.evaluate import TooBig, Undefined, exact
from stillhouse.verifiers.math.answers.expression import Node, Unreadable
from stillhouse.verifiers.math.answers.forms import factors, is_expanded, is_fraction, is_scientific, normal, root_below
from stillhouse.verifiers.math.answers.kinds import Based, Group, Quantity, Relation, Value
from stillhouse.verifiers.math.answers.same import Same
from stillhouse.verifiers.math.answers.value import read_value

_OF_THE_ANSWER = re.compile(
    r"\b(?:express|write|give|leave|round|convert|enter|simplify)\s+(?:your|the|each|all|both)\s+(?:final\s+)?(?:answers?|results?|solutions?|values?)\b",
    re.IGNORECASE,
)
_TASK = re.compile(
    r"\b(?:factor(?!s\b|ial)|factori[sz]|expand|simplif|convert|express|rewrite|write|round|rationali[sz]e|reduce|complet\w+\s+the\s+square|lowest\s+terms"
    r"|partial\s+fractions?|single\s+fraction|like\s+terms|distribute\s*:?\s*[$\\\d(]|in\s+standard\s+form|resolve\b[^.?]{0,80}\bfactors"
    r"|multiply\s+out|scientific\s+notation|differentiate|derivative|decimal|mixed\s+number|improper\s+fraction|percent)",
    re.IGNORECASE,
)
_OBJECT = re.compile(
    r"\b(?:evaluate|compute|calculate|find|determine|what\s+is|what's)\s+(?:the\s+)?(?:exact\s+)?(?:(?:value|expression)\s+(?:of\s+)?)?\s*:?\s*(?=[$\\(\d])",
    re.IGNORECASE,
)
_SOLVED_FOR = re.compile(
    r"\bsolve\b[^.?]{0,160}?\bfor\s+\$?(?P<a>[A-Za-z])\b|\bmake\s+\$?(?P<b>[A-Za-z])\$?\s+the\s+subject", re.IGNORECASE
)
_ORDER = re.compile(
    r"\b(?:increasing|ascending|decreasing|descending|alphabetical|numerical|chronological)\s+order\b|\bsort(?:ed)?\b|\barrange\b|\border\s+(?:the|these)\b"
    r"|\bfrom\s+(?:the\s+)?(?:least|smallest|lowest|shortest|greatest|largest|highest|biggest|longest)\s+to\b",
    re.IGNORECASE,
)
_FORMULA = re.compile(r"\$\$?(?P<a>[^$]+)\$\$?|\\\((?P<b>.+?)\\\)|\\\[(?P<c>.+?)\\\]", re.DOTALL)
_PLAIN_PIECE = re.compile(r"(?<![\\A-Za-z])(?!sqrt|sin|cos|tan|log|ln|pi)[A-Za-z]{2,}|[,;:?\n]|\.(?!\d)|\.$")
_CHAIN = re.compile(r"\s*(?:[<>]|\\[lg]t(?![a-zA-Z]))\s*")
_E_NOTATION = re.compile(r"[-+]?[1-9](?:\.\d+)?[eE][-+]?\d+")
_BASE = re.compile(r"\bbase|\bbinary|\boctal|\bhex|\bternary|_\s*\{?\s*(?:\d|b\b|two|three|eight|sixteen)", re.IGNORECASE)
_QUESTION_MAX, _PIECES, _PIECE_MAX = 6_000, 40, 300

# What a question says, and when an answer (with the gold) lacks it.
_Without = Callable[[Node, Node], bool]
_FORMS: tuple[tuple[re.Pattern[str], str, _Without], ...] = (
    (re.compile(r"\bfactor(?=\s+(?:completely|the|this|over|\$|\\|[\d(a-z]\b))|\bfactori[sz]e|\bfactored", re.IGNORECASE), "not factored",
     lambda gold, answer: factors(gold, False) > factors(answer, False)),
    (re.compile(r"\bprime\s+factori[sz]ation|\bproduct\s+of\s+(?:its\s+)?prime", re.IGNORECASE), "not factored",
     lambda gold, answer: factors(gold, True) > factors(answer, True)),
    (re.compile(r"\bexpand|\bmultiply\s+out\b", re.IGNORECASE), "not expanded", lambda gold, answer: is_expanded(gold) and not is_expanded(answer)),
    (re.compile(r"\blowest\s+terms|\bsimplest\s+form|\bcommon\s+fraction|\bsimplif|\breduce", re.IGNORECASE), "not in lowest terms",
     lambda gold, answer: not _reducible(gold) and _reducible(answer)),
    (re.compile(r"\b(?:as|to|into)\s+an?\s+(?:\w+\s+)?decimal\b|\bdecimal\s+(?:form|notation)", re.IGNORECASE), "not a decimal",
     lambda gold, answer: not is_fraction(gold) and is_fraction(answer)),
    (re.compile(r"\bscientific\s+notation", re.IGNORECASE), "not in scientific notation",
     lambda gold, answer: is_scientific(gold) and not is_scientific(answer)),
    (re.compile(r"\bmixed\s+(?:number|fraction|numeral)", re.IGNORECASE), "not a mixed number",
     lambda gold, answer: not is_fraction(gold) and is_fraction(answer)),
    (re.compile(r"\bimproper\s+fraction", re.IGNORECASE), "not an improper fraction", lambda gold, answer: is_fraction(gold) and not is_fraction(answer)),
    (re.compile(r"\brationali[sz]e", re.IGNORECASE), "a root in the denominator", lambda gold, answer: root_below(answer) and not root_below(gold)),
)  # fmt: skip
_ROUNDED_ASKED = re.compile(r"\bround(?:ed)?\b|\bnearest\b|\bdecimal\s+places?|\bsignificant\s+(?:figures?|digits?)", re.IGNORECASE)
_EXACT_ASKED = re.compile(
    r"\bexact(?:ly)?\s+(?:value|answer|form|expression|fraction)|\bexact\b.{0,20}\bvalue|in\s+terms\s+of\s+\$?(?:\\pi|π|pi\b)|\bradical\s+form|\bdo\s+not\s+(?:round|approximate)",
    re.IGNORECASE,
)


def may_ask(question: str) -> bool:
    """Whether the question asks for a form at all: cheap, and false for most."""
    return bool(
        _TASK.search(question)
        or _ORDER.search(question)
        or _OBJECT.search(question)
        or _ROUNDED_ASKED.search(question)
        or _EXACT_ASKED.search(question)
        or _SOLVED_FOR.search(question)
    )


def in_order(question: str, gold: str, answer: str) -> str:
    """`1 < 2 < 3` as the list that a question asks to sort."""
    listed = "," in gold and not _CHAIN.search(gold) and _CHAIN.search(answer) and "," not in answer
    return _CHAIN.sub(", ", answer) if listed and _ORDER.search(question) else answer


def lacks(question: str, gold: str, answer: str, rounded: bool) -> str:
    """What an answer of the right value lacks of the form that was asked for, or an empty string. `rounded`: it is equal by rounding only."""
    try:
        return _lacks(question, gold, answer, rounded)
    except (TooBig, Undefined):
        return ""


def _lacks(question: str, gold: str, answer: str, rounded: bool) -> str:
    if rounded and (asked := _ROUNDED_ASKED.search(question) or _EXACT_ASKED.search(question)):
        return f"not as asked: {asked.group().lower()}"
    wanted, given = _read(gold), _read(answer)
    if isinstance(wanted, Group) and isinstance(given, Group):
        return "not in the order asked for" if _ORDER.search(question) and _monotone(wanted) and not _same_order(wanted, given) else ""
    if isinstance(wanted, Based) and isinstance(given, Quantity):
        return "" if _BASE.search(question) else "no base"
    if _unsolved(question, wanted, given):
        return "not solved"
    mine, theirs = _tree(wanted), _tree(given)
    if mine is None or theirs is None or normal(mine) == normal(theirs):
        return ""
    if is_scientific(mine) and _E_NOTATION.fullmatch(answer.strip(" $")):
        return ""
    if normal(theirs) in {normal(tree) for text in _stated(question) if (tree := _tree(_read(text))) is not None}:
        return "what the question gave"
    return next((why for asked, why, without in _FORMS if asked.search(question) and without(mine, theirs)), "")


def _unsolved(question: str, gold: Value | None, answer: Value | None) -> bool:
    """Whether a gold `y = …` for which the question asks is answered by an equation with y on no side alone."""
    asked = _SOLVED_FOR.search(question)
    if not asked or not isinstance(gold, Relation) or gold.op != "=" or gold.name != (asked["a"] or asked["b"]):
        return False
    return isinstance(answer, Relation) and answer.op == "=" and not answer.name and answer.rhs != Quantity(("sym", gold.name))


def _read(text: str) -> Value | None:
    try:
        return read_value(clean(text))
    except (Unreadable, ValueError, IndexError):
        return None


def _tree(value: Value | None) -> Node | None:
    if isinstance(value, Relation) and value.op == "=":
        value = value.rhs
    return value.tree if isinstance(value, Quantity) else None


def _stated(question: str) -> Iterator[str]:
    """The formulas that the question gives to be worked on: all where it asks for another form, else what it asks to evaluate."""
    question = question[:_QUESTION_MAX]
    if _TASK.search(_OF_THE_ANSWER.sub(" ", question)):
        texts = [found["a"] or found["b"] or found["c"] for found in _FORMULA.finditer(question)] + _PLAIN_PIECE.split(
            _FORMULA.sub("\n", question)
        )
    else:
        texts = [piece for found in _OBJECT.finditer(question) if (piece := _object(question[found.end() :]))]
    sides = [side.strip() for text in texts if text for side in text.split("=")]
    yield from [side for side in sides if re.search(r"[\d^+*/\\]", side) and len(side) <= _PIECE_MAX][:_PIECES]


def _object(text: str) -> str:
    formula = _FORMULA.match(text)
    return (formula["a"] or formula["b"] or formula["c"]) if formula else _PLAIN_PIECE.split(text, maxsplit=1)[0]


def _monotone(group: Group) -> bool:
    """Whether the gold's numbers are in an order themselves; words are taken as they stand."""
    numbers = [exact(item.tree) if isinstance(item, Quantity) else None for item in group.items]
    known = [number for number in numbers if number is not None]
    return group.left in ("", "(", "[") and (len(known) < len(numbers) or known == sorted(known) or known == sorted(known, reverse=True))


def _same_order(gold: Group, answer: Group) -> bool:
    return all(Same()(wanted, given)[0] for wanted, given in zip(gold.items, answer.items, strict=False))


def _reducible(node: Node) -> bool:
    while node[0] == "neg":
        node = node[1]
    if not is_fraction(node):
        return False
    top, bottom = exact(node[1]), exact(node[2])
    integers = top is not None and bottom is not None and top.denominator == bottom.denominator == 1
    return bool(integers and top is not None and bottom is not None and gcd(top.numerator, bottom.numerator) > 1)
