"""Right and wrong answers to single entries of reasoning-gym tasks: what an honest writer varies, and what a hostile one tries."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    """An entry, answers that are right and answers that are wrong."""

    task: str
    gold: str | None
    metadata: dict[str, Any]
    question: str
    right: list[str]
    wrong: list[str]


SQUARES = {"0.5_0.5": ["box_blue"], "0.5_1.5": ["target_blue"], "0.5_2.5": [], "1.5_0.5": [], "1.5_1.5": [], "1.5_2.5": []}
LOCK = {
    "buttons": [
        {"name": "A", "type": "add", "value": 2, "active_state": "any"},
        {"name": "B", "type": "multiply", "value": 3, "active_state": "any"},
    ],
    "initial_value": 0, "initial_state": "red", "target_value": 6,
}  # fmt: skip
_NAMES = {
    "@A": '"Agent[0.5, 0.5]"',
    "@B": '"Agent[0.5, 1.5]"',
    "@hit": '"move(box_blue, target_blue)"',
    "@right": '"move(box_blue, square[0.5, 1.5])"',
}


def _boxes(plan: str) -> str:
    for short, name in _NAMES.items():
        plan = plan.replace(short, name)
    return plan


# fmt: off
CASES = [
    Case(
        "polynomial_equations", "-0.04, 0.0", {}, "q",
        ["-0.04, 0.0", "0, -0.04", "$-0.04, 0$", "−0.04, 0"],
        ["-0.04, 0.0, and also 12", "-0.04, 0.0, none of these is a root", "-0.04, 0.0, 0.0", "-0.04", "x=-0.04, 0.0",
         "not, -0.04, 0.0", "-0.04, 0.0,", "-0.04, 0.0, nan", "-0.04; 0.0", "-0.04 or 0.0", "-0.04, 0.0 (or 3)", ", -0.04, 0.0"],
    ),
    Case(
        "polynomial_equations", "", {}, "q",
        ["", '""', "none", "No real solutions"],
        ["no, 5", "5", "none, 5", "not empty", "no solutions but 5", "x"],
    ),
    Case(
        "cryptarithm", "A=1,B=2,C=4", {'words_letters': ['AB', 'B'], 'result_letters': 'AC', 'allow_leading_zero': False}, "q",
        ["A=1,B=2,C=4", "C=4, B=2, A=1", "A=1\nB=2\nC=4"],
        ["A=9,A=1,B=2,C=4", "A=1,B=2,C=4,C=5", "A=1,B=2,C=4,D=5", "A=1,B=2", "A=1,B=2,C=04", "A=1,B=2,C=4 or 5", "A=1,B=2,C=-4",
         "A=1,B=2,C=4,", "not A=1,B=2,C=4", "A!=1,B=2,C=4"],
    ),
    Case(
        "boxnet", None, {"initial_state": SQUARES}, "q",
        [_boxes(plan) for plan in (
            '[{@A: @right}, {@B: @hit}]', '```json\n[{@A: @right}, {@B: @hit}]\n```',
        )],
        [_boxes(plan) for plan in (
            '[{@A: @right}]', '[{@A: @hit}]', '[{@B: "move(target_blue, square[0.5, 0.5])"}, {@A: @hit}]',
            '[{@A: "move(box_blue, square[0.5, 2.5])"}]', '[{@A: @right}, {@B: @hit}, {@A: "move(box_red, target_red)"}]',
            '[{@A: @right, @B: @hit}]', '[{@A: @right, "Agent[9.5, 9.5]": "move(box_blue, square[0.5, 0.5])"}, {@B: @hit}]',
            '[{@A: "do not move(box_blue, square[0.5, 1.5])"}, {@B: @hit}]',
            '[{@A: "move(box_blue, square[0.5, 1.5]) not"}, {@B: @hit}]',
            '[{@A:@right,@A:"move(box_blue, square[1.5, 0.5])"},{@B: @hit}]', '[{@A: @right}, {@B: @hit}] not',
            '[{"X[0.5, 0.5]": @right}, {@B: @hit}]', '[{@A: [@right]}, {@B: @hit}]', '[[{@A: @right}, {@B: @hit}]]', '{}',
            '[{@B: @hit}]',
        )],
    ),
    Case(
        "advanced_geometry", "(7.000, 4.500)", {'task_type': 'orthocenter', 'ortho': ['7', '9/2']}, "q",
        ["(7, 4.5)", "(7.000, 4.500)", "$(7, 4.5)$", "7, 4.5"],
        ["(7, 4.5, 9)", "(7, 4.5) or (1, 2)", "(7, 4.5", "(-7, 4.5)", "(4.5, 7)", "(7, 4.502)", "(7, 4.5)(1,2)", "(7, 4.5), 9", "7",
         "(7; 4.5)", "(nan, 4.5)", "[7, 4.5]", "-(7, 4.5)", "2(7, 4.5)"],
    ),
    Case(
        "advanced_geometry", "16.91°", {'task_type': 'angle_measure', 'angle_ABC_degrees': 16.909271810540783}, "q",
        ["16.91°", "16.91", "16.909°", "$16.91^\\circ$", "16.91 degrees"],
        ["16.912°", "16.9°", "17°", "-16.91°", "16.91° or 3", "16.91 rad", "16.91%", "16.91°°", "16.91 minutes"],
    ),
    Case(
        "codeio", '{"a": 1, "b": [true, 2.0]}', {}, "q",
        ['{"b": [true, 2.0], "a": 1}', '{"a": 1, "b": [true, 2]}'],
        ['{"a": 5, "a": 1, "b": [true, 2.0]}', '{"a": true, "b": [true, 2.0]}', '{"a": 1, "b": [1, 2.0]}',
         '{"a": 1, "b": [true, 2.0], "c": 0}', 'not {"a": 1, "b": [true, 2.0]}', '{"a": 1, "b": [true, 2.0]} {"a": 2}',
         '{"a": "1", "b": [true, 2.0]}', '{"a": 1.0000000000000000001, "b": [true, 2.0]}', '[{"a": 1, "b": [true, 2.0]}]'],
    ),
    Case(
        "time_intervals", "67 days, 01:04:00", {'task_type': 'datetime'}, "q",
        ["67 days, 01:04:00", "67 days, 01:04", "67 days, 1:04:00"],
        ["67 days, 01:04:00 or more", "66 days, 25:04:00", "67 days, 00:64:00", "67 days, 01:03:60", "-67 days, 01:04:00",
         "67 days, -01:04:00", "67 days, 01:04:00, 3", "not 67 days, 01:04:00", "67 nights, 01:04:00", "67 days, 01:04:00 ago",
         "67 days, 01:04:0x"],
    ),
    Case(
        "time_intervals", "01:04:00.500", {'task_type': 'time_ms'}, "q",
        ["01:04:00.500", "1:04:00.500"],
        ["01:04:00.5001", "01:04:00.05", "01:04:00", "01:04:00.500.1", "01:03:60.500", "01:04:00.0500"],
    ),
    Case(
        "propositional_logic", None, {'variables': ['P', 'Q', 'R'], 'premises': ['(P → Q)', 'P', '(Q ∨ R)'], 'example_answer': None}, "q",
        ["Q ∧ P", "P ∧ Q", "$P ∧ Q$", "(P ∧ Q)", "P∧Q"],
        ["P ∧ Q ∧ x", "P ∧ Q ∨ s", "P ∧ Q or not", "not (P ∧ Q)", "P ∧ Q, R", "P ∧ S", "P Q", "P ∧ (Q", "~P", "P ∧ Q ∧ ¬", "Q → R → P",
         "R", "P ∧ Q\nR", "∴ ", "P ∨ R", "R ∨ P", "Q → P", "¬P → R", "(P ∧ P) ∨ R", "(Q ∨ R) ∨ P", "P ∨ (P ∧ (P → Q))", "¬¬P", "P ∧ p", "P ∧ Q5", "P ∧ ¬Q"],
    ),
    Case(
        "propositional_logic", None, {'variables': ['P', 'Q', 'R'], 'premises': ['P', 'R'], 'example_answer': '(P ∨ Q)'}, "q",
        ["P ∨ Q", "Q ∨ P", "(¬P → Q)"],
        ["P ∨ R", "R ∨ Q", "P", "R", "P ∧ R", "Q"],
    ),
    Case(
        "bitwise_arithmetic", "-0xa0a039", {'problem': '0x0 - 0xa0a039'}, "q",
        ["-0xa0a039", "-0xA0A039", "**-0xa0a039**"],
        ["-10526777", "-0x0a0a039", "0xa0a039", "-a0a039", "-0b101000001010000000111001", "-0xa0a03", "-0xa0_a039", "0x-a0a039"],
    ),
    Case(
        "puzzle24", "8*(5*1 - 2)", {'numbers': [8, 5, 1, 2]}, "q",
        ["8*(5*1 - 2)", "**8*(5*1 - 2)**", "**(5*1 - 2)*8**"],
        ["**8*(5*1 - 2)", "**8*(5*1 - 2)** or **3**", "****8*(5*1 - 2)", "**8*(5*1 - 2)*1**", "8**(5*1 - 2)"],
    ),
    Case(
        "letter_jumble", "Most people", {}, "q",
        ["Most people", "Most  people", "**Most people**"],
        ["most people", "MOST PEOPLE", "Most People", "people Most", "Most"],
    ),
    Case(
        "decimal_arithmetic", "2.98141124210", {},
        "Please solve this problem to a maximum of 12 significant digits, rounding up from the half. Only reply with the final value.\n"
        "((5.875+4.081+(1.855*4.040))/(9.404-3.551)) = ?",
        ["2.98141124210", "2.9814112421"],
        ["2.981", "2.98141124", "2.98241", "-2.98141124210", "2.98141124210 ± 1", "2.9814112422", "3",
         "((5.875+4.081+(1.855*4.040))/(9.404-3.551))"],
    ),
    Case(
        "pool_matrix", "3.0 5.22\n4.67 3.67", {'solution': [[3.0, 5.222222222222222], [4.666666666666667, 3.6666666666666665]]}, "q",
        ["3.0 5.22\n4.67 3.67", "3.00 5.22\n4.67 3.67", "3 5.22\n4.67 3.67", "3.0 5.2222\n4.6667 3.6667"],
        ["3.0 5.25\n4.67 3.67", "3.0 5.2\n4.7 3.7", "3.0 5.22\n4.67 3.67 # not", "3.0 5.22 4.67 3.67", "# x\n3.0 5.22\n4.67 3.67",
         "3.0 5.22\n4.67 3.67\n1 1", "-3.0 5.22\n4.67 3.67", "nan 5.22\n4.67 3.67", "3.02 5.22\n4.67 3.67"],
    ),
    Case(
        "coin_flip", "0.003173828125", {'rational': {'numerator': 13, 'denominator': 4096}}, "q",
        ["0.003173828125", "13/4096", "26/8192", "0.00317", "0.003174", "3.17e-3", "$\\frac{13}{4096}$"],
        ["0.0032", "0.003", "0.0031", "0.00318", "0.0032738", "0", "1/4096", "13/4096 or so", "0.317%", "-13/4096", "13/-4096",
         "13/4096/1", "0.00316", "1-13/4096"],
    ),
    Case(
        "graph_color", None, {'puzzle': {'vertices': [0, 1], 'edges': [[0, 1]], 'color_options': [1, 2]}}, "q",
        ['{"0": 1, "1": 2}'],
        ['{"0": 1, "1": 1}', '{"0": 1, "1": 2, "2": 1}', '{"0": 1}', '{"0": 2, "0": 1, "1": 2}', '{"0": true, "1": 2}',
         '{"0": 1.0, "1": 2}', '{"0": 1, "1": 3}', '{"00": 1, "1": 2}', "[1, 2]", '{"0": "1", "1": "2"}', '{"0": 1, "1": 2} no'],
    ),
    Case(
        "knights_knaves", "Al is a knight, and Bo is a knave.", {}, "q",
        ["Al is a knight, and Bo is a knave", "Bo is a knave and Al is a knight.", "Al is a knight; Bo is a knave"],
        ["Al is a knight, and Bo is a knave, and Al is a knave", "Al is not a knight, and Bo is a knave", "Al is a knight",
         "Al is a knave, and Bo is a knight", "either Al is a knight, and Bo is a knave",
         "Al is a knight, and Bo is a knave or knight", "Al is a knight, Bo is a knave, Cy is a knave",
         "If Al is a knight, and Bo is a knave", "Al is a knight, and Bo is a knave is false", "Al is the knight, and Bo is a knave"],
    ),
    Case(
        "prime_factorization", "3 × 3 × 71", {}, "q",
        ["3 × 3 × 71", "71 × 3 × 3", "$3 \\times 3 \\times 71$", "3×3×71"],
        ["3 × 71", "9 × 71", "3 × 3 × 71 × 1", "3 × 3 × 71 × ", "-3 × -3 × 71", "3 × 3 × 71 = 639", "3 * 3 * 71 ... not",
         "× 3 × 3 × 71", "3^2 × 71 × 2"],
    ),
    Case(
        "number_format", "741787256.323", {'solution': 741787256.323}, "q",
        ["741787256.323", "741,787,256.323", "7.41787256323e8"],
        ["741787256.33", "741787256.3231", "741787256.3230001", "741787256", "741.787.256,323", "741787256.323 or 3", "-741787256.323"],
    ),
    Case(
        "quantum_lock", "A → B", LOCK, "q",
        ["A → B", "A -> B", "A, B", "A B", "$A \\rightarrow B$"],
        ["A → B → C", "do A then B", "A → B not", "A → not → B", "Absolutely Bad", "B → A", "A → B → A", "A →", "AB", "a cab"],
    ),
    Case(
        "jugs", "x", {'puzzle': {'jug_capacities': [3, 5], 'target': 4}}, "q",
        ['["fill B", "pour B->A", "empty A", "pour B->A", "fill B", "pour B->A"]'],
        ['["fill B", "pour B->A", "empty A", "pour B->A", "fill B", "pour B->A", "empty B"]', '["fill B now"]',
         '["fill B", "pour B->B"]', '["fill C"]', '[["fill B"]]', '["fill B"] not', '{"a": 1}'],
    ),
    Case(
        "tower_of_hanoi", "Move disk 1 from Peg 1 to Peg 3", {'num_disks': 1, 'num_pegs': 3, 'start_peg': 1, 'target_peg': 3, 'solution_length': 1}, "q",
        ["Move disk 1 from Peg 1 to Peg 3", "1. Move disk 1 from Peg 1 to Peg 3"],
        ["Do not Move disk 1 from Peg 1 to Peg 3", "Move disk 1 from Peg 1 to Peg 33", "Never\nMove disk 1 from Peg 1 to Peg 3",
         "Move disk 1 from Peg 1 to Peg 3 twice", "Move disk 1 from Peg 1 to Peg 3 or Peg 2", "Move disk 1 from Peg 1 to Peg 2",
         "Move disk 2 from Peg 1 to Peg 3"],
    ),
    Case(
        "game_of_life", "[[0,1],[1,0]]", {}, "q",
        ["[[0,1],[1,0]]", "[[0, 1],\n [1, 0]]"],
        ["[[false,true],[true,false]]", "[[0,1],[1,0]][0]", "[[0,1],[1,0],[0,0]]", "[[0,1]]", "0 1\n1 0", "[[0,1],[1,0]] not"],
    ),
    Case(
        "palindrome_partitioning", '[["a","a"],["aa"]]', {'solution': [['a', 'a'], ['aa']]}, "q",
        ['[["aa"],["a","a"]]'],
        ['[["aa"],["a","a"],["aa"]]', '[["aa"]]', '[["aa"],["a","a"],["aaa"]]', '["aa","a"]', '[["aa"],["a","a"]] not',
         '[["aa"],["a", "a", "b"]]'],
    ),
    Case(
        "complex_arithmetic", "-5.0 + 20.0i", {'result': [-5, 20]}, "q",
        ["-5.0 + 20.0i", "-5+20i", "(-5 + 20i)", "−5 + 20i", "-5.00 + 20.0j"],
        ["-5.0 - 20.0i", "5 + 20i", "-5.0 + 20.0i + 1", "-5 + 20", "20i", "nan+20i", "-5.0 + 20.0i or 3", "-(5 + 20i)", "-5 + 20i i",
         "|−5 + 20i|"],
    ),
    Case(
        "power_function", "897303639322.6414", {}, "q",
        ["8.97e+11", "897303639322.6414", "897000000000", "8.973e11"],
        ["8.98e+11", "9e11", "8.9e11", "-8.97e+11", "8.97e+12", "8.97 × 10^11 or so", "8.97", "8.9749e11", "8.97e+11 m"],
    ),
    Case(
        "simple_integration", "x**2 + C", {'integrand': '2*x', 'variable': 'x'}, "q",
        ["x**2 + C", "x**2", "x**2 + K", "**x**2 + C**", "**x**2 + C**."],
        ["**x**2 + C", "**x**2** or **3**", "**x**2** + **x**", "x**2 + wrong", "x**2 - maybe", "not x**2", "x**2 or x", "x**2 + y", "x^2",
         "-x**2", "x**2 + not_this"],
    ),
    Case(
        "word_ladder", "COLD,CORD,CARD", {'start_word': 'COLD', 'end_word': 'CARD'}, "q",
        ["COLD,CORD,CARD", "cold, cord, card"],
        ["COLD,CARD", "COLD,CORD,COLD,CORD,CARD", "COLD,CORD,CARD,cord,CARD", "COLD,CORD,CARD,not",
         "not COLD,CORD,CARD", "COLD,CORD,CARD.CORD", "CARD,CORD,COLD", "COLD,CORD,WARD"],
    ),
    Case(
        "sokoban", "R", {'gamestr': '+ + + + +\n+ * @ X +\n+ + + + +\n'}, "q",
        ["R", "**R**"],
        ["L", "RL not", "r", "right", "RX", "not R", "R?", "LLLL", "RRRRN"],
    ),
    Case(
        "shortest_path", "right", {'matrix': [['*', '#'], ['X', 'O']]}, "q",
        ["right"],
        ["right right left", "not right", "left", "down right up", "right or left", "go right", "RIGHT ... no"],
    ),
    Case(
        "rectangle_count", "3", {}, "q",
        ["3", "**3**", "3."],
        ["3 or 4", "-3", "3 rectangles or 4", "three", "3.0001", "2"],
    ),
    Case(
        "calendar_arithmetic", "Monday", {'task': 'weekday_of_date'}, "q",
        ["Monday", "**Monday**"],
        ["not Monday", "Monday or Tuesday", "Tuesday", "Day after Monday", "Monday?"],
    ),
    Case(
        "spiral_matrix", "1 2 3", {}, "q",
        ["1 2 3"],
        ["1 2 3 4", "1 2", "3 2 1", "-1 2 3", "not 1 2 3", "1, 2, 3", "[1 2 3]0"],
    ),
    Case(
        "word_sorting", "a, b, c", {'sorted_words': ['a', 'b', 'c']}, "q",
        ["a, b, c", "a,b,c"],
        ["a, b, c, d", "a, b", "not a, b, c", "a, c, b", "a, b, c or c, b, a", "a b c"],
    ),
    Case(
        "number_sorting", "['1.0', '2.0']", {'direction': 'ascending'}, "q",
        ["['1.0', '2.0']", "[1, 2]"],
        ["['1.0', '2.0'] reversed", "not ['1.0', '2.0']", "['1.0', '2.0', '3']", "['2.0','1.0']", "[1.4, 2.4]"],
    ),
]
# fmt: on
