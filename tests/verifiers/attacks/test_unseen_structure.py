"""Wall: what a reader does not see makes no word, bullet or paragraph, hides no excluded word, and of two JSON values none counts.

Each rule has the honest response beside it that looks most like what it refuses.
"""

import json
from typing import Any

import pytest

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, answer_trace
from stillhouse.verifiers.text.structure import Structure


def outcome(rule: dict[str, Any], response: str) -> str:
    problem = Problem("p", "q", "", "structure", payload=json.dumps({"rules": [rule]}))
    return Structure(Verify()).judge(problem, answer_trace("t", "p", response)).outcome


def least(unit: str, count: int) -> dict[str, Any]:
    return {"kind": "length", "unit": unit, "min": count}


def most(unit: str, count: int) -> dict[str, Any]:
    return {"kind": "length", "unit": unit, "max": count}


NO_APPLE: dict[str, Any] = {"kind": "keywords", "exclude": ["apple"]}
NOT_NEW_YORK: dict[str, Any] = {"kind": "keywords", "exclude": ["new york"]}
APPLE: dict[str, Any] = {"kind": "keywords", "include": ["apple"]}
LOWER, UPPER = ({"kind": "case", "value": value} for value in ("lower", "upper"))
ONE: dict[str, Any] = {"kind": "json_schema", "schema": {"type": "object", "properties": {"a": {"const": 1}}, "required": ["a"]}}
# fmt: off
WRONG: list[tuple[dict[str, Any], list[str]]] = [
    (least("words", 5), ["<!-- one two three four five -->", "\\phantom{a b c d e f}", "&nbsp; &nbsp; &nbsp; &nbsp; &nbsp;", "a b c d <!-- e -->", "_ _ _ _ _",
                         "<!--\n```\none two three four five\n```\n-->"]),
    (least("sentences", 3), [". . .", "!!! ??? ...", "One. Two. …", "One. Two. <!-- Three. -->"]),
    (least("paragraphs", 3), ["a\n\n&nbsp;\n\n&nbsp;", "a\n\n\u200b\n\n\u200b", "***\n\n***\n\na", "---\n\n---\n\n---",
                              "a\n\n<!-- b -->\n\n<!-- c -->"]),
    (least("lines", 3), ["a\n---\nb", "a\nb\n\u200b", "a\n<!-- b -->\nc", "a\n* * *\nc"]),
    (least("characters", 5), ["\u200b" * 9, "ab<!-- c -->", "a\u2060\u2060\u2060\u2060b"]),
    (least("bullets", 3), ["* * *\n* * *\n* * *", "- .\n- .\n- .", "- \u200b\n- \u200b\n- \u200b", "- [ ]\n- [ ]\n- [ ]",
                           "<!--\n- a\n- b\n- c\n-->", "- a\n- b\n-\nc"]),
    (most("bullets", 3), [f"- a\n- b\n- c\n{sign} d" for sign in "-*+•●▪–◦‣"]),
    (NO_APPLE, ["app**le**", "_apple_", "*app*le", "app~~le~~", "app`le`", "app<b></b>le", "aṕple", "äpple", "applé", "a\u0301pple", "&#97;pple", "app\u200ble",
                "app<!-- -->le", "An apple_", "__apple__"]),
    (NOT_NEW_YORK, ["new  york", "new\nyork", "new\tyork", "new **york**", "_new_ York", "new\u00a0york", "new&nbsp;york"]),
    (APPLE, ["<!-- apple -->", "\\phantom{apple}", "pine_apple", "äpple"]),
    (LOWER, ["", "...", "<!-- low -->", "\u200b", "Low"]),
    (UPPER, ["", "...", "<!-- LOUD -->", "LOUd"]),
    ({"kind": "starts_with", "text": "Dear"}, ["<!-- Dear -->My"]),
    ({"kind": "ends_with", "text": "Bye."}, ["Well. <!-- Bye. -->", "Well. <!-- Bye. --> "]),
    ({"kind": "no_commas"}, ["a&#44; b", "a&comma; b"]),
    (ONE, ['```json\n{"a":0}\n```\n```json\n{"a":1}\n```', '```json\n{"a":1}\n```\n```json\n{"a":0}\n```', '{"a":0}\n```json\n{"a":1}\n```',
           '```json\n{"a":1}\n```\n{"a":0}', '{"a":1} {"a":1}', '```\nno\n```\n```json\n{"a":1}\n```', '```json\n{"a":1}{"a":1}\n```',
           "[" * 90_000, '<!-- {"a":0} -->{"a":1}', "```json\n{}\n```", '[\n"x"]\n```json\n{"a":1}\n```']),
]
RIGHT: list[tuple[dict[str, Any], list[str]]] = [
    (least("words", 5), ["one two three four five", "one <!-- x --> two three four five", "a < b and <!-- c d", "don’t stop the well-known one",
                         "```\n<!-- one two three four -->\n```\nx"]),
    (least("sentences", 3), ["One. Two. Three.", "Is it? 5! Yes."]),
    (least("paragraphs", 3), ["a\n\nb\n\nc", "a\n\n---\n\nb\n\nc", "a\n\n😀\n\nc", "a\n\n$x^2$\n\nc"]),
    (most("paragraphs", 2), ["a\n\n---\n\nb"]),
    (least("lines", 3), ["a\nb\nc", "f(x) {\nx\n}"]),
    (least("bullets", 3), ["- a\n- b\n- c", "• 1\n• 2\n• 3", "1. a\n2) b\n3. c", "- [ ] a\n- [x] b\n- **c**", "+ a\n+ b\n+ ∅"]),
    (most("bullets", 3), ["- a\n- b\n- c\n---", "- a\n- b\n- c\n-5 is d", "- a\n- b\n- c – d"]),
    (NO_APPLE, ["apples", "pineapple", "apple_x", "ap ple", "a pear", "x = app*le2"]),
    (NOT_NEW_YORK, ["new\n\nand york", "New Yorker", "newyork"]),
    ({"kind": "keywords", "exclude": ["мои"]}, ["мой"]),
    ({"kind": "keywords", "exclude": ["के"]}, ["का"]),
    (APPLE, ["An apple.", "_apple_", "**apple**", "app\u00adle", "`apple`"]),
    ({"kind": "keywords", "include": ["new york"]}, ["new\nyork"]),
    ({"kind": "keywords", "include": ["*x*", "__init__"]}, ["*x* and __init__"]),
    (LOWER, ["low", "5 low 我", "1"]),
    (UPPER, ["LOUD 5", "<!-- low -->LOUD"]),
    ({"kind": "starts_with", "text": "Dear"}, ["<!-- note --> Dear"]),
    ({"kind": "starts_with", "text": "---"}, ["---\ntitle: x\n---"]),
    (ONE, ['{"a": 1}', '```json\n{"a": 1}\n```', 'So [1]:\n```json\n{"a":1}\n```\n[1] A note.', '```python\nx = 1\n```\n```json\n{"a":1}\n```',
           '```\n{"a":1}\n```', '{"a": 1, "b": "<!-- &amp; -->"}']),
]
# fmt: on


@pytest.mark.parametrize(("rule", "response"), [(rule, response) for rule, responses in WRONG for response in responses])
def test_what_no_reader_sees_does_not_count(rule: dict[str, Any], response: str) -> None:
    assert outcome(rule, response) == "wrong"


@pytest.mark.parametrize(("rule", "response"), [(rule, response) for rule, responses in RIGHT for response in responses])
def test_an_honest_response_beside_it_is_kept(rule: dict[str, Any], response: str) -> None:
    assert outcome(rule, response) == "correct"
