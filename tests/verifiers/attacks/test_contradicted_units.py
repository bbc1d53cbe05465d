"""Wall: a unit, a percent sign, a name or a conjunction that contradicts the gold's or the question's.

Each row is a question, its gold, what must not pass, and what must.
"""

import pytest

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, answer_trace
from stillhouse.verifiers.math.answers.asked_units import asked_unit
from stillhouse.verifiers.math.verifier import Math

MATH = Math(Verify())
ROWS: list[tuple[str, str, list[str], list[str]]] = [
    (
        "What is the temperature in Fahrenheit?",
        "42^\\circ F",
        ["42^\\circ C", "42^\\circ\\text{C}", "42 degrees Celsius"],
        ["42^\\circ F", "42^\\circ\\text{F}", "42", "42^\\circ", "42 degrees Fahrenheit"],
    ),
    ("What is it in Celsius?", "100^\\circ C", ["100^\\circ F"], ["212^\\circ F", "100"]),
    ("How many degrees Celsius?", "42", ["42^\\circ F", "42\u00b0F"], ["42", "42^\\circ C", "42\u00b0C"]),
    ("How many minutes does it take?", "42", ["42 hours", "42\\text{ hours}"], ["42 minutes", "42", "0.7 hours"]),
    ("How many hours does it take?", "2", ["2 minutes"], ["2 hours", "2", "120 minutes"]),
    ("At what time does he arrive?", "7:30 PM", ["7:30 AM", "7:30 a.m."], ["7:30 PM", "7:30 p.m.", "7:30", "7:30\\text{ PM}"]),
    ("At what time?", "7 PM", ["7 AM", "7:00 AM", "7 a.m."], ["7 PM", "7 p.m.", "7:00 PM", "7 pm"]),
    ("How long?", "5 mm", ["5 Mm", "5\\text{ Mm}", "5 m", "5 cm"], ["5 mm", "0.5 cm", "5"]),
    ("How long in metres?", "5 m", ["5 cm", "5 km"], ["5 m", "500 cm", "5 metres"]),
    ("How many metres long?", "5", ["5 cm", "5\\text{ cm}", "5 km"], ["5 m", "5", "500 cm"]),
    ("How many dollars?", "42", ["42 cents", "42\\%", "4200\\%", "42%"], ["\\$42", "42 dollars", "4200 cents"]),
    ("How many apples?", "42", ["42\\%", "4200\\%", "42%", "4200%"], ["42 apples", "42"]),
    ("What percent of the class are girls?", "42", ["4200\\%", "0.42\\%"], ["42\\%", "42 percent", "42"]),
    ("What percentage?", "42\\%", ["42 cm", "4200"], ["42", "42\\%", "0.42"]),
    (
        "What is the probability?",
        "\\frac38",
        ["\\frac38\\%", "0.375\\%", "0.375\\text{ per cent}"],
        ["37.5\\%", "37.5\\text{ per cent}", "0.375"],
    ),
    ("What is the chance?", "0.5", ["0.5\\%", "0.5 percent"], ["50\\%", "0.5"]),
    ("What percent is it?", "0.5", [], ["0.5\\%", "0.5\\text{ per cent}", "0.5"]),
    ("What is the interest rate?", "5", [], ["5\\%", "5\\text{ per cent}"]),
    *(
        (
            f"How much is it, in {unit}s?",
            "5",
            [f"6 {letter}", f"{letter} 6"],
            [f"5\\text{{ {letter}}}", f"5\\ \\mathrm{{{letter}}}", f"5 {letter}"],
        )
        for letter, unit in (
            ("J", "joule"),
            ("N", "newton"),
            ("W", "watt"),
            ("C", "coulomb"),
            ("K", "kelvin"),
            ("V", "volt"),
            ("Pa", "pascal"),
        )
    ),
    ("How many joules is it?", "5", ["5\\text{ kJ}", "5 J/s"], ["5\\text{ J}"]),
    ("A force of 2 newtons moves it. What is the work in joules?", "5", ["5\\text{ N}"], ["5\\text{ J}"]),
    (
        "Solve.",
        "\\text{no solution}",
        ["0", "\\{0\\}", "one solution"],
        ["No solutions", "\\emptyset", "\\varnothing", "There is no solution", "\\text{There are no solutions.}", "no solution exists"],
    ),
    (
        "Find the inverse of $f(x)=2x+3$.",
        "f^{-1}(x)=\\frac{x-3}{2}",
        ["f^{-1}(x)=\\frac{x+3}{2}", "f(x)=\\frac{x-3}{2}", "y=2x+3"],
        ["\\frac{x-3}{2}", "y=\\frac{x-3}{2}", "f^{-1}(x)=(x-3)/2"],
    ),
    ("Find $f(2)$.", "7", ["f(3)=7", "f'(2)=7", "f^{-1}(2)=7"], ["f(2)=7", "7"]),
    ("Find $f(2)$.", "f(2)=7", ["f(3)=7", "f'(2)=7"], ["f(2)=7", "7"]),
    ("Find $P(A)$.", "1/4", ["P(B)=1/4", "P(A^c)=1/4", "P(A')=1/4"], ["P(A)=1/4", "1/4"]),
    ("What is the chance of rain?", "1/4", [], ["P(R)=1/4", "25\\%"]),
    ("What is its speed in km/h?", "60", ["60 mph", "60\\text{ m/s}"], ["60\\text{ km/h}", "60"]),
    ("What is the area in square meters?", "5", ["5\\text{ cm}^2"], ["5\\text{ m}^2", "5\\text{ square meters}", "5"]),
    ("How many dollars is it?", "5", ["\u20ac5", "\u00a35", "5 euros"], ["\\$5", "5 dollars", "5"]),
    ("What is the angle in degrees?", "30", ["30\\text{ rad}", "30\\text{ radians}"], ["30^\\circ", "30", "30\\text{ degrees}"]),
    ("How much?", "0.42", [], ["42\\%", "0.42"]),
    ("Find $x_1$.", "x_1=5", ["x_2=5", "x_{2}=5"], ["x_1=5", "5", "x_{1}=5"]),
    ("Find P(A).", "P(A)=\\frac12", ["P(B)=\\frac12", "P(B)=1/2"], ["P(A)=1/2", "\\frac12"]),
    (
        "How many apples do Ann and Bob have?",
        "Ann: 5, Bob: 3",
        ["Ann: 3, Bob: 5", "Bob: 5, Ann: 3", "\\text{Bob: }5,\\text{ Ann: }3"],
        ["Ann: 5, Bob: 3", "Bob: 3, Ann: 5"],
    ),
    ("a and b?", "a=1, b=2", ["a=2,b=1", "b=1,a=2"], ["a=1,b=2", "b=2,a=1", "a=1\\text{ and }b=2", "(a,b)=(1,2)", "1, 2"]),
    ("Solve.", "x=1 \\text{ or } x=2", [], ["x=1 \\text{ or } x=2", "x=1, x=2", "1, 2", "x=1\\text{ and }x=2", "x=2\\text{ or }x=1"]),
    (
        "Solve x^2>1",
        "x<-1 \\text{ or } x>1",
        ["x<-1 \\text{ and } x>1"],
        ["x<-1 \\text{ or } x>1", "x>1\\text{ or }x<-1", "(-\\infty,-1)\\cup(1,\\infty)"],
    ),
    ("Solve", "x>1 \\text{ and } x<3", ["x>1 \\text{ or } x<3"], ["1<x<3", "(1,3)", "x>1 \\text{ and } x<3"]),
    ("Speed?", "60 km/h", ["60 m/s", "60 mph", "60 km"], ["60 km/h", "60", "60 kilometers per hour"]),
    ("Area?", "5\\text{ cm}^2", ["5\\text{ m}^2", "5\\text{ cm}^3"], ["5\\text{ cm}^2", "5", "5\\text{ square centimeters}"]),
    ("How many kg?", "5 kg", ["5 g", "5 lb"], ["5 kg", "5000 g"]),
    ("y?", "y=5", ["z=5"], ["y=5", "5"]),
    ("a,b?", "a=1,b=2", ["b=1,a=2"], ["b=2,a=1", "b=2, a=1", "a=1,b=2"]),
    ("?", "42", ["4\u20602000"], ["4\u00ad2", "\u200b42", "4\u200d2", "42\ufe0f", "4\u20602", "\u206642\u2069", "4\u180e2"]),
]


