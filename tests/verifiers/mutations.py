"""The mutation suite: equivalent forms that must be accepted, near-misses that must be rejected.

Each case is (hazard, gold, completion, accepted). A completion is what a model wrote, think part included. Hand-written
from the hazards that are known of math graders and from mutations of numbers; none was taken from a data set.
"""

from typing import NamedTuple


class Case(NamedTuple):
    hazard: str
    gold: str
    completion: str
    accepted: bool


def _boxed(hazard: str, accepted: bool, *pairs: tuple[str, str]) -> list[Case]:
    return [Case(hazard, gold, f"So the result is $\\boxed{{{answer}}}$.", accepted) for gold, answer in pairs]


def _same(hazard: str, *pairs: tuple[str, str]) -> list[Case]:
    return _boxed(hazard, True, *pairs)


def _other(hazard: str, *pairs: tuple[str, str]) -> list[Case]:
    return _boxed(hazard, False, *pairs)


_ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_FULL = str.maketrans("0123456789-.", "０１２３４５６７８９－．")
_DEVANAGARI = str.maketrans("0123456789", "०१२३४५६७८९")
_INTEGERS = (7, 18, 42, 125, 360, 1024, 64800, 114200, -3, -15, -221)


def _integers() -> list[Case]:
    """Every integer in other spellings, and its near-misses."""
    cases: list[Case] = []
    for n in _INTEGERS:
        text = str(n)
        same = [f"{n:,}", f"{n}.0", f"\\text{{{n}}}", f"\\mathbf{{{n}}}", f"{n}.", text.replace("-", "−")]
        scripts = [text.translate(_ARABIC), text.translate(_FULL), text.translate(_DEVANAGARI)]
        cases += _same("spelling of an integer", *((text, form) for form in same))
        cases += _same("digits of other scripts", *((text, form) for form in scripts))
        wrong = [str(n + 1), str(-n), str(n * 10), f"{n}.5", f"\\frac{{{n}}}{{2}}", f"{n}\\pi", f"{n}i"]
        cases += _other("near integer", *((text, form) for form in wrong))
        cases += _other("restated, not evaluated", (text, f"{n - 1}+1"), (text, f"\\sqrt{{{n * n}}}"), (text, f"2\\cdot {n}-({n})"))
    return cases


