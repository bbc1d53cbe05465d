"""Second tries on problems of which every sample failed: with the answer as a hint, or with what was wrong with an answer.

The trace has its reasoning and response alone; the prompt that a student is trained on is the plain question's, so that
neither the hint nor the failed answer reaches it.
"""

from dataclasses import dataclass, replace

from stillhouse.engines.base import Ask
from stillhouse.engines.prompts import Messages
from stillhouse.recipe.methods import Rationalise, Refine
from stillhouse.records import Problem, Request, Trace
from stillhouse.rollouts.leak import leak, refers
from stillhouse.rollouts.methods.trace import noted, trace_of


def hinted(how: Rationalise, chat: Messages, problem: Problem) -> Messages:
    """The chat with the problem's answer after its question."""
    *before, last = chat
    return [*before, {**last, "content": last["content"] + how.hint.format(answer=problem.answer)}]


@dataclass(frozen=True, slots=True)
class Failed:
    """A failed answer: its trace's id and text, and what the verifier read and said."""

    id: str
    reasoning: str
    response: str
    extracted: str
    reason: str


def refused(how: Refine, chat: Messages, problem: Problem, failed: Failed) -> Messages:
    """The chat with a failed answer and what the verifier says of it; a reason that holds the gold is kept back."""
    said = f"<think>\n{failed.reasoning}\n</think>\n\n{failed.response}" if failed.reasoning else failed.response
    read = f"{failed.extracted} is wrong" if failed.extracted else "it states no answer"
    told = f"{read} ({failed.reason})" if failed.reason and problem.answer not in failed.reason else read
    return [*chat, {"role": "assistant", "content": said}, {"role": "user", "content": how.ask.format(reason=told)}]


async def rationalised(request: Request, chat: Messages, problem: Problem, ask: Ask) -> Trace:
    """A rationale for the answer that the chat hints at.

    One that leaks the hint is a trace without a text, which nothing accepts; its text stays in the notes, with the reason.
    """
    trace = trace_of(request, [await ask(chat, seed=request.seed, max_tokens=request.effort)])
    return _kept(trace, leak(problem.question, problem.answer, _text(trace)))


async def refined(request: Request, chat: Messages, failed: str, ask: Ask) -> Trace:
    """Another answer after a failed one, whose trace the notes name. One that speaks of the failed answer has no text, as above."""
    trace = trace_of(request, [await ask(chat, seed=request.seed, max_tokens=request.effort)])
    return _kept(trace, refers(_text(trace)), refines=failed)


def _text(trace: Trace) -> str:
    return f"{trace.reasoning}\n\n{trace.response}".strip()


def _kept(trace: Trace, why: str, **notes: str) -> Trace:
    """The trace, or where there is a reason against it the trace without its text, which the notes keep."""
    if not why:
        return noted(trace, **notes)
    return noted(replace(trace, reasoning="", response="", finish_reason="leak"), leak=why, text=_text(trace), **notes)
