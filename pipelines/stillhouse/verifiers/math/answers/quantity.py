"""Reads a number or an expression with what stands around it: money before it, a unit or a percent sign behind it."""

import re
from fractions import Fraction

from stillhouse.verifiers.math.answers.expression import FUNCTIONS, Node, Unreadable, read
from stillhouse.verifiers.math.answers.kinds import Quantity
from stillhouse.verifiers.math.answers.language import SCALES_AFTER
from stillhouse.verifiers.math.answers.numerals import SCALES
from stillhouse.verifiers.math.answers.units import NONE, known, read_unit

_MONEY_BEHIND = re.compile(r"([-+]?[\d,.]*\d)\s*([$€£])")
_MONEY = re.compile(r"^([-+]?)\s*([$€£])\s*(?=[\d.\\(])")
_TAIL = re.compile(r"^(?P<value>.*?[\d)}%!.]|.*?\\(?:pi|circ))(?P<gap>\s*)(?P<unit>[A-Za-z°¢€£][^\\=<>|]*)$", re.DOTALL)
# Words right behind a number that neither are a unit nor change it: "480 a week", "2400 in total".
_FILLER = re.compile(
    r"(?:a|an|per|each|every|in|on|for|total|altogether|overall|left|remaining|of (?:them|these|those|it))\b[A-Za-z ]*", re.IGNORECASE
)
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?::(?P<minutes>\d\d))?\s*(?:(?P<half>[ap])\.?\s?m\.?|(?<=:00)\s*o'clock|(?<=:00 )o'clock)", re.IGNORECASE
)
_RATIO = re.compile(r"([\d.\s()/]+|\\frac\s*\{\d+\}\s*\{\d+\}):([\d.\s()/]+|\\frac\s*\{\d+\}\s*\{\d+\})")
_PER_CENT = re.compile(r"(?<=[\d)}\s])\s*per\s+cent$", re.IGNORECASE)
_ORDINAL = re.compile(r"(\d+)\s*(?:st|nd|rd|th)(?:\s+[A-Za-z]+)?")


def read_quantity(text: str) -> Quantity:
    """A number or expression, with money in front of it or a unit behind it."""
    text = _PER_CENT.sub("%", text)
    ordinal = _ORDINAL.fullmatch(text)
    if ordinal:
        return Quantity(read(ordinal.group(1)))
    ratio = _RATIO.fullmatch(text)
    if ratio:
        return Quantity(("div", read(ratio.group(1)), read(ratio.group(2))))
    clock = _CLOCK.fullmatch(text)
    if clock:
        return _time(clock)
    behind = _MONEY_BEHIND.fullmatch(text)
    text = behind.group(2) + behind.group(1) if behind else text
    money = _MONEY.match(text)
    if money:
        unit = read_unit({"$": "dollars", "€": "€", "£": "£"}[money.group(2)])
        rest = money.group(1) + text[money.end() :]
        tail = _with_tail(rest)
        return Quantity(tail.tree if tail else read(rest), unit or NONE)
    tail = _with_tail(text)
    if tail is not None:
        return tail
    percent = text.endswith("%")
    return Quantity(read(text[:-1] if percent else text), NONE, percent)


def _with_tail(text: str) -> Quantity | None:
    """`5 cm`, `90^\\circ`, `7 pounds of butter`; None where the letters belong to the expression."""
    degrees = re.fullmatch(r"(.*?)\\circ(\s*[CFK]?)", text.strip())
    if degrees and "\\circ" not in degrees.group(1):
        scale = {"C": "celsius", "F": "fahrenheit"}.get(degrees.group(2).strip(), "degrees")
        return Quantity(read(degrees.group(1)), read_unit(scale) or NONE)
    match = _TAIL.match(text)
    if not match:
        return _per(text)
    if match["gap"] and _FILLER.fullmatch(match["unit"].strip(" .")):
        return Quantity(read(match["value"]))
    scale, _, rest = match["unit"].partition(" ")
    power = SCALES.get(scale.lower().rstrip("s")) if match["gap"] else None
    if power is not None:
        return _scaled(match["value"], power, rest)
    if SCALES_AFTER.match(match["gap"] + match["unit"]):
        raise Unreadable("a word that changes the value")
    head = match["unit"].split()[0].rstrip(".,").split("/")[0].split("^")[0].split("*")[0]
    if not _unit_like(head, bool(match["gap"])):
        return None
    unit = read_unit(match["unit"])
    if unit is None:
        return None
    percent = match["value"].rstrip().endswith("%") or head.lower() in ("percent", "percentage", "pct")
    value = match["value"].rstrip().removesuffix("%").rstrip(".")
    return Quantity(read(value), unit, percent)


def _time(clock: re.Match[str]) -> Quantity:
    """`7 p.m.`, `7:30 PM`: the hour, or hour and minutes as `7:30` alone is read; the half of the day is its unit."""
    hour = read(clock["hour"])
    unit = read_unit(f"{clock['half'].lower()}m") if clock["half"] else NONE
    return Quantity(("div", hour, read(clock["minutes"])) if clock["minutes"] not in (None, "00") else hour, unit or NONE)


def _per(text: str) -> Quantity | None:
    """`25,000/year`: a number and what it is counted by."""
    match = re.fullmatch(r"(-?[\d,.]+)\s*/\s*([A-Za-z]{2,})", text)
    return Quantity(read(match.group(1))) if match else None


def _scaled(value: str, power: int, unit: str) -> Quantity | None:
    """`5 million`, `2.5 thousand dollars`."""
    words = read_unit(unit)
    ten: Node = ("pow", ("num", Fraction(10), -1), ("num", Fraction(power), -1))
    return None if words is None else Quantity(("mul", read(value), ten), words)


def _unit_like(head: str, spaced: bool) -> bool:
    if head in FUNCTIONS or head in ("pi", "e", "i", "x", "y", "z"):
        return False
    if len(head) >= 4 or head in ("°", "¢", "€", "£"):
        return True
    return (spaced and (known(head) or len(head) >= 3)) or (len(head) >= 2 and known(head))
