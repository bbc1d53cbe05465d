"""From replies to the row that is kept."""

from dataclasses import replace

from stillhouse.engines.base import Reply, blank_trace
from stillhouse.records import Request, Trace


def trace_of(request: Request, replies: list[Reply], last: Reply | None = None) -> Trace:
    """The trace of a request: the text of `last` (else of the last reply), and what all replies cost."""
    last = last or replies[-1]
    return replace(
        blank_trace(request, last.finish_reason),
        reasoning=last.reasoning,
        response=last.response,
        format=last.format,
        calls=len(replies),
        prompt_tokens=sum(reply.prompt_tokens for reply in replies),
        reasoning_tokens=last.reasoning_tokens,
        output_tokens=sum(reply.output_tokens for reply in replies),
        seconds=sum(reply.seconds for reply in replies),
    )
