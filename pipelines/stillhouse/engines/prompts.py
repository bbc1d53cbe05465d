"""From a problem to chat messages: the teacher sees worked examples, the student never does."""

from stillhouse.recipe.sections import Prompt, WorkedExample
from stillhouse.records import Problem

Messages = list[dict[str, str]]


def student_messages(problem: Problem, prompt: Prompt) -> Messages:
    """The zero-shot prompt: what the training text contains, and what base and student are scored on."""
    return [*_system(prompt), _turn("user", prompt.user.format(question=problem.question))]


def teacher_messages(problem: Problem, prompt: Prompt) -> Messages:
    """Worked examples as earlier turns, then the problem.

    Examples that name the problem's domain are used where there are any, else those that name none.
    """
    template = prompt.teacher_user or prompt.user
    messages = _system(prompt)
    for shot in _shots(problem.domain, prompt):
        messages.append(_turn("user", template.format(question=shot.question)))
        messages.append(_turn("assistant", prompt.teacher_assistant.format(reasoning=shot.reasoning, answer=shot.answer)))
    return [*messages, _turn("user", template.format(question=problem.question))]


def training_messages(problem: Problem, reasoning: str, response: str, prompt: Prompt) -> Messages:
    """The student's prompt and the trace as the assistant's turn, with exactly one think block."""
    return [*student_messages(problem, prompt), _turn("assistant", f"<think>\n{reasoning}\n</think>\n\n{response}")]


def _shots(domain: str, prompt: Prompt) -> list[WorkedExample]:
    own = [shot for shot in prompt.few_shot if shot.domain == domain]
    return own or [shot for shot in prompt.few_shot if not shot.domain]


def _system(prompt: Prompt) -> Messages:
    return [_turn("system", prompt.system)] if prompt.system else []


def _turn(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}
