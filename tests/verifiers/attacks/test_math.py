"""Attacks on the math verifier: what is not the gold must not pass, and what looks alike but is right must.

Each row is a gold with answers, boxed unless they are whole responses. The groups follow a security review's ideas:
restating the problem, words and signs that change a value, several answers at once, LaTeX that hides or redefines.
"""

import pytest

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, answer_trace
from stillhouse.verifiers.math.verifier import Math

MATH = Math(Verify())
REJECTED: dict[str, list[tuple[str, list[str]]]] = {
    "the problem restated": [
        ("x=2", ["5x+3=13", "2x=4", "x+1=3", "x-2=0", "x^2=4", "3=x+1"]),
        ("12", ["84/7", "\\frac{84}{7}", "240/4/12", "\\frac{12}{1}\\cdot 1", "3\\cdot 4", "24/2", "6+6", "2^2\\cdot 3", "\\frac{-24}{-2}"]),
        ("5", ["12 \\mod 7", "12 \\bmod 7", "12 \\pmod{7}", "\\frac{\\partial}{\\partial x}5x", "\\left.x\\right|_{x=5}", "\\frac{d}{dx}5x",
               "\\sqrt{25}", "|-5|", "\\lfloor 5.2\\rfloor"]),
        ("-2", ["\\begin{vmatrix}1&2\\\\3&4\\end{vmatrix}", "\\det\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}"]),
        ("55", ["\\sum_{k=1}^{10}k", "\\binom{11}{2}", "\\prod_{k=1}^{1}55", "\\int_0^{55}1dx", "\\lim_{x\\to 55}x", "1+2+\\dots+10"]),
        ("1024", ["2^{10}", "4^5", "32^2", "2^{2\\cdot 5}"]),
        ("x<1", ["2x+3<5", "3x<3"]),
        ("(1,2)", ["x+y=3, x-y=-1"]),
    ],
    "a word that changes the value": [
        ("3", ["3 dozen", "3 squared", "3 cubed", "3 factorial", "3 halves", "3 tenths", "3 times ten", "3 plus four", "3 minus one", "3 divided by two",
               "3 point five", "3 lakh",
               "3 crore", "3 million", "3 hundred", "3 units (or 7 units)", "3 or more", "3 or 7", "3 to the power 2", "3 base 5", "\\text{3 dozen}",
               "3\\text{ squared}", "3 thousandths"]),
        ("12", ["12 dozen", "twelve dozen", "12 hundredths"]),
    ],
    "a sign that changes the value": [
        ("3", ["\\not 3", "\\not= 3", "\\neg 3", "\\neq 3", "\\ne 3", "¬3", "x=7=3", "7=3", "\\ge 3", "> 3", "\\approx 3.4", "\\sim 7 = 3",
               "\\overline{3}", "3!", "\\pm 3"]),
        ("5", ["7\\implies 5", "7\\Rightarrow 5", "7 \\to 5", "5_7", "10_5"]),
        ("10", ["10_2", "10_{3}", "10_{two}"]),
        ("5 \\text{ cm}", ["5\\%", "5\\text{ kg}", "5\\text{ m}"]),
        ("\\infty", ["-\\infty", "\\frac{1}{\\infty}"]),
    ],
    "a clause that denies or measures": [
        ("3", ["It is the negative of $3$ here.", "The answer is the reciprocal of $3$", "It is far from the value $3$.", "ce n'est pas la valeur $3$",
               "Es ist nicht $3$.", "no es $3$.",
               "all numbers up to 3 work.", "answer: $3$ or $7$", "The answer is either 3 or 7.", "It is not \\boxed{3}", "\\boxed{3} is wrong.",
               "The answer is not 3.", "If the answer is 3, we are lost.",
               "The answer is the square of 3.", "It is at least 3.", "The answer is less than 3.", "It is the opposite of 3.", "答案不是3。",
               "Therefore, x is never 3.", "I doubt that the answer is 3 or that it is 4.",
               "The answer is between 3 and 5.", "The wrong answer is 3."]),
    ],
    "several answers": [
        ("3", ["3, 7", "3 \\text{ and } 7", "\\{3, 7\\}", "3; 7", "[2, 4]", "2 < x < 4", "any of 1, 2, 3", "3 \\ldots 7", "\\boxed{3} or \\boxed{7}",
               "(3, 7)", "3\\text{ or }7", "3 \\cup 7", "3-7", "3..7"]),
        ("A", ["A) or B) or C)", "A or B", "A, B", "(A) (B)"]),
        ("(1,2)", ["y=1,x=2", "(y,x)=(1,2)", "(2,1)", "[1,2]", "\\{1,2\\}", "(1,2),(2,1)"]),
        ("(2,32),(8,18)", ["(2,32),(8,17)", "(2,32)", "(32,2),(18,8)"]),
        ("x \\ge 0", ["[0,1)", "x > 0", "x \\ge 0, x \\ge 1, x = -1"]),
        ("7,14,18", ["P: 18, Q: 14, R: 8", "7,14", "7,14,18,20"]),
    ],
    "hidden or redefined": [
        ("3", ["\\phantom{3}", "\\def\\x{3}\\x", "\\newcommand{\\x}{3}\\x", "\\cancel{3}", "7 % 3", "\\substack{3\\\\7}", "\\overset{3}{7}",
               "\\color{white}3", "\\href{3}{7}", "7\\nonumber 3", "\\sout{3}", "3\u03367",
               "\\rlap{7}3"]),
        ("0.333", ["\\frac{1}{2}", "0.33"]),
        ("\\frac{1}{3}", ["0.333", "33\\%", "0.3", "\\frac{0}{0}", "\\frac{3}{1}"]),
        ("0", ["\\frac{0}{0}", "\\emptyset", "0.4", "-0.0001"]),
    ],
}  # fmt: skip
KEPT: list[tuple[str, list[str]]] = [
    ("x=2", ["2", "x=2", "x = 4-2 = 2", "x=2.0", "\\{2\\}"]),
    ("12", ["12", "12.0", "12 dollars", "\\$12", "12 apples", "12\\text{ units}", "\\frac{12}{1}"]),
    ("\\frac{2}{3}", ["2/3", "\\frac{4}{6}", "0.6667", "0.666667"]),
    ("y=2x+3", ["2x-y+3=0", "y = 3+2x", "2x+3"]),
    ("3", ["three", "3 times", "3 quarters", "3 of them", "3\\text{ square units}", "The answer is 3, not 7.",
               "It is 3, or so I was told: $3$. The answer is 3.", "3 fifth graders"]),
    ("(1,2)", ["x=1,y=2", "y=2,x=1", "(x,y)=(1,2)", "x=1 \\text{ and } y=2"]),
    ("101_2", ["101_2", "101"]),
    ("7,14,18", ["Paolo: 18, Qing: 14, Rayna: 7", "18, 14, 7", "7, 14 and 18"]),
    ("2,4,3", ["T(10)=2, T(11)=4, T(12)=3"]),
    ("45, 2", ["k = 45 and n = 2"]),
    ("\\{1\\pm\\sqrt{5},-2\\}", ["\\{-2, 1+\\sqrt{5}, 1-\\sqrt{5}\\}", "-2, 1\\pm\\sqrt 5"]),
    ("(1,7,103, 105), (3, 5, 101, 107)", ["(3, 5, 101, 107), (1, 7, 103, 105)"]),
    ("f(z)=z", ["f(x)=x", "f(t)=t", "z"]),
    ("\\{x|-1<x<1\\}", ["(-1,1)", "-1<x<1"]),
    ("\\{x | x < \\frac{3}{2}\\} - \\{-6\\}", ["(-\\infty,-6)\\cup(-6,\\frac32)"]),
    ("a \\le -2 \\text{ or } a = 1", ["(-\\infty,-2]\\cup\\{1\\}"]),
    ("\\mathbb{R} \\setminus \\{1\\}", ["(-\\infty,1)\\cup(1,\\infty)", "x \\neq 1"]),
    ("y + 1 = -(2x - 1)^2", ["-4x^2+4x-2", "y = -4x^2+4x-2"]),
    ("\\frac{\\pi}{6}", ["30^\\circ"]),
    ("85.71", ["\\frac{600}{7}", "85.714"]),
    ("6.67\\%", ["\\frac{1}{15}"]),
    ("2:1", ["2", "2:1"]),
]  # fmt: skip


def verdict(gold: str, answer: str) -> str:
    whole = (" " in answer and answer[-1] in ".。") or answer.startswith(("The ", "It ", "answer", "all ", "ce ", "I ", "If ", "\\boxed"))
    response = answer if whole else f"\\boxed{{{answer}}}"
    return MATH.judge(Problem("p", "", gold, "math"), answer_trace("t", "p", response)).outcome


@pytest.mark.parametrize("wall", REJECTED)
def test_attack(wall: str) -> None:
    assert [(gold, answer) for gold, answers in REJECTED[wall] for answer in answers if verdict(gold, answer) == "correct"] == []


def test_right_answers_that_look_alike_pass() -> None:
    assert [(gold, answer, found) for gold, answers in KEPT for answer in answers if (found := verdict(gold, answer)) != "correct"] == []
