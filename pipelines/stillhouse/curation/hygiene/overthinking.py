"""Overthinking: how much a trace goes on after it first reached its answer, and how often it checks again.

The answer is the gold one where there is one, else the response's. It counts as reached where the think part first
states it ("the answer is …", a box, "= 42", "so 42"). Words stand for tokens where only words can be counted apart.
"""

import re

import polars as pl

from stillhouse.curation.base import Result, drop
from stillhouse.curation.hygiene.answers import is_number, plain, stated_answers
from stillhouse.curation.rows import ROW
from stillhouse.recipe.steps import Overthinking

RECHECK = re.compile(
    r"\b(?:wait|hold on|hmm|let me (?:double[- ]?check|verify|check|recheck|re-?examine|re-?read|re-?think|go over)|double[- ]?check"
    r"|alternatively|on second thought|but what if|let's (?:verify|double[- ]?check|check again)|to be sure|just to be safe)\b",
    re.IGNORECASE,
)
LABELS = {"rechecks": pl.Int64, "words_before_answer": pl.Int64, "words_after_answer": pl.Int64}


def run(rows: pl.DataFrame, settings: Overthinking, seed: int) -> Result:
    """Labels rechecks, words_before_answer, words_after_answer (null where the answer was never reached).

    Reason: overthinking.
    """
    answers = rows["answer"] if "answer" in rows.columns else [None] * rows.height
    found = [measure(t or "", r or "", a) for t, r, a in zip(rows["reasoning"], rows["response"], answers, strict=True)]
    labels = rows.select(ROW).hstack(pl.DataFrame(found, schema=LABELS, orient="row"))
    after, before = pl.col("words_after_answer"), pl.col("words_before_answer")
    over = pl.lit(False)
    if settings.max_rechecks is not None:
        over |= pl.col("rechecks") > settings.max_rechecks
    if settings.max_after_share is not None:
        over |= after / pl.max_horizontal(after + before, 1) > settings.max_after_share
    detail = pl.format("{} re-checks, {} words before the answer, {} after", "rechecks", before, after)
    return Result(drop(labels, pl.when(over).then(pl.lit("overthinking")), detail), labels)


def measure(reasoning: str, response: str, answer: str | None) -> tuple[int | None, int | None, int | None]:
    """Re-checks after the answer was first reached, words before it, words after it."""
    said = stated_answers(response)
    goal = plain(answer) if answer else (said[-1][1] if said else "")
    place = reached(reasoning, goal) if goal else None
    if place is None:
        return None, None, None
    after = reasoning[place:]
    return len(RECHECK.findall(after)), len(reasoning[:place].split()), len(after.split())


def reached(reasoning: str, goal: str) -> int | None:
    """Where the think part first states the goal, or None."""
    places = [end for end, answer in stated_answers(reasoning) if answer == goal]
    if is_number(goal):
        found = re.search(
            rf"(?:=|\bis|\bso|\bget|\bgives|\bthus|\btherefore)\s*:?\s*\$?{re.escape(goal)}(?![\d.,/]*\d)", reasoning, re.IGNORECASE
        )
        places += [found.end()] if found else []
    return min(places, default=None)
