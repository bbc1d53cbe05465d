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
_define("length", _F(1000000), "Mm megameter megameters megametre megametres")
_define("length", _F(254, 10000), "in inch inches")
_define("length", _F(3048, 10000), "ft foot feet")
_define("length", _F(9144, 10000), "yd yard yards")
_define("length", _F(1609344, 1000), "mi mile miles")
_define("mass", _F(1), "g gram grams")
_define("mass", _F(1000), "kg kgs kilogram kilograms kilo kilos")
_define("mass", _F(1, 1000), "mg milligram milligrams")
_define("mass", _F(1000000), "Mg")
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
_define("celsius", _F(1), "C Celsius celsius centigrade")
_define("fahrenheit", _F(1), "F Fahrenheit fahrenheit")
_define("am", _F(1), "am")
_define("pm", _F(1), "pm")
_define("radian", _F(1), "radian radians rad")
_define("one", _F(1), "unit units percent percentage pct")

_STOP_WORDS = """of in total left remaining long tall wide old each away more from on for at to that which are is were was altogether high deep
the fewer less extra worth apart and or every a an"""
_STOP = frozenset(_STOP_WORDS.split())
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


# Temperatures' letters are units behind a degree sign only.
_LONE_LETTERS = frozenset({"C", "F"})
_OF_DEGREES = frozenset({"celsius", "fahrenheit"})
NONE = Unit((), Fraction(1), frozenset())


def known(word: str) -> bool:
    return word not in _LONE_LETTERS and (_entry(word) is not None or word.lower() in _PREFIX_POWER)


def _entry(word: str) -> tuple[str, Fraction, str] | None:
    """A unit's line: the case of a lone letter is part of its name ("M" is no metre)."""
    return _TABLE.get(word) or (_TABLE.get(word.lower()) if len(word) > 1 else None)


def read_unit(text: str) -> Unit | None:
    """The unit that a tail of words is, or None where it is no words (an expression, a number)."""
    text = re.sub(r"\s*\^\s*", "^", text.strip(" ."))
    if not text:
        return NONE
    if not _WORDS.match(text) or re.search(r"\([^)]*\bor\b", text):
        return None
    reader = _UnitReader()
    for token in re.split(r"(\s+|/|\*|-)", re.sub(r"\([^)]*\)", " ", text)):
        word = token.strip()
        if word in ("", "*", "-"):
            continue
        if word.lower() in _STOP and reader.started and word.lower() not in ("a", "an"):
            break
        if not reader.take(word):
            return None
    return Unit(tuple(sorted(reader.dimensions.items())), reader.factor, frozenset(reader.labels))


class _UnitReader:
    """Collects the words of one unit; `sign` is -1 after "per", `pending` is 2 after "square"."""

    def __init__(self) -> None:
        self.dimensions: dict[str, int] = {}
        self.labels: set[str] = set()
        self.factor, self.sign, self.pending = Fraction(1), 1, 1

    @property
    def started(self) -> bool:
        return bool(self.dimensions or self.labels)

    def take(self, word: str) -> bool:
        """Takes one word in; False where it is none."""
        lower = word.lower()
        if word == "/" or (lower in ("per", "an", "a") and self.started):
            self.sign = -1
        elif lower == "mph":
            self.dimensions, self.factor = {"length": 1, "time": -1}, self.factor * _TABLE["mile"][1] / 3600
        elif lower in _PREFIX_POWER:
            self._square(lower)
        else:
            return self._unit(word)
        return True

    def _square(self, word: str) -> None:
        if word in ("squared", "cubed") and self.dimensions:
            _raise_last(self.dimensions, _PREFIX_POWER[word])
        else:
            self.pending = _PREFIX_POWER[word]

    def _unit(self, word: str) -> bool:
        match = _POWER.fullmatch(word)
        if match is None:
            return False
        entry = _entry(match["name"])
        power = self.sign * self.pending * int(match["power"] or 1)
        if entry is None:
            self.labels.add(_stem(match["name"]))
        elif entry[0] in _OF_DEGREES:
            self.dimensions = {entry[0]: 1}
        elif entry[0] != "one":
            self.dimensions[entry[0]] = self.dimensions.get(entry[0], 0) + power
            self.factor *= entry[1] ** power
        self.sign, self.pending = 1, 1
        return True


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
        kinds = {unit.dimensions[0] for unit in (gold, answer) if len(unit.dimensions) == 1}
        degrees = len(kinds) == 2 and ("degree", 1) in kinds and bool({name for name, _ in kinds} & _OF_DEGREES)
        return Fraction(1) if degrees else None
    return answer.factor / gold.factor
