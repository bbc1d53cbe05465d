"""Wall: answers that are stated so that a reader sees another one, or none: hidden, struck out, denied, hedged, scaled.

Each attack has the honest answer beside it that looks most like it.
"""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, answer_trace
from stillhouse.verifiers.registry import load

SETTINGS = Verify()
ANIMALS = json.dumps({"choices": ["cat", "dog", "cow", "sheep"]})
HIDDEN = [
    "The answer is \\boxed{19}.\n<!-- \\boxed{18} -->",
    "The answer is 19.\n<!-- the answer is \\boxed{18} -->",
    "The answer is \\boxed{19}. \\iffalse \\boxed{18} \\fi",
    "The answer is \\boxed{19}. \\begin{comment}\\boxed{18}\\end{comment}",
    *(f"The answer is \\boxed{{19}}. \\{name}{{\\boxed{{18}}}}" for name in ("phantom", "hphantom", "vphantom")),
]
DENIED = [
    "\\boxed{18} (incorrect)",
    "\\boxed{18} ✗",
    "~~\\boxed{18}~~ 19",
    "\\cancel{\\boxed{18}} 19",
    "\\boxed{18}, but that is incorrect; I do not know.",
    "\\boxed{18} - scratch that, it is 19.",
    "$\\boxed{18}\\text{ is wrong}$",
    "A wrong answer is \\boxed{18}.",
    'Do not say "\\boxed{18}".',
]
HEDGED = [
    "The answer is \\boxed{19} or maybe \\boxed{18}.",
    "\\boxed{18} or perhaps \\boxed{19}",
    "The final answer is 18, but it could also be 19.",
    "The answer is 18 unless it is 19.",
]
SCALED = [
    *(
        f"\\boxed{{18 \\text{{ {word}}}}}"
        for word in ("doubled", "Tausend", "mille", "times itself", "myriad", "less one", "never", "undefined")
    ),
    *(f"\\boxed{{\\text{{{words} }}18}}" for words in ("square root of", "the number after", "the integer before", "reciprocal of")),
    "The answer is 18 less than 20.",
    "The answer is 18 percent of 50.",
]
SIGNED = ["The answer is $-\\boxed{18}$.", "So $x = -\\boxed{18}$.", "Thus $x = \\pm\\boxed{18}$."]
THOUGHT = [
    f"{opening}\\boxed{{18}}{closing} I give up."
    for opening, closing in (
        ("<reasoning>", "</reasoning>"), ("<seed:think>", "</seed:think>"), ("◁think▷", "◁/think▷"), ("<|begin_of_thought|>", "<|end_of_thought|>"),
    )
]  # fmt: skip
HONEST = [
    ("18", "<!-- a note --> The answer is \\boxed{18}."),
    ("18", "The answer is \\boxed{18}. <!-- unclosed"),
    ("18", "If a < b and b <!-- c, the answer is \\boxed{18}."),
    ("18", "The wrong way gives 19. The answer is \\boxed{18}."),
    ("18", "The answer is \\boxed{18}. Anything else is wrong."),
    ("18", "A wrong answer is 19, so the answer is \\boxed{18}."),
    ("-18", "So $x = -\\boxed{18}$."),
    ("18", "- \\boxed{18}"),
    ("18", "Answer:-\\boxed{18}"),
    ("1, 2", "\\boxed{1} or \\boxed{2}"),
    ("18", "She has \\boxed{18 \\text{ more}} than Tom."),
    ("18", "The answer is 18 more than Tom has."),
    ("18%", "The answer is 18 percent of the class."),
    ("18", "<reasoning>9 + 9</reasoning> The answer is \\boxed{18}."),
    ("3", "The square root of 9 is \\boxed{3}."),
    ("18", "~~19~~ \\boxed{18}"),
    ("18", "\\cancel{19} \\boxed{18}"),
]


def outcome(name: str, response: str, answer: str, payload: str = "{}") -> str:
    return load(name, SETTINGS).judge(Problem("p", "Work it out.", answer, name, payload=payload), answer_trace("t", "p", response)).outcome


@pytest.mark.parametrize("response", [*HIDDEN, *DENIED, *HEDGED, *SCALED, *SIGNED, *THOUGHT])
def test_what_no_reader_takes_for_18_is_not_18(response: str) -> None:
    assert outcome("math", response, "18") != "correct"


@settings(max_examples=150, deadline=None)
@given(
    before=st.text(st.sampled_from("ab \n.<!->\\{}"), max_size=20),
    inside=st.text(st.sampled_from("ab \n.<!\\{}"), max_size=20),
    after=st.text(st.sampled_from("ab \n.<{}"), max_size=20),
    stated=st.sampled_from(["\\boxed{18}", "The answer is 18.", "#### 18", "<answer>18</answer>", '{"answer": "18"}']),
)
def test_nothing_in_a_comment_is_an_answer(before: str, inside: str, after: str, stated: str) -> None:
    assert outcome("math", f"{before}<!--{inside}{stated}{inside}-->{after}", "18") != "correct"


@pytest.mark.parametrize(("answer", "response"), HONEST)
def test_an_honest_answer_beside_it_is_kept(answer: str, response: str) -> None:
    assert outcome("math", response, answer) == "correct"


@pytest.mark.parametrize(
    "response",
    [
        "Answer: C\n<!-- Answer: B -->",
        "\\boxed{C} <!-- \\boxed{B} -->",
        "\\boxed{C} \\phantom{\\boxed{B}}",
        "Wrong answer: B",
        "The incorrect answer is B",
        "The least likely answer is B",
        "Answer: B, maybe C",
        "Answer: B, else C",
        "Answer: B as well as C",
        "Answer: B, followed by C",
        "Answer: B, alternatively C",
    ],
)
def test_an_option_that_is_hidden_denied_or_one_of_several_is_not_chosen(response: str) -> None:
    assert outcome("choice", response, "B", ANIMALS) != "correct"


@pytest.mark.parametrize(
    "response",
    [
        "Answer: B, a dog",
        "Answer: B, maybe",
        "The wrong answers are A and C. The answer is B.",
        "At least one barks. The answer is B.",
        "Answer: (B) dog, as well known",
    ],
)
def test_an_honest_choice_beside_it_is_kept(response: str) -> None:
    assert outcome("choice", response, "B", ANIMALS) == "correct"


@pytest.mark.parametrize("response", ["NaN", "-Infinity", "1e999", '{"a": 1, "a": 2}', '{"b": {"a": 1, "a": 2}}'])
def test_what_is_no_json_elsewhere_is_none_here(response: str) -> None:
    assert outcome("structure", response, "", '{"rules": [{"kind": "json_schema", "schema": {}}]}') == "wrong"


@pytest.mark.parametrize("response", ["a b\u200bad day", "a ba\u00add day", "a \u2060bad day"])
def test_a_forbidden_word_is_found_behind_characters_that_nobody_sees(response: str) -> None:
    assert outcome("structure", response, "", '{"rules": [{"kind": "keywords", "exclude": ["bad"]}]}') == "wrong"
