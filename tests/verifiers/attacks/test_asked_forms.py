"""Wall: a question that asks for a form is not answered by what it gave, nor by the right value in another form.

Each row is a question, its gold, what must not pass, and what must.
"""

import pytest

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, answer_trace
from stillhouse.verifiers.math.verifier import Math

MATH = Math(Verify())
ROWS: list[tuple[str, str, list[str], list[str]]] = [
    (
        "Factor $x^2-1$.",
        "(x-1)(x+1)",
        ["x^2-1", "x^2 - 1", "-1+x^2", "(x^2-1)", "1\\cdot(x^2-1)"],
        ["(x-1)(x+1)", "(x+1)(x-1)", "-(1-x)(x+1)", "x^2-1=(x-1)(x+1)"],
    ),
    ("Factor completely: $x^4-1$", "(x-1)(x+1)(x^2+1)", ["x^4-1", "(x^2-1)(x^2+1)"], ["(x-1)(x+1)(x^2+1)", "(x^2+1)(x+1)(x-1)"]),
    ("Factor $2x^2+4x$.", "2x(x+2)", ["2x^2+4x"], ["2x(x+2)", "2x(2+x)"]),
    ("Expand $(x+1)(x-2)$.", "x^2-x-2", ["(x+1)(x-2)", "(x-2)(x+1)"], ["x^2-x-2", "x^2 - 2 - x"]),
    ("Expand $(x+1)^3$", "x^3+3x^2+3x+1", ["(x+1)^3", "(1+x)^3"], ["x^3+3x^2+3x+1", "1+3x+3x^2+x^3"]),
    ("Simplify $\\sqrt{50}$.", "5\\sqrt{2}", ["\\sqrt{50}", "50^{1/2}"], ["5\\sqrt{2}", "5\\cdot\\sqrt 2"]),
    ("Simplify $\\frac{x^2-1}{x-1}$.", "x+1", ["\\frac{x^2-1}{x-1}", "(x^2-1)/(x-1)"], ["x+1", "1+x"]),
    ("Simplify $\\frac{12}{18}$ to lowest terms.", "\\frac{2}{3}", ["\\frac{12}{18}", "12/18", "\\frac{4}{6}"], ["\\frac{2}{3}", "2/3"]),
    ("Write 12/18 in lowest terms.", "2/3", ["12/18", "6/9"], ["2/3"]),
    (
        "Rationalize the denominator: $\\frac{1}{\\sqrt{2}}$",
        "\\frac{\\sqrt{2}}{2}",
        ["\\frac{1}{\\sqrt{2}}", "1/\\sqrt 2"],
        ["\\frac{\\sqrt{2}}{2}", "\\frac12\\sqrt2"],
    ),
    ("Sort the numbers 3, 1, 2 in increasing order.", "1, 2, 3", ["3, 1, 2", "3,2,1", "2,1,3"], ["1, 2, 3", "1,2,3", "1<2<3"]),
    ("Sort 5, 2, 9 in descending order", "9, 5, 2", ["5,2,9", "2,5,9"], ["9, 5, 2"]),
    ("List the primes below 10 in increasing order.", "2, 3, 5, 7", ["7,5,3,2", "3,2,5,7"], ["2, 3, 5, 7", "2,3,5,7"]),
    ("Arrange from least to greatest: 0.5, 1/3, 2/5", "1/3, 2/5, 0.5", ["0.5, 1/3, 2/5"], ["1/3, 2/5, 0.5", "1/3, 2/5, 1/2"]),
    ("Convert $\\frac{3}{8}$ to a decimal.", "0.375", ["\\frac{3}{8}", "3/8"], ["0.375", ".375"]),
    ("Express 0.375 as a common fraction.", "\\frac{3}{8}", ["0.375", "375/1000", "\\frac{375}{1000}"], ["\\frac{3}{8}", "3/8"]),
    (
        "Write 0.00045 in scientific notation.",
        "4.5 \\times 10^{-4}",
        ["0.00045", "45 \\times 10^{-5}"],
        ["4.5 \\times 10^{-4}", "4.5\\cdot 10^{-4}", "4.5e-4"],
    ),
    ("Write $4.5\\times 10^{3}$ as an ordinary number.", "4500", ["4.5\\times 10^{3}"], ["4500", "4,500"]),
    ("Round 3.14159 to two decimal places.", "3.14", ["3.14159", "3.1", "\\pi", "3.141"], ["3.14"]),
    ("Round 2.5 to the nearest integer.", "3", ["2.5"], ["3"]),
    ("What is $\\sqrt{2}$ to 3 decimal places?", "1.414", ["\\sqrt{2}", "2^{1/2}"], ["1.414"]),
    (
        "Find the exact value of $\\cos 45^\\circ$.",
        "\\frac{\\sqrt{2}}{2}",
        ["0.7071", "0.70710678", "\\cos 45^\\circ"],
        ["\\frac{\\sqrt{2}}{2}", "\\frac{1}{\\sqrt2}"],
    ),
    ("Convert 5 to base 2.", "101_2", ["5", "5_{10}", "101_{3}", "101_{10}"], ["101_2", "101", "101_{2}"]),
    ("Convert $101_2$ to base 10.", "5", ["101_2", "101"], ["5", "5_{10}"]),
    ("What is $11_2+11_2$? Express your answer in base 2.", "110_2", ["6", "110_{10}", "11_2+11_2"], ["110_2", "110"]),
    ("Compute 17 + 25.", "42", ["17+25"], ["42", "17+25=42"]),
    (
        "Evaluate $\\frac{2}{3}+\\frac{1}{6}$",
        "\\frac{5}{6}",
        ["\\frac{2}{3}+\\frac{1}{6}", "2/3+1/6"],
        ["\\frac{5}{6}", "5/6", "\\frac{2}{3}+\\frac{1}{6}=\\frac56"],
    ),
    ("Solve $2x=4$ for x", "x=2", ["2x=4", "x=4/2"], ["x=2", "2"]),
    ("Differentiate $x^2$... find $\\frac{d}{dx}(x^2)$", "2x", ["\\frac{d}{dx}(x^2)", "\\frac{d}{dx}x^2"], ["2x"]),
    ("Complete the square: $x^2+2x+3$", "(x+1)^2+2", ["x^2+2x+3"], ["(x+1)^2+2", "(x + 1)^2 + 2"]),
    ("Find $a$ such that ... express $a+b$ as an expression; the expression is $a+b$. What is a+b?", "a+b", [], ["a+b"]),
    ("Write the fraction 7/8 in simplest form.", "7/8", [], ["7/8"]),
    ("Simplify $x+1$.", "x+1", [], ["x+1", "1+x"]),
    ("Expand and simplify $(x+1)-(x-1)$.", "2", ["(x+1)-(x-1)"], ["2"]),
    (
        "Find the prime factorization of 12.",
        "2^2\\cdot 3",
        ["12", "4\\cdot 3", "2\\cdot 6"],
        ["2^2\\cdot 3", "2\\cdot2\\cdot3", "3\\cdot 2^2", "2^2 \\times 3"],
    ),
    ("Write $\\frac{7}{2}$ as a mixed number.", "3\\frac{1}{2}", ["\\frac{7}{2}", "7/2"], ["3\\frac{1}{2}", "3 1/2"]),
    (
        "Solve $2x+3y=6$ for $y$.",
        "y=\\frac{6-2x}{3}",
        ["2x+3y=6", "3y=6-2x"],
        ["y=2-\\frac{2}{3}x", "\\frac{6-2x}{3}", "\\frac{6-2x}{3}=y"],
    ),
    ("Decompose $\\frac{1}{x(x+1)}$ into partial fractions.", "\\frac1x-\\frac1{x+1}", ["\\frac{1}{x(x+1)}"], ["-\\frac1{x+1}+\\frac1x"]),
    ("Combine into a single fraction: $\\frac1x+\\frac1y$.", "\\frac{x+y}{xy}", ["\\frac1x+\\frac1y"], ["\\frac{y+x}{xy}"]),
    ("Collect like terms: $3x+2x+1$", "5x+1", ["3x+2x+1"], ["1+5x"]),
    ("Distribute: $3(x+2)$", "3x+6", ["3(x+2)"], ["6+3x"]),
    ("Put $(x+1)^2-3$ in standard form.", "x^2+2x-2", ["(x+1)^2-3"], ["2x+x^2-2"]),
    ("Resolve $x^2-1$ into factors.", "(x-1)(x+1)", ["x^2-1"], ["(x+1)(x-1)"]),
    ("What is 18 in base 7?", "24", ["24_{10}", "24_8"], ["24_7", "(24)_7", "24_{\\text{seven}}", "24"]),
    ("What is 24?", "24", ["24_7"], ["24"]),
    ("Express as a percent: 0.25", "25\\%", ["0.25"], ["25\\%", "25", "25%"]),
    (
        "Let $f(x)=\\frac{x^2-4}{x-2}$ for x not 2. Simplify $f(x)$.",
        "x+2",
        ["\\frac{x^2-4}{x-2}", "f(x)=\\frac{x^2-4}{x-2}"],
        ["x+2", "f(x)=x+2"],
    ),
]


