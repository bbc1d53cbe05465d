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
    assert [found.text for found in statements(text)][1:] == ["8", "10"]
