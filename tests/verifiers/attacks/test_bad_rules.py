"""Wall: a rule that says nothing must not judge everything correct, and an empty mark is no answer."""

import json
from typing import Any

import pytest

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace, answer_trace
from stillhouse.verifiers import grade
from stillhouse.verifiers.ready import unready
from stillhouse.verifiers.text.format import Format
from stillhouse.verifiers.text.rules import PARAMETERS
from stillhouse.verifiers.text.structure import RULES, Structure

BAD: list[tuple[Any, str]] = [
    ({"kind": "length", "maximum": 3}, "rule 'length' has no parameter 'maximum': it knows unit, min, max"),
    ({"kind": "length", "max": "3"}, "rule 'length': max cannot be '3'"),
    ({"kind": "length", "unit": "word", "max": 3}, "rule 'length': unit cannot be 'word'"),
    ({"kind": "length", "unit": "words"}, "rule 'length' needs min or max"),
    ({"kind": "length", "max": -1}, "rule 'length': max cannot be '-1'"),
    ({"kind": "keywords", "excluded": ["bad"]}, "rule 'keywords' has no parameter 'excluded': it knows include, exclude"),
    ({"kind": "keywords", "exclude": "bad"}, "rule 'keywords': exclude cannot be 'bad'"),
    ({"kind": "keywords", "exclude": []}, "rule 'keywords' needs include or exclude"),
    ({"kind": "regex", "regex": "a"}, "rule 'regex' has no parameter 'regex': it knows pattern, dotall, full, absent"),
    ({"kind": "regex", "pattern": "("}, "rule 'regex': pattern cannot be '('"),
    ({"kind": "regex", "pattern": "a", "absent": "yes"}, "rule 'regex': absent cannot be 'yes'"),
    ({"kind": "json_schema", "schemas": {}}, "rule 'json_schema' has no parameter 'schemas': it knows schema"),
    ({"kind": "json_schema"}, "rule 'json_schema' needs schema"),
    ({"kind": "case", "value": "Upper"}, "rule 'case': value cannot be 'Upper'"),
    ({"kind": "starts_with"}, "rule 'starts_with' needs text"),
    ({"kind": "no_commas", "min": 1}, "rule 'no_commas' has no parameter 'min': it knows none"),
    ("length", "a rule is str, not an object"),
]
GOOD: list[dict[str, Any]] = [
    {"kind": "length", "max": 3}, {"kind": "length", "unit": "lines", "min": 0}, {"kind": "keywords", "exclude": ["bad"]},
    {"kind": "regex", "pattern": "a", "absent": True}, {"kind": "json_schema", "schema": {"type": "object"}}, {"kind": "case", "value": "lower"},
    {"kind": "no_commas"}, {"kind": "language", "language": "en"}, {"kind": "starts_with", "text": "a"}, {"kind": "json_schema", "schema": True},
]  # fmt: skip


def problem(rule: Any) -> Problem:
    return Problem("p", "q", "", "structure", payload=json.dumps({"rules": [{"kind": "no_commas"}, rule]}))


@pytest.mark.parametrize(("rule", "why"), BAD)
def test_a_rule_that_says_nothing_is_an_error_at_load_and_in_a_row(rule: Any, why: str) -> None:
    assert unready(problem(rule), Verify()) == why
    judged = Structure(Verify()).judge(problem(rule), answer_trace("t", "p", "anything"))
    assert (judged.outcome, judged.reason) == ("error", f"payload: {why}")


def test_a_row_of_grade_says_it_and_the_rest_goes_on() -> None:
    rows = [
        {"id": str(i), "verifier": "structure", "rules": [rule], "response": "two words"} for i, rule in enumerate((BAD[0][0], GOOD[0]))
    ]
    assert [(r["outcome"], r["reason"]) for r in grade(rows)] == [("error", f"payload: {BAD[0][1]}"), ("correct", "all rules hold")]


