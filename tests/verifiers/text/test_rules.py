"""The verifiers that decide by rules other than mathematics: reasoning_gym, choice, structure, format."""

import json
from functools import cache
from typing import Any

import pytest
import reasoning_gym
from reasoning_gym.factory import DATASETS

from stillhouse.problems.generators import load
from stillhouse.recipe.sections import ReasoningGym as Source
from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace, answer_trace
from stillhouse.verifiers.base import Judgement
from stillhouse.verifiers.gold import check_gold
from stillhouse.verifiers.gym.verifier import ReasoningGym
from stillhouse.verifiers.text.choice import Choice
from stillhouse.verifiers.text.format import Format
from stillhouse.verifiers.text.structure import Structure

VERIFY = Verify()
# Tasks that accept any valid answer, with where the entry keeps one (None: nowhere).
OPEN_TASKS = {
    "boxnet": None,
    "graph_color": "possible_answer",
    "propositional_logic": "example_answer",
    "rubiks_cube": "example_correct_answer",
    "rush_hour": None,
}
TASKS = sorted(set(DATASETS) - {"composite"} - set(OPEN_TASKS))


def trace(response: str, form: str = "think", reasoning: str = "so") -> Trace:
    return answer_trace("t", "p", response, reasoning=reasoning, format=form)


@cache
def draw(task: str) -> Problem:
    return next(iter(load(Source(kind="reasoning_gym", task=task, size=1, seed=3))))


@pytest.mark.parametrize("task", TASKS)
def test_every_task_accepts_its_own_answer_and_no_other(task: str) -> None:
    problem, verifier = draw(task), ReasoningGym(VERIFY)
    right = verifier.judge(problem, trace(f"<answer>{problem.answer}</answer>"))
    assert (right.outcome, right.score) == ("correct", 1.0)
    assert verifier.judge(problem, trace("<answer>neither here nor there</answer>")).outcome == "wrong"
    assert verifier.judge(problem, trace("")).outcome == "wrong"


@pytest.mark.parametrize("nonsense", ["neither here nor there", "0", "-1", "nan", "inf", "yes", "[]", "{}", "None", "x", "1/0", "?"])
def test_no_task_is_fooled_by_nonsense(nonsense: str) -> None:
    verifier = ReasoningGym(VERIFY)
    fooled = [
        t for t in TASKS if verifier.judge(p := draw(t), trace(f"<answer>{nonsense}</answer>")).outcome != "wrong" and p.answer != nonsense
    ]
    assert fooled == []


@pytest.mark.parametrize(("task", "key"), [(t, k) for t, k in OPEN_TASKS.items() if k])
def test_a_task_without_a_gold_accepts_a_valid_answer(task: str, key: str) -> None:
    problem = draw(task)
    example: Any = json.loads(problem.payload)["entry"]["metadata"][key]
    answer = example if isinstance(example, str) else json.dumps(example)
    assert ReasoningGym(VERIFY).judge(problem, trace(f"<answer>{answer}</answer>")).outcome == "correct"
    assert ReasoningGym(VERIFY).judge(problem, trace("<answer>{}</answer>")).outcome == "wrong"


def test_a_task_without_a_gold_is_not_quarantined_for_it() -> None:
    problems = [draw(task) for task in OPEN_TASKS]
    assert [reason for _, reason in check_gold(problems, VERIFY, workers=1)] == [None] * len(problems)


def test_a_spoiled_gold_is_found() -> None:
    entry = reasoning_gym.create_dataset("basic_arithmetic", size=1, seed=3)[0]
    payload = json.dumps({"task": "basic_arithmetic", "entry": {**entry, "answer": "1"}}, default=str)
    ((_, reason),) = check_gold([Problem("p", entry["question"], "2", "reasoning_gym", payload=payload)], VERIFY, workers=1)
    assert reason is not None
    assert reason.startswith("wrong")


CITIES = {"choices": ["Rome", "Paris", "Bern", "Paris, Texas"]}


