"""Canaries: benchmark questions, rewritten by rule, that are planted among the rows and must be caught.

What they show: that every method that is switched on works on this benchmark, on these rows' scale, in this run. The
limit: rules rewrite less freely than a model does, so recall on them is an upper bound for free paraphrases.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from stillhouse.curation.decontaminate.numbers import VALUES

SWAPS = {
    "how many": "what number of", "how much": "what amount of", "in total": "altogether", "altogether": "in total", "buys": "purchases",
    "bought": "purchased", "sells": "is selling", "each": "every", "gets": "receives", "needs": "requires", "find": "determine",
    "compute": "work out", "what is": "give", "let": "suppose that", "has": "owns", "evaluate": "compute", "the number of": "how many",
    "children": "kids", "money": "cash", "makes": "produces", "wants to": "would like to", "if": "given that", "determine": "find",
}  # fmt: skip
_SWAP = re.compile(r"\b(" + "|".join(sorted(SWAPS, key=len, reverse=True)) + r")\b", re.IGNORECASE)
_DIGITS = {digits: word for word, digits in VALUES.items() if digits.isdecimal() and word not in ("dozen", "couple")}
_NUMBER = re.compile(r"(?<![\w.,^{/$\\])(\d+)(?![\w.,^}/$%]*\d|\s*[%\\^}])")


@dataclass(frozen=True, slots=True)
class Canary:
    """A planted row: the benchmark question's index, how it was rewritten, and its text."""

    question: int
    kind: str
    text: str


def _verbatim(question: str, draw: random.Random) -> str:
    return question


def _reformatted(question: str, draw: random.Random) -> str:
    """Other typography and LaTeX, wrapped in an instruction."""
    text = re.sub(r"\\[td]?frac", r"\\dfrac", question).replace("$", " $ ").replace("'", "’").replace('"', "”")
    opening = draw.choice(["Solve this step by step.\n\n", "Question: ", "### Problem\n", ""])
    return f"{opening}{text.upper() if draw.random() < 0.2 else text}\n\nPut the answer in \\boxed{{}}."


def _reworded(question: str, draw: random.Random) -> str:
    """Common words for their synonyms, small numbers as words."""
    text = _SWAP.sub(lambda m: _like(m[0], SWAPS[m[0].lower()]), question)
    return _NUMBER.sub(lambda m: _DIGITS.get(m[1], m[1]), text)


def _reordered(question: str, draw: random.Random) -> str:
    """The last sentence (the question proper) first, and reworded."""
    parts = re.split(r"(?<=[.?!])\s+", _reworded(question, draw).strip())
    return " ".join([parts[-1], *parts[:-1]])


def _like(old: str, new: str) -> str:
    return new[0].upper() + new[1:] if old[0].isupper() else new


KINDS: dict[str, Callable[[str, random.Random], str]] = {
    "verbatim": _verbatim,
    "reformatted": _reformatted,
    "reworded": _reworded,
    "reordered": _reordered,
}


def plant(questions: list[str], count: int, seed: int) -> list[Canary]:
    """`count` canaries of questions drawn by the seed, the kinds in turn."""
    draw = random.Random(seed)
    chosen = draw.sample(range(len(questions)), min(count, len(questions)))
    names = list(KINDS)
    return [Canary(q, names[i % len(names)], KINDS[names[i % len(names)]](questions[q], draw)) for i, q in enumerate(chosen)]
