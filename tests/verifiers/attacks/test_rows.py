"""Wall: rows of a file. Whatever stands in one, the grading goes on, and the rows around it keep their verdicts."""

import json
from typing import Any

import pytest

from stillhouse.recipe.verification import Verify
from stillhouse.verifiers import grade

FINE = {"id": "fine", "verifier": "math", "answer": "1", "response": "\\boxed{1}"}
DEEP = "[" * 100_000
ROWS: dict[str, Any] = {
    "payload of brackets": {"id": "a", "verifier": "structure", "response": "x", "payload": DEEP},
    "rules of brackets": {"id": "a", "verifier": "structure", "response": "x", "rules": DEEP},
    "closed brackets": {"id": "a", "verifier": "structure", "response": "x", "rules": DEEP + "]" * 100_000},
    "deep objects": {"id": "a", "verifier": "structure", "response": "x", "payload": '{"a":' * 50_000 + "1" + "}" * 50_000},
    "response of brackets": {"id": "a", "verifier": "structure", "response": DEEP, "rules": [{"kind": "json_schema", "schema": {}}]},
    "schema of schemas": {"id": "a", "verifier": "structure", "response": "1", "rules": [{"kind": "json_schema", "schema": {"$ref": "#"}}]},
    "schema from elsewhere": {"id": "a", "verifier": "structure", "response": "1", "rules": [{"kind": "json_schema", "schema": {"$ref": "file:///etc/passwd"}}]},
    "judge without settings": {"id": "a", "verifier": "judge", "answer": "1", "response": "1"},
    "reward without settings": {"id": "a", "verifier": "reward", "answer": "1", "response": "1"},
    "process without settings": {"id": "a", "verifier": "process", "answer": "1", "response": "1"},
    "a part without settings": {"id": "a", "verifier": "both", "answer": "1", "response": "1"},
    "dunder verifier": {"id": "a", "verifier": "__class__", "answer": "1", "response": "1"},
    "verifier by path": {"id": "a", "verifier": "../../x:Y", "answer": "1", "response": "1"},
    "verifier is an object": {"id": "a", "verifier": {"a": 1}, "answer": "1", "response": "1"},
    "verifier is a list": {"id": "a", "verifier": ["math"], "answer": "1", "response": "1"},
    "id is a list": {"id": ["a"], "verifier": "math", "answer": "1", "response": "2"},
    "answer is an object": {"id": "a", "verifier": "math", "answer": {"x": 1}, "response": "1"},
    "answer not a number": {"id": "a", "verifier": "math", "answer": float("nan"), "response": "1"},
    "surrogates": {"id": "\ud800", "verifier": "math", "answer": "\ud800", "response": "\ud800"},
    "NUL": {"id": "a\0b", "verifier": "math", "answer": "1\0", "response": "\\boxed{1\0}"},
    "response is a list": {"id": "a", "verifier": "math", "answer": "1", "response": ["1"]},
    "no row": ["a"],
    "nothing": None,
    "gym task is a list": {"id": "a", "verifier": "reasoning_gym", "response": "1", "payload": {"task": ["a"], "entry": {"answer": "1"}}},
    "gym entry is deep": {"id": "a", "verifier": "reasoning_gym", "response": "<answer>1</answer>", "task": "chain_sum", "entry": DEEP},
    "gym config too large": {
        "id": "a", "verifier": "reasoning_gym", "response": "<answer>1</answer>",
        "payload": {"task": "chain_sum", "entry": {"answer": "2"}, "config": {"size": 10**12, "min_terms": -5}},
    },
    "gym config of another type": {
        "id": "a", "verifier": "reasoning_gym", "response": "<answer>1</answer>",
        "payload": {"task": "chain_sum", "entry": {"answer": "2"}, "config": ["x"]},
    },
    "gym board that takes for ever": {
        "id": "a", "verifier": "reasoning_gym", "response": "<answer>1</answer>",
        "payload": {"task": "shortest_path", "entry": {"answer": "2", "metadata": {}}, "config": {"min_rows": 10**9, "max_rows": 10**9}},
    },
    "choices of nothing": {"id": "a", "verifier": "choice", "answer": "A", "response": "A", "choices": "[" * 5_000},
    "pattern without end": {"id": "a", "verifier": "structure", "response": "a" * 60 + "b", "rules": [{"kind": "regex", "pattern": "^(a+)+$"}]},
    "tests that are no tests": {"id": "a", "verifier": "code", "response": "x", "tests": {"kind": "pickle", "code": "cos\nsystem\n"}},
}  # fmt: skip


