"""Readings of answers that are rounded or measured: as near as the question asks for, and no nearer or further.

"Rounded to two places" allows half a unit of the second place, a question that says nothing of rounding allows the
correctly rounded value of three figures or more, and durations are compared as exact seconds.
"""

import re
from fractions import Fraction
from typing import Any

from stillhouse.verifiers.gym.expression import read
from stillhouse.verifiers.gym.literals import decimals, fraction, grid, number, plain
from stillhouse.verifiers.gym.shapes import Entry, gold, numeral, text
from stillhouse.verifiers.math.answers.evaluate import TooBig, Undefined, exact
from stillhouse.verifiers.math.answers.expression import Unreadable

_LEAST_FIGURES = 3
_POOLED_PLACES = 2
_GEOMETRY_PLACES = 3
_EXACT = 10  # Golds are floating-point numbers: nothing is asked of what stands behind.
_DEGREES = re.compile(r"\s*(?:°|\^\s*(?:\{\\circ\}|\\circ)|degrees)$")
_FIGURES_ASKED = re.compile(r"maximum of (\d{1,2}) significant digits")
_PROBLEM = re.compile(r"\n(.*)=\s*\?\s*$")
_DATE = re.compile(r"(-?\d{1,9})(?:\s*days?)?", re.ASCII | re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,6}):([0-5]\d)(?::([0-5]\d)(?:\.(\d{3}))?)?", re.ASCII)
_SPAN = re.compile(r"(-?\d{1,9}) days?, ?(\d{1,2}:.*)", re.ASCII | re.IGNORECASE)


def metadata(entry: Entry, key: str) -> Any:
    """What the entry says of a problem beside its answer; None where it says nothing."""
    found = entry.get("metadata")
    return found.get(key) if isinstance(found, dict) else None


def correct_to(said: str, wanted: Fraction, places: int) -> bool:
    """Whether a number is another one rounded to that place, or to the further place that it is written to."""
    value = number(said)
    return value is not None and abs(value - wanted) <= Fraction(1, 2 * 10 ** max(places, min(decimals(said), _EXACT)))


def rounded(value: Fraction, figures: int) -> Fraction:
    """To so many significant figures, halves away from zero."""
    unit = Fraction(10) ** (_leading(value) - figures + 1)
    steps = abs(value) / unit
    return (int(steps + Fraction(1, 2)) * unit) * (-1 if value < 0 else 1)


def _leading(value: Fraction) -> int:
    """The power of ten of the first figure."""
    power = len(str(abs(value.numerator))) - len(str(value.denominator))
    return power if not value or abs(value) >= Fraction(10) ** power else power - 1


def geometry(answer: str, entry: Entry) -> str | None:
    """By the kind of question: an angle, a point, a radius, to as many places as the gold at least."""
    kind = metadata(entry, "task_type")
    if kind == "orthocenter":
        return _point(answer, entry)
    wanted = metadata(entry, "angle_ABC_degrees" if kind == "angle_measure" else "incircle_radius_exact")
    said = _DEGREES.sub("", plain(answer)) if kind == "angle_measure" else plain(answer)
    value, exactly, shown = number(said), number(str(wanted)), _DEGREES.sub("", gold(entry))
    right = value is not None and value == number(shown)
    return gold(entry) if right or (exactly is not None and correct_to(said, exactly, decimals(shown))) else None


def _point(answer: str, entry: Entry) -> str | None:
    said = re.sub(r"^\((.*)\)$", r"\1", plain(answer).replace("\\left", "").replace("\\right", "")).split(",")
    wanted = metadata(entry, "ortho")
    if not isinstance(wanted, list | tuple) or len(said) != len(wanted):
        return None
    for part, exactly in zip(said, wanted, strict=True):
        if not correct_to(part.strip(), Fraction(str(exactly)), _GEOMETRY_PLACES):
            return None
    return gold(entry)


def pooled(answer: str, entry: Entry) -> str | None:
    """The gold's cells to two places."""
    said, wanted = grid(plain(answer)), _exact_cells(entry)
    if [len(row) for row in said] != [len(row) for row in wanted]:
        return None
    pairs = [pair for rows in zip(said, wanted, strict=True) for pair in zip(*rows, strict=True)]
    return gold(entry) if all(correct_to(cell, exactly, _POOLED_PLACES) for cell, exactly in pairs) else None


