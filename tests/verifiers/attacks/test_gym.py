"""Wall: no text of a model or of a data file becomes code in a reasoning-gym worker, and the question is no answer."""

import json
import math
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import reasoning_gym
from reasoning_gym.factory import DATASETS
from tests.verifiers.attacks import gym_source

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace, Verdict, answer_trace
from stillhouse.verifiers.base import Judgement
from stillhouse.verifiers.gym.readings import READINGS
from stillhouse.verifiers.gym.tasks import OWN, REFUSED
from stillhouse.verifiers.gym.verifier import ReasoningGym
from stillhouse.verifiers.pool.pool import Pool
from stillhouse.verifiers.text.structure import RULES

Entry = dict[str, Any]
# Their entries need minutes to draw, or data that is not in the wheel.
SLOW = {"arc_agi", "rearc", "codeio", "composite", "rubiks_cube", "rush_hour"}
DRAWN = sorted(set(DATASETS) - SLOW)
# Those whose own scorers were found to take nonsense.
CREDULOUS = {
    "calendar_arithmetic", "coin_flip", "complex_arithmetic", "figlet_font", "fraction_simplification", "game_of_life", "game_of_life_halting",
    "gsm_symbolic", "knights_knaves", "letter_jumble", "polynomial_equations", "propositional_logic", "spell_backward", "time_intervals",
}  # fmt: skip
CODE = "__import__('os').system('touch {mark}')"
RUN = [
    CODE, f"[{CODE}]", f"({CODE},)", f"[[{CODE}]]", f"{CODE} or 24", f"Integral({CODE})", f"lambda: {CODE}", f"exec({CODE!r})",
    "[__import__('sys').modules['stillhouse.verifiers.gym.verifier'].__dict__.update(_clipped=lambda s: 1.0)]",
    "[__import__('os').write(1,b'x'), __import__('os').write(3,b'x'), __import__('os').write(4,b'x')]",
    "().__class__.__base__.__subclasses__()", "{0.__class__}", "f'{" + CODE + "}'", "x.__class__", "sin.__globals__",
]  # fmt: skip


@cache
def entries(task: str, count: int = 4, seed: int = 11) -> list[Entry]:
    drawn = reasoning_gym.create_dataset(task, size=count, seed=seed)
    return [json.loads(json.dumps(drawn[i], default=str)) for i in range(count)]


def problem(task: str, entry: Entry) -> Problem:
    return Problem(
        "p", str(entry.get("question")), str(entry.get("answer")), "reasoning_gym", payload=json.dumps({"task": task, "entry": entry})
    )


def trace(answer: str) -> Trace:
    return answer_trace("t", "p", f"<answer>{answer}</answer>")


@pytest.fixture(scope="module")
def gym() -> ReasoningGym:
    made = ReasoningGym(Verify())
    made.warm_up()
    return made


@pytest.fixture(scope="module")
def judged() -> Iterator[Any]:
    with Pool(1, Verify(cpu_seconds=5)) as pool:

        def judge(pairs: list[tuple[str, Entry, str]]) -> list[Verdict]:
            return list(pool.judge((problem(task, entry), trace(answer)) for task, entry, answer in pairs))

        yield judge


def test_every_task_whose_scorer_can_reach_code_is_scored_by_our_own_reading() -> None:
    assert set(gym_source.tasks()) >= set(DATASETS)
    assert {task for task in DATASETS if gym_source.sinks(task)} == (set(OWN) | REFUSED) & set(DATASETS)


def test_every_task_has_a_reading_or_is_refused() -> None:
    assert set(READINGS) == set(DATASETS) - REFUSED


def test_the_reading_of_the_source_finds_what_runs_text() -> None:
    assert gym_source.sinks("spiral_matrix") == {"eval"}
    assert gym_source.sinks("countdown") == {"sympy"}
    assert gym_source.sinks("bitwise_arithmetic") == {"eval"}, "reached through a function of the module"
    assert not gym_source.sinks("chain_sum")