@pytest.fixture(scope="module")
def graded() -> dict[str, list[dict[str, Any]]]:
    """All of them in one grading, each between two rows that are fine."""
    settings = Verify.model_validate(
        {"cpu_seconds": 1, "compose": {"both": {"mode": "first", "of": [{"verifier": "math"}, {"verifier": "judge"}]}}}
    )
    results = list(grade([part for row in ROWS.values() for part in (FINE, row, FINE)], settings=settings))
    assert len(results) == 3 * len(ROWS)
    return {name: results[3 * at : 3 * at + 3] for at, name in enumerate(ROWS)}


@pytest.mark.parametrize("name", ROWS)
def test_a_hostile_row_costs_itself_alone(name: str, graded: dict[str, list[dict[str, Any]]]) -> None:
    before, found, after = graded[name]
    assert (before["outcome"], after["outcome"]) == ("correct", "correct")
    assert found["outcome"] in ("error", "unverifiable", "wrong", "timeout") or _same(ROWS[name])
    assert found["reason"]


def _same(row: Any) -> bool:
    """Odd, and right all the same."""
    return row["response"] in (row["answer"], f"\\boxed{{{row['answer']}}}")


COMPOSED = Verify.model_validate({
    "compose": {"fallback": {"mode": "first", "of": [{"verifier": "math"}, {"verifier": "format"}]}}, "format": {"think": ["none"]}
})  # fmt: skip


UNREADABLE = [
    "9^{9^{9^9}}", "1" + "+1" * 2_000, "10^{10^{10}}", "((((" * 200, "100000!", "\\binom{10^9}{10^8}", "x" * 3_000, "2^{2^{100}}",
    "\\sqrt[3]{9^{9^9}}", "0." + "3" * 3_000,
]  # fmt: skip


def test_a_response_cannot_choose_its_judge() -> None:
    rows = [{"id": text, "verifier": "fallback", "answer": "5", "response": f"\\boxed{{{text}}}"} for text in UNREADABLE]
    for found in grade(rows, settings=COMPOSED):
        assert found["outcome"] == "wrong", found
        assert found["reason"].startswith("math: ")


def test_a_gold_that_math_cannot_read_goes_to_the_next_part() -> None:
    row = {"id": "a", "verifier": "fallback", "answer": "", "response": "\\boxed{5}"}
    (found,) = grade([row], settings=COMPOSED)
    assert found["reason"].startswith("format: ")


def test_votes_count_the_answer_that_was_extracted() -> None:
    from stillhouse.records import Problem, answer_trace
    from stillhouse.verifiers.votes.vote import vote

    texts = ["#### 99} x \\boxed{5"] * 4
    traces = [answer_trace(str(i), "p", text, index=i) for i, text in enumerate(texts)]
    (found,) = vote([(Problem("p", "q", "5", "math"), trace) for trace in traces], Verify(), 1)
    read = [r["extracted"] for r in grade([{"id": "a", "verifier": "math", "answer": "5", "response": texts[0]}])]
    agrees = [r["outcome"] for r in grade([{"id": "a", "verifier": "math_answer", "answer": "5", "response": read[0]}])]
    assert found.answer == read[0]
    assert (found.status == "agrees") == (agrees == ["correct"])


def test_rows_that_hold_the_same_text_as_a_frame_are_text() -> None:
    rows = [{**FINE, "id": json.dumps([i, "correct", 1.0, "", "", 0.0]), "response": json.dumps({"died": "timeout"})} for i in range(20)]
    assert {r["outcome"] for r in grade(rows)} == {"wrong"}