@pytest.mark.parametrize("rule", GOOD)
def test_a_rule_of_its_kind_is_taken(rule: dict[str, Any]) -> None:
    assert unready(problem(rule), Verify()) is None


def test_every_kind_has_its_parameters() -> None:
    assert set(PARAMETERS) == set(RULES)


@pytest.mark.parametrize("word", ["BAD", "Bad", "ｂａｄ", "b\u00adad", "bad."])
def test_a_forbidden_word_is_found_in_any_case_and_width(word: str) -> None:
    rule = {"kind": "keywords", "exclude": ["bad"]}
    assert Structure(Verify()).judge(problem(rule), answer_trace("t", "p", f"a {word} day")).outcome == "wrong"


def shaped(text: str, reasoning: str = "so") -> Trace:
    return answer_trace("t", "p", text, reasoning=reasoning, format="think")


EMPTY = [
    "\\boxed{}", "\\boxed{ }", "\\boxed{?}", "So it is $\\boxed{}$.", "<answer></answer>", "The answer is", "\\boxed{3", "#### ", "#### -",
    "\\boxed{\\,}", "\\boxed{\\quad}", "\\boxed{\\phantom{42}}", "\\boxed{\\text{}}", "\\boxed{\u200b}", "\\boxed{\\ldots}", "\\boxed{…}",
    "\\boxed{\\_\\_\\_}", "\\boxed{%42\n}",
    "\\boxed{\\hspace{2em}\\;}", "\\boxed{\\mathrm{\\ }}", "<answer>&nbsp;</answer>", "<answer>\u2800</answer>",
    "\\boxed{\\phantom{\\frac{1}{2}}}", "<answer>---</answer>",
]  # fmt: skip
STATED = [
    "\\boxed{3}", "#### 3", "\\boxed{x}", "\\boxed{\\emptyset}", "\\boxed{\\{\\}}", "[]", "+", "<", "\\boxed{∞}", "\\boxed{\\text{yes}}",
    "\\boxed{1, 2, \\ldots}", "\\boxed{\\phantom{-}3}", "\\boxed{50%}", "\\boxed{\\pi}", "\\boxed{是}", "<answer>😀</answer>",
]  # fmt: skip


@pytest.mark.parametrize("response", EMPTY)
def test_an_empty_mark_is_no_answer(response: str) -> None:
    assert Format(Verify()).judge(Problem("p", "q", "", "format"), shaped(response)).reason == "no answer"


@pytest.mark.parametrize("response", STATED)
def test_a_letter_a_figure_or_a_sign_is_one(response: str) -> None:
    assert Format(Verify()).judge(Problem("p", "q", "", "format"), shaped(response)).outcome == "correct"


@pytest.mark.parametrize("reasoning", [".", "…", "\u200b", " - - - ", "&nbsp;", "<!-- 1 + 1 = 2 -->"])
def test_a_think_block_without_a_word_or_a_figure_is_empty(reasoning: str) -> None:
    asked = Problem("p", "q", "", "format")
    assert Format(Verify()).judge(asked, shaped("\\boxed{3}", reasoning)).reason == "think: empty"
    assert Format(Verify()).judge(asked, shaped("\\boxed{3}", f"{reasoning} 1")).outcome == "correct"


@pytest.mark.parametrize("completion", ["Hello <think>a</think> \\boxed{3}", "\\boxed{3} <think>a</think>"])
def test_text_on_either_side_of_a_think_block_is_its_response(completion: str) -> None:
    assert [r["outcome"] for r in grade([{"id": "1", "verifier": "format", "response": completion}])] == ["correct"]


@pytest.mark.parametrize(
    "completion", ["<think>a \\boxed{3}", "<think>a</think><think>\\boxed{3}", "<think></think> \\boxed{3}", "</think> \\boxed{3}"]
)
def test_a_think_block_that_never_ends_or_begins_has_no_form(completion: str) -> None:
    assert [r["outcome"] for r in grade([{"id": "1", "verifier": "format", "response": completion}])] == ["wrong"]
