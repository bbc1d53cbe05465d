"""Units after a number: `5 cm` is not `5 m`, `150 cents` is `$1.50`, `4 weeks` is good for a bare `4`.

A word that is no unit is a label ("apples"): kept to be compared with another label, ignored beside a bare number.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

_F = Fraction
_TABLE: dict[str, tuple[str, Fraction, str]] = {}


def _define(dimension: str, factor: Fraction, names: str) -> None:
    for name in names.split():
        _TABLE[name] = (dimension, factor, name)


_define("length", _F(1), "m meter meters metre metres")
_define("length", _F(1, 100), "cm centimeter centimeters centimetre centimetres")
_define("length", _F(1, 1000), "mm millimeter millimeters millimetre millimetres")
_define("length", _F(1000), "km kilometer kilometers kilometre kilometres")
_define("length", _F(254, 10000), "in inch inches")
_define("length", _F(3048, 10000), "ft foot feet")
_define("length", _F(9144, 10000), "yd yard yards")
_define("length", _F(1609344, 1000), "mi mile miles")
_define("mass", _F(1), "g gram grams")
_define("mass", _F(1000), "kg kilogram kilograms kilo kilos")
_define("mass", _F(1, 1000), "mg milligram milligrams")
_define("mass", _F(45359237, 100000), "lb lbs pound pounds")
_define("mass", _F(45359237, 1600000), "oz ounce ounces")
_define("mass", _F(1000000), "ton tons tonne tonnes")
_define("time", _F(1), "s sec secs second seconds")
_define("time", _F(60), "min mins minute minutes")
_define("time", _F(3600), "h hr hrs hour hours")
_define("time", _F(86400), "day days")
_define("time", _F(604800), "week weeks")
_define("month", _F(1), "month months")
_define("month", _F(12), "year years yr yrs")
_define("volume", _F(1), "l L liter liters litre litres")
_define("volume", _F(1, 1000), "ml mL milliliter milliliters")
_define("volume", _F(3785411784, 10**9), "gal gallon gallons")
_define("dollar", _F(1), "dollar dollars usd USD bucks")
_define("dollar", _F(1, 100), "cent cents ¢")
_define("euro", _F(1), "euro euros eur EUR €")
_define("sterling", _F(1), "gbp GBP £")
_define("degree", _F(1), "degree degrees deg °")
_define("radian", _F(1), "radian radians rad")
_define("one", _F(1), "unit units percent percentage pct")

_STOP = frozenset(
    [
        "of",
        "in",
        "total",
        "left",
        "remaining",
        "long",
        "tall",
        "wide",
        "old",
        "each",
        "away",
        "more",
        "from",
        "on",
        "for",
        "at",
        "to",
        "that",
        "which",
        "are",
        "is",
        "were",
        "was",
        "altogether",
        "high",
        "deep",
        "per-person",
        "the",
        "a",
        "an",
        "fewer",
        "less",
        "extra",
        "worth",
        "apart",
        "and",
        "or",
        "every",
    ]
)
_POWER = re.compile(r"(?P<name>[A-Za-z°¢€£]+)\.?\s*(?:\^\s*\{?\s*(?P<power>-?\d)\s*\}?)?")
_WORDS = re.compile(r"^[A-Za-z°¢€£][A-Za-z°¢€£ .,'\-()/*^{}\d]*$")
_PREFIX_POWER = {"square": 2, "sq": 2, "squared": 2, "cubic": 3, "cubed": 3}


@dataclass(frozen=True, slots=True)
class Unit:
    """Dimensions with their powers, the factor to base units, and labels that are no known unit."""

    dimensions: tuple[tuple[str, int], ...]
    factor: Fraction
    labels: frozenset[str]

    @property
    def bare(self) -> bool:
        return not self.dimensions and not self.labels


NONE = Unit((), Fraction(1), frozenset())


def known(word: str) -> bool:
    return word in _TABLE or word.lower() in _TABLE or word.lower() in _PREFIX_POWER


def read_unit(text: str) -> Unit | None:
    """The unit that a tail of words is, or None where it is no words (an expression, a number)."""
    text = text.strip(" .")
    if not text:
        return NONE
    if not _WORDS.match(text):
        return None
    dimensions: dict[str, int] = {}
    labels: set[str] = set()
    factor, sign, pending = Fraction(1), 1, 1
    for token in re.split(r"(\s+|/|\*|-)", re.sub(r"\([^)]*\)", " ", text)):
        word = token.strip()
        if not word or word in ("*", "-"):
            continue
        if word == "/" or (word.lower() in ("per", "an", "a") and (dimensions or labels)):
            sign = -1
            continue
        if word.lower() == "mph":
            dimensions, factor = {"length": 1, "time": -1}, factor * Fraction(1609344, 1000) / 3600
            continue
        if word.lower() in _STOP and (dimensions or labels):
            break
        match = _POWER.fullmatch(word)
        if match is None:
            return None
        if match["name"].lower() in _PREFIX_POWER:
            if match["name"].lower() in ("squared", "cubed") and dimensions:
                _raise_last(dimensions, _PREFIX_POWER[match["name"].lower()])
            else:
                pending = _PREFIX_POWER[match["name"].lower()]
            continue
        power = sign * pending * int(match["power"] or 1)
        entry = _TABLE.get(match["name"]) or _TABLE.get(match["name"].lower())
        if entry is None:
            labels.add(_stem(match["name"]))
        elif entry[0] != "one":
            dimensions[entry[0]] = dimensions.get(entry[0], 0) + power
            factor *= entry[1] ** power
        sign, pending = 1, 1
    return Unit(tuple(sorted(dimensions.items())), factor, frozenset(labels))


def _raise_last(dimensions: dict[str, int], power: int) -> None:
    last = list(dimensions)[-1]
    dimensions[last] *= power


def _stem(word: str) -> str:
    word = word.lower()
    return word[:-2] if word.endswith("es") and len(word) > 4 else word.removesuffix("s")


def agree(gold: Unit, answer: Unit) -> Fraction | None:
    """What to multiply the answer by to be in the gold's unit; None where the units contradict each other."""
    if not gold.dimensions or not answer.dimensions:
        clash = gold.labels and answer.labels and not (gold.labels & answer.labels)
        return None if clash and not (gold.dimensions or answer.dimensions) else Fraction(1)
    if gold.dimensions != answer.dimensions:
        return None
    return answer.factor / gold.factor
