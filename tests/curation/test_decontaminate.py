"""Decontamination: n-gram flags are those of a Python set, rewritings are caught, recall is measured and demanded."""

import random
import re

import pytest

from stillhouse.curation.decontaminate import decontaminate
from stillhouse.curation.decontaminate.base import Match
from stillhouse.curation.decontaminate.canaries import KINDS, plant
from stillhouse.curation.decontaminate.exact import ExactIndex
from stillhouse.curation.decontaminate.fuzzy import FuzzyIndex
from stillhouse.curation.decontaminate.ngrams import NgramIndex
from stillhouse.curation.decontaminate.numbers import agreement, numbers
from stillhouse.curation.decontaminate.paraphrase import ParaphraseIndex
from stillhouse.errors import UserError
from stillhouse.recipe.dedup import Canaries, Decontaminate, Embedding

QUESTIONS = [
    "Janet's ducks lay 16 eggs per day. She eats three for breakfast every morning and sells the rest for $2 each. How much does she make?",
    "A robe takes 2 bolts of blue fiber and half that much white fiber. How many bolts in total does it take?",
    r"Let $f(x) = \frac{x^2 + 1,000}{\left(x - 3\right)}$ be defined for all real $x$ except 3. Find the smallest value of $f(7)$.",
    "What is $2 + 3$?",
]
LEXICAL = Decontaminate(methods=["exact", "ngram", "fuzzy"])


def test_ngram_flags_are_those_of_a_python_set() -> None:
    draw = random.Random(0)
    words = ["a", "bb", "can't", "7", "1,000", "1000", "2.5", "x", "é", "$", "\\left(", "\\frac", "+", "Ä"]
    texts = [" ".join(draw.choices(words, k=draw.randint(0, 40))) for _ in range(600)]
    questions = [" ".join(draw.choices(words, k=draw.randint(0, 20))) for _ in range(40)]
    flags = [match is not None for match in NgramIndex(questions, 4).search(texts)]
    known = {gram for question in questions for gram in grams(question)}
    assert flags == [not known.isdisjoint(grams(text)) for text in texts]
    assert 50 < sum(flags) < 550


def grams(text: str) -> set[tuple[str, ...]]:
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text.lower().replace("\\left(", " ")).replace("can't", "cant")
    words = re.findall(r"\d+(?:\.\d+)?|[a-zéä]+", text)
    return set(zip(*(words[k:] for k in range(4)), strict=False))


@pytest.mark.parametrize(
    "written",
    [
        r"Let f(x) = \dfrac{x^2+1000}{(x-3)} be defined for all real x except 3. Find the smallest value of f(7).",
        r"LET $f(x)=\tfrac{x^{2} + 1,000}{\big(x - 3\big)}$ BE DEFINED for all real $x$ except $3$. \text{Find the smallest value of} $f(7)$",
    ],
)
def test_ngrams_know_latex_and_numbers(written: str) -> None:
    assert NgramIndex(QUESTIONS, 8).search([written]) == [Match(2, 1.0)]


def test_short_questions_match_only_exactly() -> None:
    assert NgramIndex(QUESTIONS, 8).search(["What is 2 + 3?"]) == [None]
    assert ExactIndex(QUESTIONS).search(["what is 2+3", "What is 2 - 3?", "What is 2 + 4?", "", "?"]) == [
        Match(3, 1.0),
        None,
        None,
        None,
        None,
    ]


def test_fuzzy_bears_typing_errors() -> None:
    index = FuzzyIndex(QUESTIONS, 0.9)
    typed, other, empty = index.search([QUESTIONS[1].replace("robe", "roab").replace("total", "totl"), "Something else.", ""])
    assert typed is not None
    assert typed.question == 1
    assert 0.9 <= typed.score < 1
    assert (other, empty) == (None, None)


def test_numbers_are_read_in_digits_and_words() -> None:
    assert numbers("1,000 ducks, 2.50 dollars, three and 07") == {"1000", "2.5", "3", "7"}
    assert agreement(numbers("two of 5"), numbers("5 and 6 of 2")) == pytest.approx(2 / 3)
    assert agreement(numbers("none"), numbers("none")) == 0.5


def test_a_rewritten_question_is_caught_and_a_similar_one_is_not() -> None:
    rows = [
        "Every day, 16 eggs are laid by the ducks that Janet owns. 3 are her breakfast and the others she sells at $2. What does she earn?",
        "A farmer's hens lay 40 eggs per week. He gives ten to a neighbour and sells the others at $5 a dozen. How much does he earn?",
    ]
    found, recall = decontaminate(
        ["a", "b"], rows, [(f"q{i}", q) for i, q in enumerate(QUESTIONS)], Decontaminate(canaries=Canaries(min_recall=0))
    )
    assert [(c.id, c.ref, c.method) for c in found] == [("a", "q0", "embedding")]
    assert recall.planted == 4


def test_the_judge_decides_where_one_is_given() -> None:
    asked: list[tuple[str, str]] = []

    def judge(row: str, question: str) -> bool:
        asked.append((row, question))
        return "hens" in row

    rows = [QUESTIONS[0], "Hens lay 16 eggs a day; hens eat three. She sells the rest for $2 each. How much does she make?"]
    found = ParaphraseIndex(QUESTIONS, Embedding(judge_from=0.6), judge).search(rows)
    assert [match and match.question for match in found] == [None, 0]
    assert (QUESTIONS[0], QUESTIONS[0]) in asked


def test_canaries_are_planted_measured_and_taken_out() -> None:
    benchmark = [(f"q{i}", f"{QUESTIONS[i % 3]} In the case of number {i * 37} and the year {i * 11}?") for i in range(40)]
    found, recall = decontaminate(["clean"], ["Name a river."], benchmark, LEXICAL)
    assert found == []
    assert recall.planted == 40
    assert {kind.kind: (kind.planted, kind.caught) for kind in recall.kinds if kind.claimed} == {
        "verbatim": (10, 10),
        "reformatted": (10, 10),
    }
    assert "recall on canaries: " in recall.lines()[0]
    again = decontaminate(["clean"], ["Name a river."], benchmark, LEXICAL)[1]
    assert again == recall


def test_a_run_that_misses_canaries_is_refused() -> None:
    settings = Decontaminate(methods=["fuzzy"], fuzzy=1.0, canaries=Canaries(count=4))
    with pytest.raises(UserError, match=r"caught only \d of \d planted benchmark questions"):
        decontaminate(["a"], ["Name a river."], [(f"q{i}", q) for i, q in enumerate(QUESTIONS)], settings)


def test_canaries_are_rewritten_by_kind_and_seeded() -> None:
    planted = plant(QUESTIONS, 4, 3)
    assert [canary.kind for canary in planted] == list(KINDS)
    assert planted == plant(QUESTIONS, 4, 3) != plant(QUESTIONS, 4, 4)
    assert KINDS["reordered"](QUESTIONS[1], random.Random(0)).startswith("What number of bolts altogether does it take?")
    assert "two bolts" in KINDS["reworded"](QUESTIONS[1], random.Random(0))


def test_no_benchmark_is_an_error() -> None:
    with pytest.raises(UserError, match="no benchmark questions"):
        decontaminate(["a"], ["b"], [], LEXICAL)
