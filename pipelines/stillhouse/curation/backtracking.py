"""Step-corrected traces: a wrong trace up to and with its first wrong step, a bridge, then a right trace.

A student that only sees right chains never learns to come back from a mistake (exposure bias). The wrong step is
either given (`mistake_index`, from people or a process reward model) or the first equation of plain arithmetic that
is false; wrong traces without such a place are not used, so nothing is called wrong that was not checked.
"""

import re
from fractions import Fraction

import polars as pl

from stillhouse.curation.base import Result, draw_key, nothing
from stillhouse.curation.rows import ROW
from stillhouse.recipe.steps import Backtracking

_TERM = r"-?\d+(?:,\d{3})*(?:\.\d+)?"
_EQUATION = re.compile(rf"(?<![\w.,])({_TERM})\s*([-+*/×÷·])\s*({_TERM})\s*=\s*({_TERM})(?![\w%]|[.,]?\d|\s*(?:[-+*/×÷·^(\\]|[a-zA-Z]\b))")
_OPERATORS = tuple("+-*/×÷·^(")


def run(rows: pl.DataFrame, settings: Backtracking, seed: int, every: pl.DataFrame) -> Result:
    """Labels `reasoning` (rewritten) and `backtracked_from` (the wrong trace's id); drops nothing.

    `every` holds all input rows: id, problem_id, outcome, reasoning and, for `locate: column`, mistake_index.
    """
    starts = _starts(every.filter(pl.col("outcome") == "wrong"), settings)
    right = rows.select(ROW, "id", "problem_id", "reasoning", draw_key(seed, rows["id"])).sort("key", "id")
    pairs = right.join(starts, on="problem_id", how="inner", maintain_order="left").unique(ROW, keep="first", maintain_order=True)
    chosen = pairs.head(round(settings.share * rows.height))
    text = pl.concat_str([pl.col("start"), pl.lit(settings.bridge), pl.col("reasoning").str.strip_chars()], separator="\n\n")
    return Result(nothing(), chosen.select(ROW, text.alias("reasoning"), pl.col("wrong_id").alias("backtracked_from")))


def needs(settings: Backtracking) -> list[str]:
    """The columns that the step reads."""
    return ["problem_id", "outcome", "reasoning", *(["mistake_index"] if settings.locate == "column" else [])]


def _starts(wrong: pl.DataFrame, settings: Backtracking) -> pl.DataFrame:
    """One wrong start per problem, that of the smallest id: problem_id, wrong_id, start."""
    index = wrong["mistake_index"] if settings.locate == "column" else [None] * wrong.height
    cut = [start(t or "", i, settings.locate) for t, i in zip(wrong["reasoning"], index, strict=True)]
    found = wrong.select("problem_id", pl.col("id").alias("wrong_id")).with_columns(pl.Series("start", cut, dtype=pl.String))
    return found.drop_nulls("start").sort("problem_id", "wrong_id").unique("problem_id", keep="first", maintain_order=True)


def start(reasoning: str, index: int | None, locate: str) -> str | None:
    """The text up to and with the wrong step, or None where no step is known to be wrong."""
    if locate == "column":
        lines = [line for line in reasoning.splitlines() if line.strip()]
        return "\n".join(lines[: index + 1]) if index is not None and 0 <= index < len(lines) else None
    place = first_false(reasoning)
    return reasoning[:place].strip() if place is not None else None


def first_false(text: str) -> int | None:
    """Where the line or sentence with the first false equation of two numbers ends, or None."""
    for match in _EQUATION.finditer(text):
        before = text[: match.start()].rstrip()
        if not before.endswith(_OPERATORS) and not holds(*match.groups()):
            ends = [i for i in (text.find("\n", match.end()), text.find(". ", match.end())) if i >= 0]
            return min(ends) + 1 if ends else len(text)
    return None


def holds(left: str, sign: str, right: str, result: str) -> bool:
    """Whether `left sign right = result`, to the digits that the result is written with."""
    a, b, c = (Fraction(t.replace(",", "")) for t in (left, right, result))
    if sign in "/÷":
        if b == 0:
            return False
        exact = a / b
    else:
        exact = {"+": a + b, "-": a - b}.get(sign, a * b)
    decimals = len(result.partition(".")[2])
    return abs(exact - c) < Fraction(1, 10**decimals)