def outcome(question: str, gold: str, answer: str) -> str:
    return MATH.judge(Problem("p", question, gold, "math"), answer_trace("t", "p", f"So it is $\\boxed{{{answer}}}$.")).outcome


@pytest.mark.parametrize(("question", "gold", "undone", "done"), ROWS, ids=lambda value: value[:40] if isinstance(value, str) else "")
def test_a_form_that_is_asked_for_is_needed(question: str, gold: str, undone: list[str], done: list[str]) -> None:
    assert [answer for answer in undone if outcome(question, gold, answer) == "correct"] == []
    assert [answer for answer in done if outcome(question, gold, answer) != "correct"] == []


@pytest.mark.parametrize(
    ("question", "gold", "answer"),
    [
        ("A bag holds 12 of 18 marbles. What share is that? Express your answer as a decimal.", "0.6667", "0.66667"),
        ("Half of 0.75 is lost. What is left?", "\\frac{3}{8}", "0.375"),
        ("The sides are $\\sqrt{8}$ and 3. How long is the diagonal of a square with side 2?", "2\\sqrt{2}", "\\sqrt{8}"),
        ("List all solutions.", "1, 2", "2, 1"),
        ("Write 7/8 and 3 as a sum.", "31/8", "31/8"),
        ("What is the greatest common factor of 12 and 18?", "6", "6"),
        ("In how many ways can 3 books be arranged from the tallest to the smallest?", "1", "1.0"),
    ],
)
def test_no_form_is_needed_where_none_is_asked(question: str, gold: str, answer: str) -> None:
    assert outcome(question, gold, answer) == "correct"
