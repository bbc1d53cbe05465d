"""Readings by the shape of an answer: a text, a number, a grid, a list.

A reading takes an answer and its entry and gives the answer in the form that the task's own check takes, or None where
the whole answer is nothing of the wanted form. Where the gold is the one answer, that form is the gold itself.
"""

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from stillhouse.verifiers.gym.literals import decimals, fraction, grid, number, parsed, plain, same_json, texts

Entry = dict[str, Any]
Reading = Callable[[str, Entry], str | None]
_PERCENT_ASKED = re.compile(
    r"\b(?:what|which|find|calculate|determine|give)\b[^.?]*\bpercent|\bhow many percent|\bin percent\b|\bas an? percent", re.IGNORECASE
)
_CURRENCY = re.compile(r"\\?([$€£])\s?(?=[\d.])")
_UNIT = re.compile(r"(?P<number>[^a-zA-Z]*\d[.,]?)\s*(?P<words>[a-zA-Z]+(?: [a-zA-Z]+){0,2})")
# No words of a unit, though a question may ask for them: they make another number of the one before them.
_NO_UNIT = re.compile(
    r"a|about|above|after|all|almost|an|and|another|any|approximately|around|as|at|back|before|below|between|both|but|by|cents?|double|dozens?|each|e"
    r"|eight|either|every|except|exactly|false|few|fewer|fifths?|fifty|five|for|four|from|gross|half|halves|hundred(?:th)?s?|if|in|is|it|k|least|less|m"
    r"|millions?|minus|modulo|more|most|negative|neither|next|nine|no|none|nor|not|of|off|on|one|only|or|other|out|over|per|percent|plus|quarters?"
    r"|remaining|second|seven|six|some|squared|tens?|tenth|than|the|thirds?|thousands?|three|times|to|total|triple|true|twenty|twice|two|under|up|with"
    r"|without|wrong|x|zero"
)


def gold(entry: Entry) -> str:
    """The gold as text; empty for a task that has several right answers and names none."""
    answer = entry.get("answer")
    return answer if isinstance(answer, str) else "" if answer is None else str(answer)


def candidates(answer: str) -> Iterator[str]:
    """The answer as it is, without decoration, and without its last full stop."""
    yield answer.strip()
    yield plain(answer, "")
    yield plain(answer)


def _alike(form: Callable[[str], Any]) -> Reading:
    """The gold, for an answer that has the gold's form under `form`."""

    def reading(answer: str, entry: Entry) -> str | None:
        wanted = form(gold(entry))
        return gold(entry) if gold(entry) and any(form(said) == wanted for said in candidates(answer)) else None

    return reading


text = _alike(str.strip)
folded = _alike(lambda said: said.strip().casefold())
words = _alike(lambda said: said.casefold().split())
letters = _alike(lambda said: "".join(said.split(" ")).casefold())
cells = _alike(grid)
tokens = _alike(str.split)
listed = _alike(lambda said: [part.strip() for part in said.split(",")])


def whole(answer: str, entry: Entry) -> str | None:
    """Whatever stands there, for a check that takes nothing but the whole of it."""
    return plain(answer)


def expression(answer: str, entry: Entry) -> str | None:
    """Like `whole`; bold may stand around a text with stars in it, because no expression begins with a power."""
    said = plain(answer)
    return plain(said[2:-2]) if len(said) > 4 and said.startswith("**") and said.endswith("**") else said


def hexadecimal(answer: str, entry: Entry) -> str | None:
    """A number in base 16 as the question asks for it: with its prefix, without leading zeros."""
    said = plain(answer)
    return said if re.fullmatch(r"-?0x(?:0|[1-9a-f][0-9a-f]*)", said, re.IGNORECASE | re.ASCII) else None


def squares(answer: str, entry: Entry) -> str | None:
    """A board: one blank between its cells, whatever stands in them."""
    return "\n".join(" ".join(row) for row in grid(plain(answer)))


def numeral(answer: str, entry: Entry) -> str | None:
    """The gold for a number of its value; for a gold that is no number (a weekday, a name) the same text."""
    wanted = number(gold(entry).replace(",", "").strip())
    if wanted is None:
        return text(answer, entry)
    return gold(entry) if number(plain(answer)) == wanted else None


def count(answer: str, entry: Entry) -> str | None:
    """Like `numeral`, with as many decimals as the gold: where the package compares texts, 37.0 is no number of things."""
    same = decimals(plain(answer)) == decimals(gold(entry).strip())
    return numeral(answer, entry) if same else text(answer, entry)