def _exact_cells(entry: Entry) -> list[list[Fraction]]:
    solution = metadata(entry, "solution")
    rows = solution if isinstance(solution, list | tuple) else grid(gold(entry))
    return [[Fraction(str(cell)) for cell in row] for row in rows]


def probability(answer: str, entry: Entry) -> str | None:
    """The probability itself, as a fraction or a decimal, or correctly rounded to three figures or more."""
    said = plain(answer)
    value, ratio = _ratio(said), metadata(entry, "rational")
    if value is None:
        return None
    wanted = Fraction(ratio["numerator"], ratio["denominator"]) if isinstance(ratio, dict) else Fraction(gold(entry).replace(",", ""))
    shown = len(re.sub(r"[eE].*|\D", "", said).lstrip("0"))
    right = value == wanted or ("/" not in said and shown >= _LEAST_FIGURES and value == rounded(wanted, shown))
    return gold(entry) if right or value == number(gold(entry)) else None


def _ratio(said: str) -> Fraction | None:
    if "/" not in said and "frac" not in said:
        return number(said)
    found = fraction(said)
    return Fraction(*found) if found and found[1] else None


def figures(answer: str, entry: Entry) -> str | None:
    """The gold, or the value of the question's own expression, to as many significant figures as it asks for."""
    said, wanted = number(plain(answer)), number(gold(entry))
    if said is None or wanted is None:
        return None
    question = str(entry.get("question"))
    asked, problem = _FIGURES_ASKED.search(question), _PROBLEM.search(question)
    if said != wanted and asked and problem:
        try:
            value = exact(read(problem.group(1)))
        except (Unreadable, Undefined, TooBig):
            return None
        return gold(entry) if value is not None and said in (value, rounded(value, int(asked.group(1)))) else None
    return gold(entry) if said == wanted else None


def three_figures(answer: str, entry: Entry) -> str | None:
    """Rounded to three significant figures, or to the further ones that it is written with."""
    said, wanted = number(plain(answer)), number(gold(entry))
    if said is None or wanted is None:
        return None
    shown = len(re.sub(r"[eE].*|\D", "", plain(answer)).strip("0"))
    unit = Fraction(10) ** (_leading(wanted) - max(_LEAST_FIGURES, min(shown, _EXACT)) + 1)
    near = abs(said - wanted) <= unit / 2 if wanted else said == 0
    return gold(entry) if near or said == rounded(wanted, _LEAST_FIGURES) else None


def one_of(answer: str, entry: Entry) -> str | None:
    """The number that is wanted of several, as one of them is written; its floating-point number is it, too."""
    said, wanted = number(plain(answer)), metadata(entry, "solution")
    if said is None or not isinstance(wanted, int | float):
        return None
    written = [number(str(candidate)) for candidate in metadata(entry, "formatted_candidates") or ()]
    same = {value for value in written if value is not None and abs(value - Fraction(wanted)) <= abs(Fraction(wanted)) / 2**50}
    return repr(wanted) if said in {*same, Fraction(wanted), number(repr(wanted)), number(gold(entry).strip())} else None


def duration(answer: str, entry: Entry) -> str | None:
    """Days, a clock's time, or days and a clock's time, as the question asks for."""
    kind = str(metadata(entry, "task_type"))
    form = _days if kind == "date" else _seconds if kind.startswith("time") else _days_and_seconds
    said, wanted = form(plain(answer)), form(gold(entry).strip())
    return gold(entry) if said is not None and said == wanted else text(answer, entry)


def _days(said: str) -> int | None:
    found = _DATE.fullmatch(said)
    return int(found[1]) if found else None


def _seconds(said: str) -> Fraction | None:
    found = _CLOCK.fullmatch(said)
    if found is None:
        return None
    return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0) + Fraction(int(found[4] or 0), 1000)


def _days_and_seconds(said: str) -> Fraction | None:
    found = _SPAN.fullmatch(said)
    clock = _seconds(found[2]) if found else None
    return None if found is None or clock is None or clock >= 86_400 else int(found[1]) * 86_400 + clock


def calendar(answer: str, entry: Entry) -> str | None:
    """A count as a number; a weekday or yes and no as words, the latter in any case."""
    found = numeral(answer, entry)
    folds = metadata(entry, "task") == "is_leap_year"
    return found or (gold(entry) if folds and plain(answer).casefold() == gold(entry).casefold() else None)
