"""Language mixing: the think part or the response leaves the question's language.

Two tests. Letters of a script that the question does not use (Greek aside, which is mathematics) are counted as they
are. Then windows of 400 characters in which the question's language shows too few of its commonest words go to
py3langid's carried model. The limit: a window that is mostly formulas or names is left alone, and so is a question
whose language the model is not sure of; two languages of one script are told apart by windows only, so a lone
foreign word is not seen.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from stillhouse.curation.base import Result, drop
from stillhouse.curation.rows import ROW
from stillhouse.recipe.steps import Language

WINDOW = 400
MIN_LETTERS = 120  # letters a window needs before its language means anything
COMMON_SHARE = 0.12  # of a window's words, above which English is certain without the model
QUESTION_SHARE = 0.2  # of a question's words
SCRIPTS = [
    "Han",
    "Hiragana",
    "Katakana",
    "Hangul",
    "Cyrillic",
    "Arabic",
    "Hebrew",
    "Thai",
    "Devanagari",
    "Bengali",
    "Tamil",
    "Telugu",
    "Latin",
]
_ENGLISH = r"(?i)\b(?:the|of|and|to|is|in|that|a|it|if|so|we|i|are|for|this|not|be|but|with|as|on|or|then|can|from|you|at|by|have)\b"


def run(rows: pl.DataFrame, settings: Language, seed: int) -> Result:
    """Reasons: foreign_script, language_mixed. Traces with no letters in the question are not judged."""
    foreign = _foreign_letters(rows, settings)
    by_script = drop(foreign, pl.when(pl.col("count") > settings.max_foreign_letters).then(pl.lit("foreign_script")), pl.col("detail"))
    left = rows.join(by_script.select(ROW), on=ROW, how="anti", maintain_order="left")
    return Result(pl.concat([by_script, _mixed(left, settings)]))


def _foreign_letters(rows: pl.DataFrame, settings: Language) -> pl.DataFrame:
    """Per row, letters of scripts that its question does not use; a question in kana or Hangul may use Han."""
    text = pl.concat_str([pl.col(p).fill_null("") for p in settings.of])
    other = [s for s in SCRIPTS if s != "Latin"]
    maybe = rows.select(ROW, "question", text.alias("text")).filter(pl.col("text").str.contains(_any_of(other)))
    asian = pl.col("question").str.contains(_any_of(["Hiragana", "Katakana", "Hangul"]))
    counts = [
        pl.when(pl.col("question").str.contains(rf"\p{{{s}}}") | (asian if s == "Han" else pl.lit(False)))
        .then(0)
        .otherwise(pl.col("text").str.count_matches(rf"\p{{{s}}}"))
        .alias(s)
        for s in other
    ]
    counted = maybe.select(ROW, *counts).with_columns(pl.sum_horizontal(other).alias("count"))
    names = pl.concat_str([pl.when(pl.col(s) > 0).then(pl.format(s + " {} ", s)).otherwise(pl.lit("")) for s in other])
    return counted.select(ROW, "count", names.str.strip_chars().alias("detail"))


def _any_of(scripts: list[str]) -> str:
    return "[" + "".join(rf"\p{{{s}}}" for s in scripts) + "]"


def _mixed(rows: pl.DataFrame, settings: Language) -> pl.DataFrame:
    """Rows of which too many windows are in another language than the question."""
    windows = pl.concat([_suspects(rows, part) for part in settings.of])
    if windows.is_empty():
        return drop(rows.clear(), pl.lit(None))
    questions = rows.join(windows, on=ROW, how="semi").select(ROW, "question")
    asked = {i: _asked(q or "", settings.confidence) for i, q in questions.iter_rows()}
    said = [language(w, settings.confidence) for w in windows["window"]]
    foreign = [s if s and asked[i] and s != asked[i] else None for i, s in zip(windows[ROW], said, strict=True)]
    found = windows.with_columns(pl.Series("foreign", foreign, dtype=pl.String)).filter(pl.col("foreign").is_not_null())
    shares = found.group_by(ROW, "part", "of", maintain_order=True).agg(pl.len().alias("n"), pl.col("foreign").mode().sort().first())
    over = shares.filter(pl.col("n") / pl.col("of") > settings.max_foreign_share).unique(ROW, keep="first", maintain_order=True)
    return drop(over, pl.lit("language_mixed"), pl.format("{}: {} of {} windows in {}", "part", "n", "of", "foreign"))


def _suspects(rows: pl.DataFrame, part: str) -> pl.DataFrame:
    """Windows of a part that are not plainly English: _row, part, window, of (windows of that text)."""
    cut = rows.select(ROW, pl.lit(part).alias("part"), pl.col(part).fill_null("").str.extract_all(rf"(?s).{{1,{WINDOW}}}").alias("window"))
    cut = cut.with_columns(pl.col("window").list.len().alias("of")).explode("window").drop_nulls("window")
    letters, words = pl.col("window").str.count_matches(r"\p{L}"), pl.col("window").str.count_matches(r"\p{L}+")
    plain = pl.col("window").str.count_matches(_ENGLISH) >= COMMON_SHARE * words
    return cut.filter((letters >= MIN_LETTERS) & ~plain)


def _asked(question: str, confidence: float) -> str | None:
    """A question's language; short English ones are known by their common words."""
    words = re.findall(r"[^\W\d_]+", question)
    return "en" if words and len(re.findall(_ENGLISH, question)) >= QUESTION_SHARE * len(words) else language(question, confidence)


def language(text: str, confidence: float) -> str | None:
    """The language of a text (ISO 639-1), or None where the model is not sure."""
    name, probability = _identifier().classify(text)
    return str(name) if float(probability) >= confidence else None


@cache
def _identifier() -> Any:
    import py3langid
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_modelpath(Path(py3langid.__file__).parent / MODEL_FILE, norm_probs=True)
