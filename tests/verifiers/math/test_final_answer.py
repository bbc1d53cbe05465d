"""The reader of stated answers on the collected forms."""

import pytest
from tests.verifiers.answer_forms import FORMS, Form

from stillhouse.verifiers.math.answers.final_answer import final_answer, statements, why_none


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.ending[-40:])
def test_form(form: Form) -> None:
    found = final_answer(form.ending)
    assert (found.text if found else None) == form.value


def test_why_there_is_no_answer() -> None:
    assert why_none(" ") == "empty response"
    assert why_none("<think>so 18") == "unfinished think part"
    assert why_none("<think>so 18</think>") == "nothing after the think part"
    assert why_none("Eggs are good.") == "no stated answer"


def test_every_statement_is_found_in_order() -> None:
    text = "The answer is 7? No: \\boxed{8}. Not \\boxed{9}. So the answer is \\boxed{10}."
    assert [found.text for found in statements(text)] == ["8", "10"]


def test_a_turn_of_another_question_is_not_read() -> None:
    own = '```json\n{"reasoning": "It is 15 - 2.",\n "answer": "13"}\n```'
    assert final_answer(f'{own}\n\n\n## Question:\n\nAnother one.\n\n```json\n{{"answer": "42"}}\n```').text == "13"  # type: ignore[union-attr]
    assert final_answer("The answer is 13.\n\nQuestion: What is 2 + 2?\nAnswer: 4").text == "13"  # type: ignore[union-attr]
    assert final_answer("She has 9 eggs.\n\nQuestion: How many does she sell?\n\nThe answer is 4.").text == "4"  # type: ignore[union-attr]