def amount(answer: str, entry: Entry) -> str | None:
    """A number with what may stand beside it: a currency's sign, a percent sign where percent are asked, a unit of the question's words."""
    said, question = re.sub(r"^\((.*)\)$", r"\1", plain(answer)).replace("\\%", "%"), str(entry.get("question"))
    money = _CURRENCY.match(said)
    if money and (money[1] == "$" or money[1] in question):
        said = said[money.end() :]
    if _PERCENT_ASKED.search(question):
        said = re.sub(r"\s*(?:%|percent)$", "", said)
    unit = _UNIT.fullmatch(said)
    if unit and _is_asked(unit["words"].casefold(), question.casefold()):
        said = unit["number"].rstrip(",.")
    return numeral(said, entry)


def _is_asked(unit: str, question: str) -> bool:
    """Whether these words stand where the question says what it counts ("how many insects"), and scale nothing."""
    asked = re.search(rf"\b(?:how many|how much|(?:number|amount|total) of)\s+(?:\w+\s+)?{unit}\b|\bin {unit}\b", question)
    return asked is not None and not any(_NO_UNIT.fullmatch(word) for word in unit.split())


def angle(answer: str, entry: Entry) -> str | None:
    """A number, with or without the sign or word for degrees."""
    return count(re.sub(r"\s*(?:°|\^\s*(?:\{\\circ\}|\\circ)|degrees)$", "", plain(answer)), entry)


def quotient(answer: str, entry: Entry) -> str | None:
    """A fraction as it is written, not reduced; a number where the gold is one."""
    found = fraction(plain(answer))
    return f"{found[0]}/{found[1]}" if found else numeral(answer, entry)


def value(answer: str, entry: Entry) -> str | None:
    """The gold's own JSON value: equal, and of equal kinds."""
    wanted, said = parsed(gold(entry)), parsed(plain(answer))
    return gold(entry) if said is not None and same_json(said, wanted) else None


def groups(answer: str, entry: Entry) -> str | None:
    """A list of lists of strings, none of them twice."""
    said = parsed(plain(answer))
    if not isinstance(said, list) or any(texts(group) is None for group in said):
        return None
    return plain(answer) if len({tuple(group) for group in said}) == len(said) else None


def factors(answer: str, entry: Entry) -> str | None:
    """Whole numbers with × between them."""
    parts = [part.strip() for part in re.split(r"×|\\times(?![a-z])", plain(answer))]
    return " × ".join(parts) if all(re.fullmatch(r"[0-9]{1,30}", part) for part in parts) else None


def letters_once(answer: str, entry: Entry) -> str | None:
    """One word of letters."""
    said = plain(answer)
    return said if said.isalpha() else None


def ladder(answer: str, entry: Entry) -> str | None:
    """Words of letters with commas between them, none twice."""
    parts = [part.strip() for part in plain(answer).split(",")]
    if len({part.casefold() for part in parts}) < len(parts):
        return None
    return ",".join(parts) if all(re.fullmatch("[a-zA-Z]+", part) for part in parts) else None


def roots(answer: str, entry: Entry) -> str | None:
    """As many numbers as the gold has, with commas between them; words for none, or nothing, where it has none."""
    wanted = gold(entry).strip().strip('"')
    said = plain(answer)
    if not wanted:
        return (
            ""
            if re.fullmatch(r"(?:no (?:real )?(?:solutions?|roots?|values?)|none|empty(?: (?:set|string))?|∅)?", said, re.IGNORECASE)
            else None
        )
    parts = [number(part.strip()) for part in said.split(",")]
    if None in parts or len(parts) != wanted.count(",") + 1:
        return None
    return ", ".join(str(float(part)) for part in parts if part is not None)


def complex_number(answer: str, entry: Entry) -> str | None:
    """`a + bi` in either order's parts: a real part, an imaginary part, or both, each a plain number."""
    said = re.sub(r"^\((.*)\)$", r"\1", plain(answer)).replace("−", "-").replace(" ", "").replace("j", "i")
    found = re.fullmatch(r"(?P<real>[-+]?(?:\d+\.?\d*|\.\d+))?(?P<imaginary>(?:(?(real)[-+]|[-+]?)(?:\d+\.?\d*|\.\d+)?)i)?", said, re.ASCII)
    if found is None or not said:
        return None
    real = Fraction(found["real"] or 0)
    imaginary = (found["imaginary"] or "0i")[:-1]
    second = Fraction(f"{imaginary}1" if imaginary in ("", "+", "-") else imaginary)
    return f"{float(real)} {'-' if second < 0 else '+'} {abs(float(second))}i"