@pytest.mark.parametrize("task", sorted(OWN))
def test_its_own_scorer_is_never_called(task: str, gym: ReasoningGym, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr(DATASETS[task][0], "score_answer", lambda self, answer, entry: called.append(answer) or 1.0)
    for entry in entries(task):
        for answer in (str(entry["answer"]), "nonsense", "", *RUN):
            gym.judge(problem(task, entry), trace(answer))
    assert not called


@pytest.mark.parametrize("task", sorted(OWN))
def test_right_answers_are_right_and_others_are_wrong(task: str, gym: ReasoningGym) -> None:
    golds = [(entry, str(entry["answer"])) for entry in entries(task, 12) if "Integral" not in str(entry["answer"])]
    assert len(golds) >= 9
    for entry, gold in golds:
        assert gym.judge(problem(task, entry), trace(gold)).outcome == "correct", gold
        other = f" + 3*{entry['metadata']['variable']}" if task.endswith("integration") else "1"
        assert gym.judge(problem(task, entry), trace(gold + other)).outcome == "wrong"


def test_an_answer_that_is_code_runs_nowhere_and_changes_no_other_verdict(judged: Any, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    pairs = [(task, entries(task)[0], text.replace("{mark}", str(mark))) for task in sorted(OWN) for text in RUN]
    pairs += [("spiral_matrix", entries("spiral_matrix")[1], "nonsense"), ("chain_sum", entries("chain_sum")[0], "nonsense")] * 50
    verdicts = judged(pairs)
    assert {v.outcome for v in verdicts} == {"wrong"}
    assert not mark.exists()


@pytest.mark.parametrize("key", ["answer", "problem", "integrand", "variable", "numbers", "valid_answers", "premises", "direction"])
def test_an_entry_that_is_code_runs_nowhere(key: str, judged: Any, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    code = CODE.replace("{mark}", str(mark))
    pairs = []
    for task in sorted({*OWN, *CREDULOUS}):
        entry = json.loads(json.dumps(entries(task)[0]))
        if key == "answer":
            entry["answer"] = code
        else:
            entry["metadata"][key] = code
        pairs += [(task, entry, answer) for answer in ("1", "x", "[1]")]
    verdicts = judged(pairs)
    assert not mark.exists()
    assert not [(task, v) for (task, _, _), v in zip(pairs, verdicts, strict=True) if v.outcome == "correct"]


def test_text_that_a_library_would_run_is_refused_in_the_worker() -> None:
    program = """
import sys
from stillhouse.verifiers.pool import worker
sys.addaudithook(worker._run_no_text)
for run in (lambda: eval("1"), lambda: exec("x = 1"), lambda: __import__("sympy").sympify("x")):
    try:
        run()
    except BaseException as error:
        assert "run as code" in str(error) or "run as code" in repr(error.__context__), error
    else:
        sys.exit("it ran")
import colorsys
"""
    import subprocess
    import sys

    assert subprocess.run([sys.executable, "-c", program], stdin=subprocess.DEVNULL).returncode == 0


def test_every_task_can_score_in_a_worker_that_runs_no_text(judged: Any) -> None:
    verdicts = judged([(task, entries(task, 2)[i], str(entries(task, 2)[i]["answer"])) for task in DRAWN for i in range(2)])
    assert not [v for v in verdicts if v.outcome == "error" or "RuntimeError" in v.reason]
    assert sum(v.outcome == "correct" for v in verdicts) > 0.9 * len(verdicts)


def test_every_rule_can_be_judged_in_a_worker_that_runs_no_text() -> None:
    """Libraries that build their classes from text have done so before the worker refuses it."""
    rules = [
        {"kind": "json_schema", "schema": {"type": "integer", "enum": [1], "$defs": {"a": {}}, "allOf": [{"$ref": "#/$defs/a"}]}},
        {"kind": "regex", "pattern": "1"}, {"kind": "length", "unit": "words", "max": 3}, {"kind": "keywords", "include": ["1"]},
        {"kind": "case", "value": "lower"}, {"kind": "starts_with", "text": "1"}, {"kind": "ends_with", "text": "1"}, {"kind": "no_commas"},
        {"kind": "language", "language": "xx"},
    ]  # fmt: skip
    made = [Problem("p", "q", "", "structure", payload=json.dumps({"rules": [rule]})) for rule in rules]
    said = answer_trace("t", "p", "1")
    with Pool(1, Verify()) as pool:
        verdicts = list(pool.judge((problem, said) for problem in made))
    assert [v.outcome for v in verdicts] == ["correct"] * 8 + ["wrong"], verdicts
    assert {rule["kind"] for rule in rules} == set(RULES)


NONSENSE = [
    "", " ", "0", "1", "-1", "True", "False", "None", "nan", "[nan]", "[NaN, NaN, NaN]", "inf", "-inf", "1e999", "[]", "{}", "[[]]", '""', "()",
    "null", "yes", "no", "Yes", "the answer", "I do not know", "___", "...", "0 0 0", "A", "a b c", "X", "Q", "*", "\\boxed{}", "\\phantom{1}",
    "0.0", "1/1", "100%", "∅", "?", "any", "all", "0,0", "1 2 3 4 5 6 7 8 9", "correct",
]  # fmt: skip


def restatements(entry: Entry) -> list[str]:
    """What can be copied from a question without thinking: the whole, its lines, its parts after a colon."""
    text = str(entry["question"])
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    after = [line.partition(":")[2].strip() for line in lines if ":" in line]
    return [text, *lines[-8:], *(part for part in after if part)]


@pytest.mark.parametrize(
    "task", sorted({*OWN, *CREDULOUS, "chain_sum", "products", "jugs", "graph_color", "boxnet", "knights_knaves"} - SLOW)
)
def test_neither_nonsense_nor_the_question_is_an_answer(task: str, gym: ReasoningGym) -> None:
    for entry in entries(task):
        gold = str(entry["answer"]).strip().casefold()
        for answer in [*NONSENSE, *restatements(entry)]:
            found = gym.judge(problem(task, entry), trace(answer))
            right = gold in {answer.strip().casefold(), answer.strip().casefold().removesuffix(".0"), f"{answer}.0"}
            assert right or found.outcome != "correct" or _said(task, entry, answer), (answer, entry["answer"])


def _said(task: str, entry: Entry, answer: str) -> bool:
    """Where a short answer is right after all: a number that is the gold's, and lists that were sorted before."""
    try:
        return math.isclose(float(answer), float(entry["answer"]))
    except (TypeError, ValueError):
        return task == "number_sorting" and answer == str(entry["metadata"]["sorted_numbers"]).replace("'", '"')


def integral(entry: Entry) -> list[str]:
    inside, x = entry["metadata"]["integrand"], entry["metadata"]["variable"]
    forms = "Integral({f}, {x}) integrate({f},{x}) integrate('{f}','{x}') Integral({f},({x},0,{x})) {x}*({f})-integrate({x},{f}) ({f})"
    return [form.format(f=inside, x=x) for form in forms.split()] + [f"Antiderivative({inside})", f"∫({inside})d{x}", f"Function('F')({x})"]


@pytest.mark.parametrize("task", ["simple_integration", "intermediate_integration"])
def test_an_integral_that_is_not_carried_out_is_no_answer(task: str, gym: ReasoningGym) -> None:
    for entry in entries(task, 12):
        for answer in integral(entry):
            if entry["metadata"]["problem_type"] if task.startswith("inter") else True:
                found = gym.judge(problem(task, entry), trace(answer))
                # exp is its own antiderivative, and that is no restatement.
                assert found.outcome == "wrong" or answer.strip("()").startswith("exp"), answer


def test_a_product_that_is_not_multiplied_out_is_no_answer(gym: ReasoningGym) -> None:
    checked = 0
    for entry in entries("polynomial_multiplication", 12):
        asked = entry["metadata"]["polynomial_expr"]
        for form in ("expand({})", "({})", "1*({})", "({})+0", "0+{}*1", "simplify({})", "Poly({})", "({})/1", "({})**1", "factor({})"):
            if "(" in asked:
                checked += 1
                assert gym.judge(problem("polynomial_multiplication", entry), trace(form.format(asked))).outcome == "wrong"
    assert checked


@pytest.mark.parametrize(
    "answer",
    ["6*4*1*1", "24", "24*1", "4!", "4!*1*1*1", "8*3+0*1", "2**3*3", "0x18", "12+12", "24.9", "(1+1+1+1)!", "int(24.5)", "24 if 1 else 1*2*3*4",
     "3*8 # 1 2", "96/4/1/1", "25-1", "6*4*1*1/1"],
)  # fmt: skip
def test_puzzle24_takes_the_numbers_of_the_question_alone(answer: str, gym: ReasoningGym) -> None:
    for entry in entries("puzzle24", 12):
        if sorted(entry["metadata"]["numbers"]) != [1, 1, 4, 6]:
            assert gym.judge(problem("puzzle24", entry), trace(answer)).outcome == "wrong"


def countdown(numbers: list[int], target: int) -> Entry:
    return {"question": "q", "answer": "", "metadata": {"numbers": numbers, "target": target}}


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("2*50+4", "correct"), ("4+50*2", "correct"), ("(2*(50))+4", "correct"), ("-2*-50+4", "correct"), ("104", "wrong"),
     ("2*50+4.0", "wrong"), ("2*5e1+4", "wrong"), ("2*50.+4", "wrong"),
     ("2*50+4*1", "wrong"), ("2*52", "wrong"), ("4**2+50+38", "wrong"), ("104+0*(2+4+50)", "wrong"), ("2*50+4=104", "wrong"),
     ("2.504", "wrong"),
     ("2*50+4 or __import__('os')", "wrong"), ("1/0+2*50+4", "wrong"), ("2^50^4", "wrong"), ("50//4%2", "wrong"), ("2*50+x", "wrong"),
     ("\uff12*50+4", "wrong"), ("2*5_0+4", "wrong"), ("((((((" * 50 + "2*50+4" + "))))))" * 50, "wrong"),
     ("+" * 5_000 + "2*50+4", "wrong")],
)  # fmt: skip
def test_countdown_is_exact_and_uses_each_number_once(answer: str, outcome: str, gym: ReasoningGym) -> None:
    assert gym.judge(problem("countdown", countdown([50, 2, 4], 104)), trace(answer)).outcome == outcome


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("x**2", "correct"), ("x**2 + C", "correct"), ("x*x + K", "correct"), ("x**2 + sin(x)**2 + cos(x)**2", "correct"),
     ("2*x**2/2 + log(3)", "correct"), ("x**2 + x", "wrong"), ("2x", "wrong"), ("x^2", "wrong"), ("x**x", "wrong"),
     ("diff(x**3/3*2, x)", "wrong"),
     ("9**9**9**9*x", "wrong"), ("exp(exp(exp(exp(x))))", "wrong"), ("x**2" + "+0" * 990, "correct"), ("x**2" + "+0" * 2_000, "wrong"),
     ("log(0)*x", "wrong"), ("1/0", "wrong"), ("x**2 + 1e-30*x", "wrong"), ("sin", "wrong"), ("sin()", "wrong"), ("log(x, 2)", "wrong")],
)  # fmt: skip
def test_an_antiderivative_is_checked_by_its_slope(answer: str, outcome: str, gym: ReasoningGym) -> None:
    entry = {"question": "q", "answer": "x**2", "metadata": {"integrand": "2*x", "variable": "x"}}
    assert gym.judge(problem("simple_integration", entry), trace(answer)).outcome == outcome


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("['1.0', '2.0', '3.0']", "correct"), ('["1", "2", "3"]', "correct"), ("[1, 2, 3]", "correct"), ("[3, 2, 1]", "wrong"),
     ("[2, 2, 2]", "wrong"), ("[1.5, 2.5, 3.5]", "wrong"), ("[true, 2, 3]", "wrong"), ("[1, 2]", "wrong"),
     ("[NaN, NaN, NaN]", "wrong"), ("['nan', 'nan', 'nan']", "wrong"), ("1, 2, 3", "wrong"), ("[1e999, 2, 3]", "wrong"),
     ("[[1], 2, 3]", "wrong"),
     ("[" * 10_000, "wrong"), ("[1" + "0" * 5_000 + ", 2, 3]", "wrong")],
)  # fmt: skip
def test_sorted_numbers_are_numbers(answer: str, outcome: str, gym: ReasoningGym) -> None:
    entry = {"question": "q", "answer": "['1.0', '2.0', '3.0']", "metadata": {"direction": "ascending"}}
    assert gym.judge(problem("number_sorting", entry), trace(answer)).outcome == outcome


