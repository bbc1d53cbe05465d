"""Worked examples reach the teacher and nothing else."""

from stillhouse.engines.prompts import student_messages, teacher_messages, training_messages
from stillhouse.recipe.sections import Prompt, WorkedExample
from stillhouse.records import Problem

SUMS = WorkedExample(question="1+1?", reasoning="one and one", answer="2", domain="sums")
ANY = WorkedExample(question="any?", reasoning="whatever", answer="x")
PROMPT = Prompt(system="S", user="{question} Box it in \\boxed{{}}.", teacher_user="{question}", few_shot=[SUMS, ANY])


def problem(domain: str) -> Problem:
    return Problem("p1", "2+3?", "5", "math", domain)


def test_the_teacher_sees_the_examples_of_its_domain() -> None:
    turns = teacher_messages(problem("sums"), PROMPT)
    assert [t["content"] for t in turns] == ["S", "1+1?", "<think>\none and one\n</think>\n\n\\boxed{2}", "2+3?"]


def test_a_domain_without_examples_gets_the_general_ones() -> None:
    assert "any?" in [t["content"] for t in teacher_messages(problem("geometry"), PROMPT)]


def test_student_and_training_text_have_no_example() -> None:
    asked = student_messages(problem("sums"), PROMPT)
    trained = training_messages(problem("sums"), "because", "\\boxed{5}", PROMPT)
    assert trained[:-1] == asked == [{"role": "system", "content": "S"}, {"role": "user", "content": "2+3? Box it in \\boxed{}."}]
    assert trained[-1]["content"] == "<think>\nbecause\n</think>\n\n\\boxed{5}"
