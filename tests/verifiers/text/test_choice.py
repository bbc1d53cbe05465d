"""Multiple choice as models write it: which statement counts, what is denied, and when nothing was chosen."""

import json

import pytest
from tests.verifiers.answer_forms import CHOICE_FORMS, OPTIONS, ChoiceForm

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace, answer_trace
from stillhouse.verifiers.base import Judgement
from stillhouse.verifiers.pool.pool import Pool
from stillhouse.verifiers.readings import as_read
from stillhouse.verifiers.text.choice import Choice, LenientChoice

TEN = ["4", "2^4 • 3", "6 • 8", "2^3 • 3^2", "Rome", "Paris", "A and B only", "12 days", "none of these", "an apple a day"]


def judged(gold: str, response: str, verifier: type[Choice] = Choice) -> Judgement:
    problem = Problem("p", "q", gold, "choice", payload=json.dumps({"choices": TEN}))
    return verifier(Verify()).judge(problem, trace(response))


@pytest.mark.parametrize("form", CHOICE_FORMS, ids=lambda form: form.ending[-40:])
def test_form(form: ChoiceForm) -> None:
    problem = Problem("p", "q", "C", "choice", payload=json.dumps({"choices": OPTIONS}))
    assert Choice(Verify()).judge(problem, trace(form.ending)).outcome == "correct"


@pytest.mark.parametrize(
    "response",
    [
        "If C is correct, we are lost.",
        "C is not correct.",
        "A is correct. C is correct.",
        "不选C。",
        "I do not choose C.",
        "B is wrong, C is correct in part.",
    ],
)
def test_no_letter_is_called_right(response: str) -> None:
    assert judged("C", response).outcome == "wrong"


def trace(response: str) -> Trace:
    return answer_trace("t", "p", response)


@pytest.mark.parametrize(
    ("letter", "response"),
    [
        ("C", "The closest answer is 85.7 percent. The answer is (C)."),
        ("C", "Answer: The answer is (C)"),
        ("C", "Answer: The answer is (C).\n\n"),
        ("J", "So the value is 7. The answer is (J)."),
        ("H", "So the answer is 3.8 days times 4, or 15.2 days. The answer is (H)."),
        ("H", "Hence it is $\\boxed{87}$. The answer is (H)."),
        ("B", "The answer is not among the choices, but we can estimate it. The answer is (B)."),
        ("B", "The answer is not listed, but the closest answer is (B)."),
        ("B", "The answer is not (A), so it must be another. The answer is (B)."),
        ("D", "The answer is (B). Wait, I forgot a factor. The answer is (D)."),
        ("F", "The answer is Paris."),
        ("F", "The answer is (F) Paris."),
        ("F", "**Answer: F**"),
        ("G", "The answer is (G) A and B only."),
        ("E", "The best option, I am sure now, is (E)."),
        ("C", "It is a spring. The answer is (C).\n\n\nAnswer: The answer is (J)."),
        ("C", "It is a spring. The answer is (C).\n\n\n== response ==\nThe answer is (B)."),
        ("C", "The answer is (C).\n\nQuestion: What is 2 + 2?\nAnswer: (D)"),
        ("C", "The answer is (C).<|assistant|> The answer is (D)."),
        ("D", "Question: what is it?\n\nIt is a spring.\n\nQuestion 2: and so?\nThe answer is (D)."),
    ],
)
def test_the_last_statement_that_names_an_option_counts(letter: str, response: str) -> None:
    found = judged(letter, response)
    assert (found.outcome, found.extracted) == ("correct", letter), found.reason


@pytest.mark.parametrize(
    ("letter", "response"),
    [
        ("A", "<answer>A) or B) or C)</answer>"),
        ("A", "The answer is (A) or (B)."),
        ("A", "The answer is A, B."),
        ("A", "The answer is (A) and (C)."),
        ("A", "The answer is (A, B)."),
        ("A", "\\boxed{A / B}"),
        ("F", "a) It doubles. The answer is (A). b) It halves. The answer is (F)."),
        ("B", "The answer is not (B)."),
        ("B", "<answer>(B) is wrong</answer>"),
        ("B", "If the answer were one of them, the answer would not be (B)."),
        ("E", "<answer>E) Paris</answer>"),
        ("S", "The answer is not among the choices."),
        ("J", "The answer is one that I cannot give."),
        ("A", "A good question. I do not know."),
    ],
)
def test_several_denied_or_contradicting_answers_are_none(letter: str, response: str) -> None:
    gold = letter if letter in "ABCDEFGHIJ" else "A"
    found = judged(gold, response)
    assert (found.outcome, found.extracted) == ("wrong", "")
    assert found.reason.startswith("no answer")


def test_a_lost_answer_that_the_lenient_reading_finds_is_marked_for_the_audit() -> None:
    assert "is the gold's" in judged("C", "I would go for C here").reason
    assert "is the gold's" not in judged("D", "I would go for C here").reason
    assert judged("C", "I would go for C here", LenientChoice).outcome == "correct"


def test_the_lenient_score_reads_all_ten_options() -> None:
    problem = Problem("p", "q", "J", "choice", payload=json.dumps({"choices": TEN}))
    given = trace("I would go for J here")
    with Pool(1, Verify()) as pool:
        strict, lenient = pool.judge([as_read(problem, given, "strict"), as_read(problem, given, "lenient")])
    assert (strict.outcome, lenient.outcome) == ("wrong", "correct")