LOGIC = {"question": "q", "answer": None, "metadata": {"variables": ["P", "Q", "R"], "premises": ["(P → Q)", "P", "(Q ∨ R)"]}}


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("(P ∧ Q)", "correct"), ("P ∧ Q", "correct"), ("Q ∧ (P → Q)", "correct"), ("Q ∧ P ∧ (R ∨ ¬R)", "correct"),
     ("¬P ∨ (Q ∨ R)", "wrong"), ("(P → Q) ∨ R", "wrong"), ("(P → Q) ∧ (R ∨ ¬R)", "wrong"),
     ("(P → Q) ↔ (R ∨ ¬R)", "wrong"), ("¬((P → Q) → (R ∧ ¬R))", "wrong"), ("P ∨ (P → Q)", "wrong"), ("Q ∨ (R ∨ P)", "wrong"),
     ("P → Q", "wrong"), ("((P → Q))", "wrong"), ("¬P ∨ Q", "wrong"),
     ("Q ∨ ¬P", "wrong"), ("¬¬(P → Q)", "wrong"), ("(P → Q) ∧ (P → Q)", "wrong"), ("(P → Q) ∧ P", "wrong"),
     ("P ∧ (Q ∨ R) ∧ (P → Q)", "wrong"),
     ("(R ∨ Q)", "wrong"), ("P ∨ ¬P", "wrong"), ("S", "wrong"), ("", "wrong"), ("P ∧", "wrong"), ("¬" * 3_000 + "P", "wrong")],
)  # fmt: skip
def test_a_premise_is_no_conclusion(answer: str, outcome: str, gym: ReasoningGym) -> None:
    assert gym.judge(problem("propositional_logic", LOGIC), trace(answer)).outcome == outcome


