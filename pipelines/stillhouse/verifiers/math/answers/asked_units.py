"""The unit in which a question wants its answer, where the gold leaves it out: "How many minutes …?" with a gold of 42.

42 hours is then wrong and 0.7 hours right. Only one unit of length, mass, time, volume, money or temperature counts, named behind "how many"
or "in"; where the question names several, or a rate, none is asked. Limit: English; pounds may be money or mass and are left out.
"""

import re
from functools import lru_cache

from stillhouse.verifiers.math.answers.clean import clean
from stillhouse.verifiers.math.answers.evaluate import TooBig, Undefined, exact, symbols
from stillhouse.verifiers.math.answers.expression import Unreadable
from stillhouse.verifiers.math.answers.kinds import Quantity, Relation
from stillhouse.verifiers.math.answers.trees import equal_trees
from stillhouse.verifiers.math.answers.units import Unit, read_unit
from stillhouse.verifiers.math.answers.value import read_value

_COUNTED = re.compile(
    r"\bhow\s+(?:many|much)\s+(?!degrees\b)(?:more\s+|whole\s+|total\s+|additional\s+|extra\s+|full\s+)?"
    r"(?P<many>(?:(?:square|cubic)\s+)?[A-Za-z]+)\b(?!\s*(?:/|(?:per|an?|each|every)\b))"
    r"|\bin\s+(?:degrees\s+)?(?P<in>celsius|fahrenheit|km/hr?|m/s|mph|(?:kilomet(?:er|re)s|miles)\s+per\s+hour"
    r"|met(?:er|re)s\s+per\s+second|(?:square|cubic)\s+[a-z]{3,}s|square\s+feet|"
    r"[a-z]{3,}s|feet|inches|[ckm]m|kg|m[lL])(?=\s*[?.,;:)]|\s*$|\s+(?:is|are|was|were|does|do|did|will|would|should)\b)"
    r"|\bdegrees\s+(?P<degrees>celsius|fahrenheit)",
    re.IGNORECASE,
)
_MONEY = frozenset({"dollar", "euro", "sterling"})
_DEGREES = re.compile(r"\b(?:in|how\s+many)\s+degrees\b(?!\s+(?:celsius|fahrenheit|[CF]\b))", re.IGNORECASE)
_RADIANS = re.compile(r"\brad(?:ians?)?\b")
_DIMENSIONS = frozenset({"length", "mass", "time", "month", "volume", "dollar", "fahrenheit", "celsius"})
_UNSURE = frozenset({"pound", "pounds", "degrees", "degree", "second", "minute", "in", "foot"})
_UNIT_WRITTEN = re.compile(r"[A-Za-z¢°€£]")
_PERCENT = re.compile(r"%|\bper\s?cent|\bpct\b", re.IGNORECASE)
_OF_SHARES = re.compile(
    r"\b(?:percent\w*|rate|probability|chance|likelihood|interest|proportion|share|efficiency|yield|margin|odds)\b|%", re.IGNORECASE
)
# Where a share below one may itself be so many percent.
_OF_PERCENT = re.compile(r"\b(?:per\s?cent\w*|(?:interest|tax|growth)\s+rate|interest)\b|%", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.?!])\s+")


def gold_with_unit(question: str, gold: str, answer: str) -> str:
    """The gold, with the question's unit where it has none and the answer is written with one."""
    if not question or not _UNIT_WRITTEN.search(answer):
        return gold
    if _RADIANS.search(answer) and _DEGREES.search(_asking(question)) and _bare(gold):
        return f"{gold}^\\circ"
    unit = asked_unit(_asking(question))
    if not unit or not _bare(gold):
        return gold
    wanted, given = read_unit(unit), _quantity(answer)
    return f"{gold} {unit}" if wanted and given and _comparable(wanted, given.unit) else gold


def _comparable(wanted: Unit, given: Unit) -> bool:
    """Whether a unit measures the same as the one that was asked for, temperatures and moneys with each other."""
    kinds = {name for name, _ in wanted.dimensions + given.dimensions}
    return wanted.dimensions == given.dimensions or kinds == {"celsius", "fahrenheit"} or bool(given.dimensions and kinds <= _MONEY)


def _asking(question: str) -> str:
    """The last sentence that asks, else the last one."""
    sentences = _SENTENCE.split(question.strip())
    return next((sentence for sentence in reversed(sentences) if sentence.endswith("?")), sentences[-1])


@lru_cache(maxsize=20_000)
def asked_unit(question: str) -> str:
    """The one unit that a question asks for, or an empty string."""
    names = {(found["many"] or found["in"] or found["degrees"]).lower() for found in _COUNTED.finditer(question)}
    units = {name: unit for name in names if name not in _UNSURE and (unit := read_unit(name)) and unit.dimensions}
    kinds = {(unit.dimensions, unit.factor) for unit in units.values()}
    if len(kinds) != 1 or not {name for name, power in next(iter(kinds))[0] if power == 1 or name == "length"} & _DIMENSIONS:
        return ""
    return sorted(units)[0]


def strange_percent(question: str, gold: str, answer: str) -> bool:
    """Whether an answer that is right but for its percent sign has one that nobody asked for: 42% or 4200% for 42 apples, 0.5% for 0.5."""
    if not _PERCENT.search(answer):
        return False
    wanted, given = _quantity(gold), _quantity(answer)
    if wanted is None or given is None or wanted.percent or not given.percent or symbols(wanted.tree):
        return False
    try:
        value = exact(wanted.tree)
        if equal_trees(wanted.tree, given.tree):
            share = value is not None and 0 < abs(value) <= 1
            return bool(question) and not (_OF_PERCENT if share else _OF_SHARES).search(question)
    except (TooBig, Undefined):
        return False
    return value is not None and value.denominator == 1 and abs(value) > 1


@lru_cache(maxsize=20_000)
def _bare(gold: str) -> bool:
    quantity = _quantity(gold)
    return quantity is not None and quantity.unit.bare and not quantity.percent and not symbols(quantity.tree) and "\\circ" not in gold


def _quantity(text: str) -> Quantity | None:
    try:
        value = read_value(clean(text))
    except (Unreadable, ValueError, IndexError):
        return None
    if isinstance(value, Relation) and value.name:
        value = value.rhs
    return value if isinstance(value, Quantity) else None
