"""What algebra decides beyond substitution, what it must not, and its bounds: directly and behind a worker's walls."""

import threading

import pytest

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, answer_trace
from stillhouse.verifiers.math.answers import symbolic
from stillhouse.verifiers.math.answers.expression import read
from stillhouse.verifiers.math.equal import compare
from stillhouse.verifiers.pool.pool import Pool

SAME = [
    ("x = \\frac{\\pi}{2} + k\\pi, k \\in \\mathbb{Z}", "x = \\frac{(2n+1)\\pi}{2}"),
    ("x = \\frac{\\pi}{2} + k\\pi", "x = \\frac{\\pi}{2} + 2k\\pi, x = \\frac{3\\pi}{2} + 2k\\pi"),
    ("\\pm\\frac{\\pi}{3} + 2k\\pi", "\\frac{\\pi}{3} + 2n\\pi, \\frac{5\\pi}{3} + 2n\\pi"),
    ("k\\pi", "n\\pi \\text{ where } n \\text{ is an integer}"),
    ("(-1)^n", "\\cos(n\\pi)"),
    ("xy = 2", "y = \\frac{2}{x}"),
    ("e^y = x", "y = \\ln x"),
    ("1 \\le |z| \\le \\frac{3}{2}", "z \\in [-\\frac{3}{2}, -1] \\cup [1, \\frac{3}{2}]"),
    ("|x-1| < 3", "(-2, 4)"),
    ("\\sin^2 x + C", "-\\cos^2 x + C"),
    ("\\frac{x^2}{2} + C", "\\frac{x^2 + 1}{2} + K"),
]
OTHER = [
    ("x = \\frac{\\pi}{2} + k\\pi", "x = \\frac{\\pi}{2} + 2k\\pi"),
    ("x = k\\pi", "x = 2k\\pi"),
    ("2k\\pi", "k\\pi"),
    ("(-1)^n", "\\cos(2n\\pi)"),
    ("xy = 2", "y = \\frac{3}{x}"),
    ("y^2 = x", "y = \\sqrt{x}"),
    ("|x-1| < 3", "(-2, 4]"),
    ("(-2, 4)", "|x-1| < 3"),
    ("y = \\ln x", "e^{y-x} = 1"),
    ("x = 2", "2x = 4"),
    ("\\frac{x^2}{2} + C", "\\frac{x^2 + x}{2} + K"),
    ("|x|", "x"),
    ("|xy|", "xy"),
    ("b < a < d < c", "a, b, d, c"),
]
LARGE = ["(x+y+z)^{999}", "9^{9^{9}}x", "\\binom{10^9}{k}x", "1000!x", "+".join(["x"] * 100)]


@pytest.mark.parametrize(("gold", "answer"), SAME)
def test_the_same_mathematics(gold: str, answer: str) -> None:
    found = compare(gold, answer)
    assert (found.outcome, found.reason[:7]) == ("correct", "algebra")


@pytest.mark.parametrize(("gold", "answer"), OTHER)
def test_other_mathematics_or_a_restated_question(gold: str, answer: str) -> None:
    assert compare(gold, answer).outcome != "correct"


def test_what_agrees_at_points_only_is_not_proven() -> None:
    assert compare("|x-1|", "|1-x|").outcome == "correct"
    assert compare("f(x) = |x-1|", "f(x) = |1-x|").outcome == "correct"
    assert compare("\\lfloor x + 10^{-9} \\rfloor", "\\lfloor x \\rfloor").outcome == "unverifiable"


def test_it_works_behind_the_walls_of_a_worker() -> None:
    """sympy runs text as code while it loads, so it is there before the walls go up."""
    with Pool(1, Verify()) as pool:
        rows = [(Problem("p", "", gold, "math"), answer_trace("t", "p", f"\\boxed{{{answer}}}")) for gold, answer in SAME]
        assert [verdict.outcome for verdict in pool.judge(rows)] == ["correct"] * len(SAME)


@pytest.mark.parametrize("text", LARGE)
def test_a_large_expression_is_not_built(text: str) -> None:
    with pytest.raises(symbolic.Undecided):
        symbolic.built(read(text))


def test_work_without_end_ends() -> None:
    with pytest.raises(symbolic.TooLong):
        _endless()


def _endless() -> None:
    with symbolic.bounded():
        while True:
            pass


def test_no_algebra_where_no_bound_holds() -> None:
    found = []
    thread = threading.Thread(target=lambda: found.append(compare("xy = 5", "y = \\frac{5}{x}").outcome))
    thread.start()
    thread.join()
    assert found == ["wrong"]