_HAND: list[Case] = [
    *_same("fraction", ("\\frac{1}{2}", "1/2"), ("\\frac{1}{2}", "0.5"), ("\\frac{1}{2}", "\\dfrac12"), ("3/4", "\\tfrac{3}{4}"), ("\\frac{3}{4}", ".75"),
           ("\\frac{2}{3}", "\\frac{4}{6}"), ("-\\frac{5}{6}", "\\frac{-5}{6}"), ("-\\frac{5}{6}", "\\frac{5}{-6}"), ("-\\frac{5}{6}", "-5/6"),
           ("\\frac{7}{2}", "3\\frac{1}{2}"), ("\\frac{7}{2}", "3 1/2"), ("\\frac{7}{2}", "3.5"), ("\\frac{1}{2}", "½"), ("\\frac{7}{4}", "1¾"),
           ("\\frac{22}{7}", "22⁄7"), ("\\frac{1}{8}", "0.125")),
    *_other("fraction", ("\\frac{1}{2}", "\\frac{2}{1}"), ("\\frac{1}{2}", "12"), ("3\\frac{1}{2}", "\\frac{3}{2}"), ("\\frac{2}{3}", "0.66"), ("\\frac{2}{3}", "0.67"),
            ("\\frac{1}{3}", "0.33"), ("\\frac{1}{3}", "0.3"), ("-\\frac{5}{6}", "\\frac{5}{6}"), ("\\frac{5}{6}", "\\frac{-5}{-7}"), ("\\frac{7}{2}", "31/2"),
            ("\\frac{1}{8}", "0.12"), ("5", "\\frac{10}{2}"), ("12", "84/7"), ("\\frac{22}{7}", "\\pi"), ("\\frac{22}{7}", "3.14")),
    *_same("decimal", ("0.5", "0.50"), ("0.5", ".5"), ("1.25", "\\frac{5}{4}"), ("\\frac{1}{3}", "0.333333"), ("\\frac{2}{3}", "0.666667"), ("\\pi", "3.14159265"),
           ("\\frac{1}{3}", "0.\\overline{3}"), ("\\frac{1}{11}", "0.\\overline{09}"), ("\\frac{1}{6}", "0.1\\overline{6}"), ("0.\\overline{3}", "1/3"),
           ("\\frac{1}{7}", "0.\\overline{142857}"), ("\\sqrt{2}", "1.41421356"), ("2.50", "2.5"), ("1234.5", "1,234.5")),
    *_other("decimal", ("0.5", "0.05"), ("0.5", "5"), ("1.25", "1.2"), ("1.25", "1.3"), ("\\pi", "3.14"), ("\\sqrt{2}", "1.41"), ("0.\\overline{3}", "0.3"),
            ("0.1\\overline{6}", "0.\\overline{16}"), ("2.5", "25"), ("1234.5", "1234"), ("0.999", "1"), ("99.9", "100")),
    *_other("tiny difference", ("1e-7", "2e-7"), ("0.0000001", "0.0000002"), ("10^{-8}", "10^{-9}"), ("3\\times10^{-10}", "4\\times10^{-10}"),
            ("0.00000012", "0.00000013"), ("1e-12", "0"), ("0", "0.0000001"), ("5 \\times 10^{-9}", "5 \\times 10^{-8}"), ("1.0000001", "1.0000002"),
            ("123456789", "123456788"), ("10000000000000001", "10000000000000000"), ("2^{64}", "18446744073709551615")),
    *_same("scientific", ("100000", "1e5"), ("100000", "1E5"), ("100000", "10^5"), ("120000", "1.2\\times 10^5"), ("0.00012", "1.2 \\times 10^{-4}"), ("0.00012", "1.2e-4"),
           ("3000000", "3 \\cdot 10^6"), ("3\\times 10^{6}", "3000000"), ("6.02\\times10^{23}", "6.02e23"), ("1e5", "100,000"), ("2500", "2.5 × 10³")),
    *_other("scientific", ("100000", "1e6"), ("100000", "10^4"), ("120000", "1.2\\times 10^4"), ("0.00012", "1.2e4"), ("3000000", "3^6"), ("2500", "2.5 × 10⁴")),
    *_same("money and thousands", ("18", "\\$18"), ("18", "$18"), ("18", "18 dollars"), ("18.00", "\\$18"), ("1500", "\\$1,500.00"), ("1.50", "\\$1.50"), ("1000", "1{,}000"),
           ("12345", "12\\,345"), ("1000000", "1,000,000"), ("\\$1.50", "150 \\text{ cents}"), ("2,125", "2125"), ("1{,}450{,}000", "1450000"), ("€5", "5")),
    *_other("money and thousands", ("18", "\\$180"), ("1500", "\\$1.50"), ("1000", "1,00"), ("\\$1.50", "1.50 \\text{ cents}"), ("\\$5", "€5"), ("1,234", "1.234"),
            ("12345", "12,34"), ("1000000", "1,000")),
    *_same("percent", ("10\\%", "10%"), ("10", "10\\%"), ("0.25", "25\\%"), ("25\\%", "0.25"), ("25\\%", "25"), ("12.5\\%", "12.5 \\text{ percent}"), ("\\frac{1}{4}", "25\\%"), ("5%", "5 percent")),
    *_other("percent", ("10\\%", "1\\%"), ("0.25", "2.5\\%"), ("25\\%", "2.5"), ("0.5\\%", "5"), ("12.5\\%", "125\\%"), ("\\frac{1}{4}", "4\\%")),
    *_same("unit", ("5\\text{ cm}", "5"), ("5", "5 \\text{ cm}"), ("5\\text{ m}", "500\\text{ cm}"), ("4", "4 weeks"), ("7", "7 pounds of butter"), ("40", "40 feet"), ("48", "48g"),
           ("90", "90^\\circ"), ("90^\\circ", "90"), ("90^{\\circ}", "90 \\text{ degrees}"), ("12\\text{ square feet}", "12 \\text{ ft}^2"), ("60\\text{ mph}", "60 \\text{ miles per hour}"),
           ("2 \\text{ hours}", "120 \\text{ minutes}"), ("3\\text{ kg}", "3000 \\text{ g}"), ("10\\text{ cm}^2", "10 \\mathrm{cm}^2"), ("6", "6 apples"), ("8", "8 units"),
           ("15", "15 \\text{ miles per hour}"), ("50", "50 km/h"), ("3", "3\\text{ hours}")),
    *_other("unit", ("5\\text{ m}", "5\\text{ cm}"), ("5\\text{ kg}", "5\\text{ g}"), ("2\\text{ hours}", "2\\text{ minutes}"), ("7 \\text{ pounds}", "7\\text{ ounces}"),
            ("12\\text{ ft}", "12\\text{ ft}^2"), ("3\\text{ km}", "3\\text{ miles}"), ("10\\text{ cm}^2", "10\\text{ cm}^3"), ("5 \\text{ dollars}", "5\\text{ cents}"),
            ("60\\text{ minutes}", "60\\text{ seconds}"), ("4 \\text{ days}", "4\\text{ weeks}"), ("1\\text{ m}", "10\\text{ cm}"), ("30\\text{ mph}", "30\\text{ km/h}"),
            ("5 \\text{ apples}", "5 \\text{ oranges}"), ("2\\text{ liters}", "2\\text{ ml}")),
    *_same("set, tuple, interval", ("\\{1,2\\}", "\\{2,1\\}"), ("(1,2)", "\\left(1, 2\\right)"), ("[1,2)", "\\left[1,2\\right)"), ("(1,2)", "( 1 , 2 )"), ("\\{1,2,3\\}", "\\{3, 1, 2\\}"),
           ("1,2", "2, 1"), ("1,2", "1 \\text{ and } 2"), ("1,2", "x=1 \\text{ or } x=2"), ("\\{5\\}", "5"), ("(\\frac12, 3)", "(0.5, 3)"), ("(-\\infty, 3]", "x \\le 3"), ("(2,5)", "2<x<5"),
           ("[2,5]", "2 \\le x \\le 5"), ("x \\in [2,5]", "[2,5]"), ("(-\\infty,1)\\cup(2,\\infty)", "(2,\\infty)\\cup(-\\infty,1)"), ("(-\\infty,1)\\cup(2,\\infty)", "x<1 \\text{ or } x>2"),
           ("\\{-2,2\\}", "\\pm 2"), ("1 \\pm \\sqrt{5}", "1+\\sqrt5, 1-\\sqrt5"), ("(3, \\frac{\\pi}{2})", "\\left(3, \\frac{\\pi}{2}\\right)"), ("[0,\\infty)", "x \\geq 0"), ("\\emptyset", "\\{\\}"),
           ("x>3", "3<x"), ("x>3", "(3,\\infty)"), ("(1,2,3)", "\\langle 1,2,3 \\rangle"), ("(1,2)", "\\begin{pmatrix}1\\\\2\\end{pmatrix}")),
    *_other("set, tuple, interval", ("\\{1,2\\}", "(1,2)"), ("(1,2)", "\\{1,2\\}"), ("(1,2)", "(2,1)"), ("(1,2)", "[1,2]"), ("[1,2)", "(1,2]"), ("[1,2]", "[1,2)"), ("\\{1,2\\}", "\\{1,2,3\\}"),
            ("1,2", "1"), ("1,2", "1,3"), ("1", "1,2"), ("12", "1,2"), ("(1,2)", "(1,2,3)"), ("(-\\infty,3]", "x<3"), ("(2,5)", "2 \\le x \\le 5"), ("(-\\infty,1)\\cup(2,\\infty)", "(-\\infty,1)"),
            ("(-\\infty,1)\\cup(2,\\infty)", "(-\\infty,1]\\cup[2,\\infty)"), ("\\{-2,2\\}", "2"), ("1 \\pm \\sqrt{5}", "1+\\sqrt5"), ("x>3", "x<3"), ("x>3", "x \\ge 3"), ("\\emptyset", "0"),
            ("(1,2,3)", "(3,2,1)"), ("(3, \\frac{\\pi}{2})", "(\\frac{\\pi}{2}, 3)"), ("\\{1\\}", "\\{-1\\}")),
    *_same("base", ("101_2", "101_{2}"), ("101_2", "101"), ("2516_8", "2516_{8}"), ("A1_{16}", "\\text{A1}_{16}"), ("1212_5", "1212_{\\text{five}}"), ("-221_3", "-221_3")),
    *_other("base", ("101_2", "101_3"), ("2516_8", "2516_9"), ("101_2", "5_2"), ("1212_5", "1212_{7}"), ("101_2", "110_2"), ("-221_3", "221_3"), ("A1_{16}", "A1_{12}")),
    *_same("words", ("\\text{east}", "East"), ("\\text{Evelyn}", "\\text{Evelyn}"), ("Evelyn", "\\textbf{Evelyn}"), ("\\text{no solution}", "\\text{No solution}"), ("yes", "\\text{Yes.}"),
           ("\\text{odd}", "odd"), ("Tuesday", "\\text{Tuesday}"), ("\\text{the ellipse}", "\\text{ellipse}"), ("7", "seven"), ("12", "\\text{twelve}"), ("\\text{infinitely many}", "infinitely many")),
    *_other("words", ("east", "seat"), ("\\text{east}", "\\text{west}"), ("\\text{listen}", "\\text{silent}"), ("yes", "no"), ("\\text{odd}", "\\text{even}"), ("Evelyn", "Evelyn and Briana"),
            ("\\text{parabola}", "\\text{hyperbola}"), ("stop", "pots"), ("dog", "god"), ("7", "seventeen"), ("Tuesday", "Thursday"), ("true", "\\text{untrue}"), ("abc", "acb")),
    *_same("choice", ("B", "(B)"), ("B", "\\text{B}"), ("\\text{(B)}", "B"), ("B", "\\textbf{(B)}\\ 12"), ("C", "C."), ("D", "D) 42"), ("\\text{(E)}", "\\textbf{(E)}")),
    *_other("choice", ("B", "C"), ("B", "(D)"), ("\\text{(B)}", "(A)"), ("C", "\\textbf{(E)}\\ 12"), ("A", "B) A"), ("D", "B) D")),
    *_same("symbolic", ("2\\pi", "2 \\pi"), ("2\\pi", "2π"), ("\\sqrt{8}", "2\\sqrt{2}"), ("\\frac{1}{\\sqrt{3}}", "\\frac{\\sqrt{3}}{3}"), ("(x+1)^2", "x^2+2x+1"), ("x^2-1", "(x-1)(x+1)"),
           ("3+4i", "4i+3"), ("\\frac{\\pi}{2}", "0.5\\pi"), ("\\log_2 8", "3"), ("e^{2x}", "(e^x)^2"), ("\\sin^2 x", "1-\\cos^2 x"), ("2^{10}", "1024"), ("y=2x+3", "y=3+2x"), ("x=5", "5"),
           ("5", "x=5"), ("f(x)=x^2", "x^2"), ("y=2x+3", "2x-y+3=0"), ("\\frac{x}{2}", "0.5x"), ("a^2b", "ba^2"), ("\\sqrt[3]{2}", "2^{1/3}"), ("√2", "\\sqrt{2}"), ("x^{-1}", "\\frac{1}{x}"),
           ("\\binom{5}{2}", "10"), ("5!", "120"), ("-x+1", "1-x"), ("\\ln 2", "\\ln(2)"), ("|x|", "\\left|x\\right|"), ("\\frac{3\\sqrt{2}}{2}", "\\frac{3}{\\sqrt{2}}"), ("x²+1", "x^2+1"),
           ("\\tan^{-1}(1)", "\\frac{\\pi}{4}"), ("\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}"), ("\\frac{1}{1+\\frac{1}{2}}", "\\frac23")),
    *_other("symbolic", ("2\\pi", "2"), ("2\\pi", "\\pi^2"), ("\\sqrt{8}", "\\sqrt{2}"), ("(x+1)^2", "x^2+1"), ("x^2-1", "x^2+1"), ("3+4i", "3-4i"), ("\\frac{\\pi}{2}", "\\frac{2}{\\pi}"), ("e^{2x}", "e^{x^2}"),
            ("y=2x+3", "y=2x-3"), ("x=1", "y=1"), ("\\sqrt{x^2}", "x"), ("\\frac{x}{2}", "\\frac{2}{x}"), ("a^2b", "ab^2"), ("-x+1", "x-1"), ("\\ln 2", "\\log_{10} 2"), ("x^2", "X^2"),
            ("\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1&3\\\\2&4\\end{pmatrix}"), ("x_1", "x_2"), ("\\sqrt[3]{2}", "\\sqrt{2}"), ("5x", "5"), ("\\pi", "\\frac{22}{7}"),
            ("\\sin x", "\\cos x"), ("n!", "n"), ("2^{n}", "n^{2}"), ("\\frac{a+b}{c}", "a+\\frac{b}{c}")),
    *_other("restated, not evaluated", ("\\frac12", "\\int_0^1 x\\,dx"), ("1024", "2^{10}"), ("5", "2x+z=5"), ("120", "5!"), ("10", "\\binom{5}{2}"), ("55", "\\sum_{k=1}^{10} k"), ("2", "\\lim_{x\\to 2} x"),
            ("3", "\\log_2 8"), ("1", "\\sin^2 x+\\cos^2 x"), ("6", "\\gcd(12,18)"), ("7", "3+4"), ("12", "3\\times 4"), ("0", "x-x"), ("0", "a+b=0"), ("8", "2^3"), ("5", "|{-5}|"), ("9", "x+y=9")),
    *_same("long but plain", ("5", "(" * 100 + "5" + ")" * 100), ("3", "{" * 30 + "3" + "}" * 30), ("x", "(((x)))"), ("12", "\\left(\\left(12\\right)\\right)")),
    Case("think part", "42", "<think>I try \\boxed{41}.</think> The answer is \\boxed{42}.", True),
    Case("think part", "42", "<think>\\boxed{42}</think> The answer is 7.", False),
    Case("think part", "42", "<think>Let me see, 6 times 7 is \\boxed{42}", False),
    Case("think part", "42", "<think>First, 42 is", False),
    Case("think part", "7", "<think>I get \\boxed{9}, no.</think>\n\nThe final answer is $7$.", True),
    Case("think part", "7", "<think>It must be 7.</think>\n\nI do not know.", False),
    Case("think part", "7", "[THINK]\\boxed{7}[/THINK]\\boxed{8}", False),
    Case("think part", "8", "[THINK]\\boxed{7}[/THINK]\\boxed{8}", True),
    Case("think part", "3", "<think>a</think><think>\\boxed{3}", False),
    Case("think part", "x+1", "<think>\\boxed{x+1}</think>\\boxed{x-1}", False),
    Case("several boxes", "4", "\\boxed{3} is wrong, so \\boxed{4}.", True),
    Case("several boxes", "3", "\\boxed{3} is wrong, so \\boxed{4}.", False),
    Case("several boxes", "3", "It is \\boxed{3} or \\boxed{4}.", False),
    Case("several boxes", "1,2", "x = \\boxed{1} or x = \\boxed{2}", True),
    Case("several boxes", "5", "First \\boxed{5}.\n\nBut checking again gives \\boxed{6}.", False),
    Case("several boxes", "6", "First \\boxed{5}.\n\nBut checking again gives \\boxed{6}.", True),
    Case("several boxes", "2", "\\boxed{1}, \\boxed{2}, \\boxed{3}", False),
    Case("convention", "18", "She makes 9 * 2 = 18 dollars.\n#### 18", True),
    Case("convention", "18", "She makes 18 dollars.\n#### 17", False),
    Case("convention", "1,080", "Sum it up.\n#### 1080", True),
    Case("convention", "18", '{"reasoning": "16 - 7 = 9, so \\boxed{9}", "answer": "18"}', True),
    Case("convention", "9", '{"reasoning": "16 - 7 = 9, so \\boxed{9}", "answer": "18"}', False),
    Case("convention", "18", '```json\n{"reasoning": "r", "answer": 18}\n```', True),
    Case("convention", "18", "<answer>18</answer>", True),
    Case("convention", "18", "18 or so. <answer>17</answer>", False),
    Case("convention", "\\frac{1}{2}", "<answer>\\boxed{\\frac{1}{2}}</answer>", True),
    Case("convention", "18", "The answer is 18.", True),
    Case("convention", "18", "**Final answer: 18**", True),
    Case("convention", "18", "The final answer is $18$. I hope it is correct.", True),
    Case("convention", "18", "The answer is 18 because 9 * 2 = 18, as 16 - 7 = 9.", True),
    Case("convention", "9", "The answer is 18 because 9 * 2 = 18, as 16 - 7 = 9.", False),
    Case("convention", "240", '{"reasoning": "r", "answer": "They paid $240 in total."}', True),
    Case("convention", "100", '{"reasoning": "r", "answer": "The blue car costs $100 and the red one $60."}', False),
    Case("convention", "221", '{"answer": "(43 * $3) + (23 * $4) = $129 + $92 = $221"}', True),
    Case("convention", "129", '{"answer": "(43 * $3) + (23 * $4) = $129 + $92 = $221"}', False),
    Case("convention", "5", '{"reasoning": "so it is 5", "answer": ""}', False),
    *_same("grouped digits", ("2500", "2 500"), ("1250000", "1 250 000"), ("7214.50", "\\$7,\\!214.50"), ("40860", "40,\\! 860"), ("23456789", "23,\\!456,\\!789"), ("14916", "14{, }916")),
    *_other("grouped digits", ("2500", "2 50"), ("2500", "25 00"), ("2", "2 500"), ("7214.50", "\\$7,\\!214"), ("40860", "40,\\! 680"), ("(1,234)", "1{,}234")),
    *_same("named value", ("(4,9)", "(p,q)=(4,9)"), ("(p, q) = (4, 9)", "(4,9)"), ("\\frac{1}{\\sqrt{3}}", "\\frac{AO}{BO}=\\frac{1}{\\sqrt{3}}"), ("2:3", "2:3"),
           ("(1,6),(6,1)", "(x, y) = (1, 6) \\text{ and } (6, 1)"), ("13", "x\\approx 13"), ("\\sqrt{3}", "\\sqrt{3} \\approx 1.73")),
    *_other("named value", ("(p,q)=(4,9)", "(q,p)=(9,4)"), ("(4,9)", "(p,q)=(9,4)"), ("\\frac{AO}{BO}=\\frac{1}{3}", "\\frac{BO}{AO}=3"), ("x^2+y^2=4", "4"),
            ("13", "x\\approx 13.4"), ("1.73", "\\sqrt{3} \\approx 1.73")),
    *_same("ordinal", ("6", "6th"), ("3", "3rd place"), ("21st", "21")),
    *_other("ordinal", ("6", "7th"), ("6", "16th"), ("\\frac{1}{6}", "6th")),
    *_same("escaped twice", ("[-2,7]", "-2 \\\\le x \\\\le 7"), ("\\frac{1}{2}", "\\\\frac{1}{2}"), ("\\begin{pmatrix}1\\\\x\\end{pmatrix}", "\\begin{pmatrix}1\\\\x\\end{pmatrix}")),
    *_other("escaped twice", ("[-2,7]", "-2 \\\\lt x \\\\le 7"), ("\\frac{1}{2}", "\\\\frac{2}{1}")),
    *_same("number words", ("55", "fifty-five"), ("125", "one hundred and twenty-five"), ("5000000", "five million"), ("5{,}000{,}000", "\\$5 \\text{ million}"), ("2500", "2.5 thousand dollars"),
           ("5 \\text{ million}", "5000000"), ("200", "2 hundred"), ("1200003", "one million two hundred thousand three")),
    *_other("number words", ("5", "\\$5 \\text{ million}"), ("5", "five million"), ("5", "5 hundred"), ("5", "fifty-five"), ("55", "fifty-six"), ("0", "hundred hundred"), ("7", "five two"), ("5 \\text{ million}", "5 \\text{ billion}")),
    Case("formula in a sentence", "x < 3", "We find that $x \\lt 3$.", True),
    Case("formula in a sentence", "x < 3", "We find that $x \\le 3$.", False),
    Case("formula in a sentence", "x \\geq 5", "Therefore $x \\ge 5$ is the solution.", True),
    Case("formula in a sentence", "2\\sqrt{3}", "<answer>The side has length $2\\sqrt{3}$.</answer>", True),
    Case("formula in a sentence", "3", "<answer>The side has length $2\\sqrt{3}$.</answer>", False),
    Case("formula in a sentence", "k", "<answer>There are 3 values of $k$.</answer>", False),
    Case("formula in a sentence", "9", "Answer $9$", True),
    Case("formula in a sentence", "9", "Answer \\( 19 \\)", False),
    Case("json", "5", '{"reasoning": "so 5", answer": "5"}', True),
    Case("json", "6", '{"reasoning": "so 5", answer": "5"}', False),
    Case("json", "5", '{"reasoning": "r", "answer": "5"}\n\n```json\n{"reasoning": "___", "answer": "___"}\n```', True),
    Case("json", "42", '{"reasoning": "r", "answer": "5"}\nAs in the form of, e.g., `"answer": "42"`.\n{"reasoning": "___", "answer": "___"}', False),
    Case("json", "5", '{"reasoning": "r", "answer": "5"}\nAs in the form of, e.g., `"answer": "42"`.\n{"reasoning": "___", "answer": "___"}', True),
    Case("json", "5", '{"reasoning": "r", "answer": "5"}\nOn a second look:\n{"reasoning": "r", "answer": "6"}', False),
    Case("json", "294", '{"reasoning": "r", "answer": "21 * 14 = $294"}\nThe final answer is `"answer": "294"`', True),
    Case("working in sentences", "54", "<answer>He goes 8 × 18 = 144 miles. The rest is 144 - 90 = 54 miles. Therefore, he is 54 miles away.</answer>", True),
    Case("working in sentences", "144", "<answer>He goes 8 × 18 = 144 miles. The rest is 144 - 90 = 54 miles. Therefore, he is 54 miles away.</answer>", False),
    Case("working in sentences", "284", "<answer>Adding up, $144 + $140 = $284. So, 2 years cost him $284.</answer>", True),
    Case("working in sentences", "2", "<answer>Adding up, $144 + $140 = $284. So, 2 years cost him $284.</answer>", False),
    Case("working in sentences", "284", "<answer>Adding up, $144 + $140 = $284. So he still needs $16.</answer>", False),
    Case("working in sentences", "2400", "<answer>200 tiles are needed = 200. 200 tiles x $12 per tile = $2400</answer>", True),
    Case("working in sentences", "200", "<answer>200 tiles are needed = 200. 200 tiles x $12 per tile = $2400</answer>", False),
    Case("working in sentences", "665", "<answer>214 + 432 + 86 = 732 shells in total. 732 - 67 cracked shells = 665 good shells.</answer>", True),
    Case("working in sentences", "732", "<answer>214 + 432 + 86 = 732 shells in total. 732 - 67 cracked shells = 665 good shells.</answer>", False),
    Case("denied or measured by", "5", "<answer>The answer is not $5$.</answer>", False),
    Case("denied or measured by", "5", "<answer>The value of x cannot be 5.</answer>", False),
    Case("denied or measured by", "5", "<answer>It isn't equal to 5.</answer>", False),
    Case("denied or measured by", "5", "<answer>There is no solution other than $5$.</answer>", False),
    Case("denied or measured by", "5", "<answer>Anything but 5 works here.</answer>", False),
    Case("denied or measured by", "5", "<answer>5 is incorrect for this problem.</answer>", False),
    Case("denied or measured by", "3", "<answer>17/4 is incorrect; however, the final answer is 3.</answer>", True),
    Case("denied or measured by", "17/4", "<answer>17/4 is incorrect; however, the final answer is 3.</answer>", False),
    Case("denied or measured by", "5", "<answer>It is about half of 5.</answer>", False),
    Case("denied or measured by", "5", "<answer>More than 5 people came.</answer>", False),
    Case("denied or measured by", "5", "<answer>Fewer than $5$ people came.</answer>", False),
    Case("denied or measured by", "10", "<answer>She has twice 10 apples.</answer>", False),
    Case("denied or measured by", "5", "<answer>She does not have enough, so she needs 5 more dollars.</answer>", True),
    Case("denied or measured by", "5", "<answer>He has 5 more apples than Bob.</answer>", True),
    Case("denied or measured by", "4", "<answer>He has 5 more apples than Bob.</answer>", False),
    Case("denied or measured by", "10", "<answer>That is double $10$ again.</answer>", False),
    Case("denied or measured by", "5", "\\boxed{\\neq 5}", False),
    Case("denied or measured by", "5", "\\boxed{\\ge 5}", False),
    Case("denied or measured by", "5", "\\boxed{<= 5}", False),
    Case("denied or measured by", "5", "\\boxed{x \\ne 5}", False),
    Case("label", "12", "\\boxed{\\text{Answer: } 12}", True),
    Case("label", "12", "\\boxed{\\text{answer: 12}}", True),
    Case("label", "12", "\\boxed{\\text{answer: 13}}", False),
    Case("label", "5", "\\boxed{\\text{approximately } 5}", True),
    Case("label", "5", "\\boxed{\\text{approximately } 5.3}", False),
    Case("label", "1/2", "<answer>The final answer is \\frac{1}{2}</answer>", True),
    Case("working in sentences", "250", "<answer>10 * 3 * $25 = $750 in all. Subtracting the $500 payment, he makes a profit of $250 per month.</answer>", True),
    Case("working in sentences", "750", "<answer>10 * 3 * $25 = $750 in all. Subtracting the $500 payment, he makes a profit of $250 per month.</answer>", False),
    Case("working in sentences", "500", "<answer>10 * 3 * $25 = $750 in all. Subtracting the $500 payment, he makes a profit of $250 per month.</answer>", False),
    Case("denied or measured by", "2", "<answer>Therefore, the only value that $m$ cannot have is $2$.</answer>", True),
    Case("denied or measured by", "2", "<answer>The only thing I know is that it is not 2.</answer>", False),
    Case("denied or measured by", "5", "<answer>It cannot be simplified without approximating the square root of 5.</answer>", False),
    Case("unit", "156", "\\boxed{156kgs}", True),
    Case("unit", "156 \\text{ g}", "\\boxed{156kgs}", False),
    Case("hedging", "5", "The answer is either 5 or 6.", False),
    Case("hedging", "5", "\\boxed{5 \\text{ or } 6}", False),
    Case("hedging", "5", "\\boxed{1, 2, 3, 4, 5}", False),
    Case("hedging", "5", "\\boxed{4 < x < 6}", False),
    Case("hedging", "5", "\\boxed{\\approx 5.2}", False),
    Case("hedging", "5", "\\boxed{}", False),
    Case("hedging", "5", "\\boxed{?}", False),
    Case("hedging", "5", "\\boxed{x}", False),
    Case("hedging", "5", "\\boxed{\\text{the same as the gold answer}}", False),
]  # fmt: skip


def all_cases() -> list[Case]:
    """The whole suite, without repetitions."""
    return list(dict.fromkeys([*_integers(), *_HAND]))