def outcome(question: str, gold: str, response: str) -> str:
    return MATH.judge(Problem("p", question, gold, "math"), answer_trace("t", "p", response)).outcome


@pytest.mark.parametrize(("question", "gold", "other", "same"), ROWS, ids=lambda value: value[:40] if isinstance(value, str) else "")
def test_a_unit_or_name_that_contradicts_is_wrong(question: str, gold: str, other: list[str], same: list[str]) -> None:
    assert [answer for answer in other if outcome(question, gold, f"It is \\boxed{{{answer}}}.") == "correct"] == []
    assert [answer for answer in same if outcome(question, gold, f"It is \\boxed{{{answer}}}.") != "correct"] == []


@pytest.mark.parametrize("response", ["The answer is 4\u00ad2.", "The answer is \u200b42\u200b.", "#### \u206642\u2069"])
def test_characters_without_width_part_no_number(response: str) -> None:
    assert outcome("", "42", response) == "correct"


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("12:00", "1:00"),
        ("5", "\\frac{1}{0}"),
        ("5^\\circ C", "\\frac{1}{0}^\\circ F"),
        ("x>1", "x>\\frac{1}{0} and x<2"),
        ("42", "\\frac{4}{0}\\%"),
    ],
)
def test_what_has_no_value_is_another_value(gold: str, answer: str) -> None:
    assert outcome("How many minutes, in percent?", gold, f"\\boxed{{{answer}}}") in ("wrong", "unverifiable")


@pytest.mark.parametrize(
    ("question", "unit"),
    [
        ("How many minutes does it take?", "minutes"),
        ("It lasts 3 hours. How many more minutes are left?", "minutes"),
        ("How long is it, in meters?", "meters"),
        ("How many dollars per hour does she earn?", ""),
        ("The price is $0.10 a gallon, and 5.9 are needed to calculate how many gallons. How much will it cost?", ""),
        ("How many hours is that, in minutes?", ""),
        ("How many pounds did he pay?", ""),
        ("What is the total in all?", ""),
    ],
)
def test_one_unit_is_asked_for_or_none(question: str, unit: str) -> None:
    assert asked_unit(question.rsplit(". ", 1)[-1]) == unit
