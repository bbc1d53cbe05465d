"""Fuzzing of the graders against what must always hold: no exception, no code, no limit passed, no question as an answer.

Derandomised and bounded, so that a run is the same everywhere.
"""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stillhouse.dialects import parse
from stillhouse.recipe.verification import Verify
from stillhouse.records import OUTCOMES, Problem, Trace, answer_trace
from stillhouse.verifiers.base import Judgement, Verifier
from stillhouse.verifiers.gym.expression import read
from stillhouse.verifiers.gym.verifier import ReasoningGym
from stillhouse.verifiers.math.answers.expression import Unreadable
from stillhouse.verifiers.math.extracted import AnswerMath
from stillhouse.verifiers.math.verifier import LenientMath, Math
from stillhouse.verifiers.pool.wire import BadFrame, FrameBuffer, pack
from stillhouse.verifiers.text.choice import Choice
from stillhouse.verifiers.text.structure import Structure

MARK = Path("/tmp/stillhouse-fuzz-was-here")
fuzzed = settings(
    derandomize=True, max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=False
)
NUMBER = st.one_of(
    st.integers(-(10**6), 10**6).map(str),
    st.floats(allow_nan=True, allow_infinity=True).map(str),
    st.fractions(max_denominator=50).map(str),
    st.sampled_from(["1e5", "1,000", ".5", "5.", "0x10", "1_000", "٣", "½", "3\\frac{1}{2}", "10^{10^{10}}", "50\\%", "$5", "9" * 400]),
)
COMMANDS = """\\frac \\sqrt \\cdot \\times \\pi \\infty \\text \\left( \\right) \\pm \\sum \\int \\binom \\begin{pmatrix} \\end{pmatrix} \\\\ & \\def
\\mod \\log \\sin ^ _ { } ( ) [ ] | , ; = < \\le \\ne \\in \\cup \\emptyset \\circ % ! $ \\( \\) \\phantom \\boxed{ \\operatorname"""
COMMAND = st.sampled_from(COMMANDS.split())
HOSTILE = st.sampled_from(
    [f"__import__('os').system('touch {MARK}')", f"open('{MARK}','w')", "{0.__class__}", "().__class__", "x.__dict__", "lambda: 0"]
)
LATEX = st.lists(st.one_of(NUMBER, COMMAND, st.sampled_from(["x", "y", "e", "i", " ", "\n"]), HOSTILE), max_size=12).map("".join)
FRAME = st.sampled_from(
    ["{}", "\\boxed{{{}}}", "<answer>{}</answer>", "#### {}", '{{"answer": "{}"}}', "The answer is {}.", "<think>{}</think>", "<think>a</think>{}",
     "</think>{}", "\\boxed{{{}", "```json\n{{\"answer\": {}}}\n```", "**{}**", "<answer>\\boxed{{{}}}", "<|channel|>final<|message|>{}"]
)  # fmt: skip
RESPONSE = st.builds(lambda frames, text: "\n".join(f.format(text) for f in frames), st.lists(FRAME, min_size=1, max_size=3), LATEX)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=4)),
    max_leaves=12,
)


def trace(response: str) -> Trace:
    parts = parse(response)
    return answer_trace("t", "p", parts.response, reasoning=parts.reasoning, format=parts.format)


def sound(found: Judgement) -> None:
    assert found.outcome in OUTCOMES
    assert 0.0 <= found.score <= 1.0
    assert isinstance(found.extracted, str)
    assert found.reason
    assert not MARK.exists()


@pytest.fixture(scope="module", autouse=True)
def clean() -> None:
    MARK.unlink(missing_ok=True)


@pytest.mark.parametrize("verifier", [Math(Verify()), LenientMath(Verify()), AnswerMath(Verify())], ids=lambda v: v.name)
def test_mathematics(verifier: Verifier) -> None:
    @fuzzed
    @given(gold=st.one_of(NUMBER, LATEX), response=RESPONSE)
    def check(gold: str, response: str) -> None:
        sound(verifier.judge(Problem("p", "q", gold, verifier.name), trace(response)))

    check()


@fuzzed
@given(left=st.integers(2, 99), right=st.integers(2, 99), sign=st.sampled_from("+-*"), frame=FRAME)
def test_a_sum_that_is_not_carried_out_is_not_its_value(left: int, right: int, sign: str, frame: str) -> None:
    question = f"{left}{sign}{right}"
    value = {"+": left + right, "-": left - right, "*": left * right}[sign]
    found = Math(Verify()).judge(Problem("p", f"What is {question}?", str(value), "math"), trace(frame.format(question)))
    sound(found)
    assert found.outcome != "correct"


@fuzzed
@given(choices=JSON, gold=st.sampled_from(["A", "B", "(C)", "", "AB"]), response=RESPONSE)
def test_choices(choices: Any, gold: str, response: str) -> None:
    problem = Problem("p", "q", gold, "choice", payload=json.dumps({"choices": choices}))
    # A payload that is no choices is an error row in a worker.
    with contextlib.suppress(TypeError, ValueError, KeyError, AttributeError):
        sound(Choice(Verify()).judge(problem, trace(response)))


GYM = ReasoningGym(Verify())
TASKS = ("countdown", "puzzle24", "simple_integration", "polynomial_multiplication", "number_sorting", "spiral_matrix", "bitwise_arithmetic",
         "n_queens", "string_insertion", "binary_matrix", "chain_sum", "gsm_symbolic", "propositional_logic", "complex_arithmetic")  # fmt: skip
METADATA = {
    "numbers": [1, 2, 3, 18], "target": 24, "integrand": "2*x", "variable": "x", "valid_answers": ["Q"], "direction": "ascending",
    "variables": ["P", "Q"], "premises": ["P", "(P → Q)"], "result": [1, 2],
}  # fmt: skip


@pytest.mark.parametrize("task", TASKS)
def test_tasks_of_reasoning_gym(task: str) -> None:
    @settings(fuzzed, max_examples=25)
    @given(
        gold=st.one_of(NUMBER, LATEX), answer=st.one_of(LATEX, HOSTILE, JSON.map(json.dumps)), metadata=st.one_of(st.just(METADATA), JSON)
    )
    def check(gold: str, answer: str, metadata: Any) -> None:
        entry = {"question": "q", "answer": gold, "metadata": metadata}
        problem = Problem("p", "q", gold, "reasoning_gym", payload=json.dumps({"task": task, "entry": entry}))
        sound(GYM.judge(problem, trace(f"<answer>{answer}</answer>")))

    check()


@settings(fuzzed, max_examples=300)
@given(text=st.one_of(LATEX, HOSTILE, st.text(max_size=60), st.text("0123456789+-*/(). xsin", max_size=80)))
def test_arithmetic_is_read_or_unreadable(text: str) -> None:
    try:
        tree = read(text)
    except Unreadable:
        return
    assert isinstance(tree, tuple)
    assert not MARK.exists()


@fuzzed
@given(rules=JSON, response=RESPONSE)
def test_rules(rules: Any, response: str) -> None:
    problem = Problem("p", "q", "", "structure", payload=json.dumps({"rules": rules}))
    with contextlib.suppress(TypeError, ValueError, KeyError, AttributeError):
        sound(Structure(Verify()).judge(problem, trace(response)))


@settings(fuzzed, max_examples=300)
@given(data=st.one_of(st.binary(max_size=200), JSON.map(pack), JSON.map(lambda value: pack(value)[:-1] + b"\xff")))
def test_frames(data: bytes) -> None:
    buffer = FrameBuffer()
    buffer.feed(data)
    try:
        while buffer.pop() is not None:
            pass
    except BadFrame:
        return