@pytest.mark.parametrize(
    ("gold", "response", "payload", "outcome"),
    [
        ("B", "The answer is (B).", {}, "correct"),
        ("B", "\\boxed{B}", {}, "correct"),
        ("B", "The answer is B. Paris", CITIES, "correct"),
        ("B", "<answer>Paris</answer>", CITIES, "correct"),
        ("paris", "<answer>option b</answer>", CITIES, "correct"),
        ("B", "<answer>the capital is option (B)</answer>", CITIES, "correct"),
        ("B", "The answer is (A).", CITIES, "wrong"),
        ("B", "<answer>A) Paris</answer>", CITIES, "wrong"),  # letter and text disagree
        ("B", "<answer>Paris or Rome</answer>", CITIES, "wrong"),
        ("B", "<answer>option A or option B</answer>", CITIES, "wrong"),
        ("D", "<answer>E</answer>", CITIES, "wrong"),
        ("B", "It is a hard question.", CITIES, "wrong"),
        ("Vienna", "<answer>B</answer>", CITIES, "unverifiable"),
        ("A", "<answer>a</answer>", {"choices": {"a": "x", "b": "y"}}, "correct"),
    ],
)
def test_choice(gold: str, response: str, payload: dict[str, Any], outcome: str) -> None:
    problem = Problem("p", "q", gold, "choice", payload=json.dumps(payload))
    assert Choice(VERIFY).judge(problem, trace(response)).outcome == outcome


def rules(response: str, *given: dict[str, Any]) -> Judgement:
    return Structure(VERIFY).judge(Problem("p", "q", "", "structure", payload=json.dumps({"rules": given})), trace(response))


SCHEMA = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}}}


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ({"kind": "json_schema", "schema": SCHEMA}, 'So:\n```json\n{"name": "A", "age": 3}\n```', '{"name": "A", "age": -3}'),
        ({"kind": "json_schema", "schema": SCHEMA}, '{"name": "A"}', "name: A"),
        ({"kind": "regex", "pattern": r"\d{4}"}, "in 1999", "in 199"),
        ({"kind": "regex", "pattern": r"\d", "absent": True}, "none", "1"),
        ({"kind": "regex", "pattern": "[ab]+", "full": True}, "abba", "abbc"),
        ({"kind": "length", "unit": "words", "min": 2, "max": 3}, "two words", "one"),
        ({"kind": "length", "unit": "sentences", "max": 1}, "One. ", "One. Two."),
        ({"kind": "length", "unit": "bullets", "min": 2, "max": 2}, "- a\n- b", "- a"),
        ({"kind": "length", "unit": "paragraphs", "min": 2}, "a\n\nb", "a\nb"),
        ({"kind": "keywords", "include": ["sun"], "exclude": ["moon"]}, "The Sun.", "Sunday, sun and moon"),
        ({"kind": "case", "value": "lower"}, "all low", "All low"),
        ({"kind": "case", "value": "upper"}, "LOUD", "LOUd"),
        ({"kind": "starts_with", "text": "Dear"}, "Dear you", "My dear"),
        ({"kind": "ends_with", "text": "Bye."}, "So: Bye.", "Bye. And"),
        ({"kind": "no_commas"}, "a b", "a, b"),
        ({"kind": "language", "language": "de"}, "Das ist ein kurzer deutscher Satz.", "This is a short English sentence."),
    ],
)
def test_structure(rule: dict[str, Any], good: str, bad: str) -> None:
    assert rules(good, rule).outcome == "correct"
    assert rules(bad, rule).outcome == "wrong"
    assert rules(bad, rule).reason.startswith(rule["kind"])


def test_the_score_is_the_share_of_rules_that_hold() -> None:
    found = rules("a, b", {"kind": "no_commas"}, {"kind": "case", "value": "lower"})
    assert (found.outcome, found.score) == ("wrong", 0.5)
    assert rules("a", {"kind": "sonnet"}).outcome == "unverifiable"
    assert rules("a").outcome == "unverifiable"


GERMAN = "Zuerst rechnen wir die Summe aus, und danach teilen wir durch die Anzahl der Kinder. \\boxed{4}"
ENGLISH = "First we work out the sum, and then we divide it by the number of the children. \\boxed{4}"


@pytest.mark.parametrize(
    ("given", "settings", "reason"),
    [
        (trace("\\boxed{4}"), {}, "format"),
        (trace("\\boxed{4}", "unclosed"), {}, "think: unclosed"),
        (trace("\\boxed{4}", "several"), {}, "think: several"),
        (trace("\\boxed{4}", reasoning=" "), {}, "think: empty"),
        (trace("\\boxed{4}", "none", ""), {"think": ["none"]}, "format"),
        (trace("So it goes on and on without end."), {}, "no answer"),
        (trace("So it goes on and on without end."), {"answer": False}, "format"),
        (trace(ENGLISH), {"language": "en"}, "format"),
        (trace(GERMAN), {"language": "en"}, "language: de, not en"),
        (trace("\\boxed{4}"), {"language": "en"}, "format"),  # too few letters to tell
    ],
)
def test_format(given: Trace, settings: dict[str, Any], reason: str) -> None:
    found = Format(Verify.model_validate({"format": settings})).judge(Problem("p", "q", "", "format"), given)
    assert found.reason == reason
    assert found.outcome == ("correct" if reason == "format" else "wrong")