FRACTION = {"simplified_numerator": 1, "simplified_denominator": 3, "numerator": 5, "denominator": 15}
KNIGHTS = "Al is a knight, and Bo is a knave."


@pytest.mark.parametrize(
    ("task", "gold", "metadata", "answer", "outcome"),
    [("gsm_symbolic", "5", {}, "-5", "wrong"), ("gsm_symbolic", "5", {}, "5/2", "wrong"), ("gsm_symbolic", "5", {}, "5e10", "wrong"),
     ("gsm_symbolic", "1", {}, "1,200", "wrong"), ("gsm_symbolic", "5", {}, "5**2", "wrong"), ("gsm_symbolic", "5", {}, "5.5.5", "wrong"),
     ("gsm_symbolic", "5", {}, "5", "correct"), ("gsm_symbolic", "5", {}, "$5.00", "correct"),
     ("gsm_symbolic", "5", {}, "5 apples", "wrong"),
     ("polynomial_equations", "", {}, "hello", "wrong"), ("polynomial_equations", "", {}, "No real solutions", "correct"),
     ("calendar_arithmetic", "-3", {"task": "count_days"}, "40", "wrong"),
     ("calendar_arithmetic", "3", {"task": "count_days"}, "3", "correct"),
     ("figlet_font", "ABCDEFGHIJKL", {}, "ABCDEFGHIJXY", "wrong"), ("figlet_font", "ABCDEFGHIJKL", {}, "abcdefghijkl", "correct"),
     ("game_of_life", "[[0,1],[1,0]]", {}, "[[0,1,1],[1,0,1],[0,0,0]]", "wrong"),
     ("game_of_life", "[[0,1],[1,0]]", {}, "[[0,1],[1,0]]", "correct"),
     ("gsm_symbolic", "5", {}, "not 5", "wrong"), ("gsm_symbolic", "5", {}, "5 million", "wrong"),
     ("gsm_symbolic", "5", {}, "5 or 7", "wrong"), ("gsm_symbolic", "5", {}, "5\n7", "wrong"), ("gsm_symbolic", "5", {}, "5 1 2 3", "wrong"),
     ("gsm_symbolic", "5", {}, "5 (or 7)", "wrong"), ("gsm_symbolic", "5", {}, "5 to 7", "wrong"), ("gsm_symbolic", "5", {}, "5+1", "wrong"),
     ("gsm_symbolic", "5", {}, "-(5)", "wrong"), ("gsm_symbolic", "5", {}, "5 is wrong", "wrong"), ("gsm_symbolic", "5", {}, "(5)", "correct"),
     ("time_intervals", "67 days", {"task_type": "date"}, "67 or 68 days", "wrong"),
     ("time_intervals", "67 days", {"task_type": "date"}, "67 is wrong", "wrong"),
     ("time_intervals", "67 days", {"task_type": "date"}, "67 Days.", "correct"),
     ("gsm_symbolic", "5", {}, "less than 5", "wrong"), ("gsm_symbolic", "5", {}, "She has 5 apples in 2 bags", "wrong"),
     ("fraction_simplification", "x", FRACTION, r"$\frac{1}{3}$ or $\frac{2}{3}$", "wrong"),
     ("fraction_simplification", "x", FRACTION, r"$\frac{1}{3}$ million", "wrong"),
     ("fraction_simplification", "x", FRACTION, r"$\frac{1}{3}$ * 2", "wrong"),
     ("fraction_simplification", "x", FRACTION, r"$\frac{1}{3}$.", "correct"), ("fraction_simplification", "x", FRACTION, "1/3", "correct"),
     ("knights_knaves", KNIGHTS, {}, f"not {KNIGHTS}", "wrong"), ("knights_knaves", KNIGHTS, {}, f"{KNIGHTS} Bo is not so", "wrong"),
     ("knights_knaves", KNIGHTS, {}, "So Bo is a knave, Al is a knight", "correct"),
     ("letter_jumble", "two words", {}, "two words three words", "wrong"), ("letter_jumble", "Two words", {}, "Two  words", "correct"),
     ("letter_jumble", "Two words", {}, "two words", "wrong"),
     ("coin_flip", "3.051757812e-05", {}, "0", "wrong"), ("coin_flip", "3.051757812e-05", {}, "-3.05e-05", "wrong"),
     ("coin_flip", "3.051757812e-05", {}, "0.00003", "wrong"),
     ("coin_flip", "3.051757812e-05", {}, "0.0000305", "correct"), ("coin_flip", "0.3125", {}, "5/16", "correct"),
     ("quantum_lock", "A → B", {"buttons": []}, "not A → B", "wrong"), ("quantum_lock", "A → B", {"buttons": []}, "A → B", "correct"),
     ("complex_arithmetic", "1 + 2i", {"result": [1, 2]}, "nan", "wrong"), ("game_of_life_halting", "True", {}, "False", "wrong")],
)  # fmt: skip
def test_full_marks_that_the_rule_cannot_mean(
    task: str, gold: str, metadata: Entry, answer: str, outcome: str, gym: ReasoningGym
) -> None:  # fmt: skip
    entry = {"question": "q", "answer": gold, "metadata": metadata}
    assert gym.judge(problem(task, entry), trace(answer)).outcome == outcome


@pytest.mark.parametrize("payload", [
    {}, {"task": "chain_sum"}, {"task": ["a"], "entry": {}}, {"task": "../x", "entry": {}}, {"task": "__class__", "entry": {}}, {"task": "composite", "entry": {}},
    {"task": "countdown", "entry": {}}, {"task": "countdown", "entry": {"metadata": {"numbers": [True, 1.5], "target": 1}}},
    {"task": "puzzle24", "entry": {"metadata": {"numbers": "1234"}}}, {"task": "n_queens", "entry": {"metadata": None}},
    {"task": "simple_integration", "entry": {"metadata": {"integrand": "eval('1')", "variable": "x"}}},
    {"task": "bitwise_arithmetic", "entry": {"answer": "one", "metadata": {"problem": "1"}}},
])  # fmt: skip
def test_an_entry_without_what_its_task_needs_is_unverifiable(payload: Entry, gym: ReasoningGym) -> None:
    made = Problem("p", "q", "1", "reasoning_gym", payload=json.dumps(payload))
    assert gym.judge(made, trace("1")).outcome == "unverifiable"


def test_random_answers_to_every_task_are_judged_without_an_exception(gym: ReasoningGym) -> None:
    dice = random.Random(3)
    for task in DRAWN:
        for entry in entries(task, 2):
            for _ in range(10):
                text = "".join(dice.choices("0123456789+-*/() []{}'\",.xXABCQ_∧∨¬→:\n", k=dice.randint(0, 40)))
                assert isinstance(gym.judge(problem(task, entry), trace(text)), Judgement)
