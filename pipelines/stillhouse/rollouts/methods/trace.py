"""From replies to the row that is kept."""

import json
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


def noted(trace: Trace, **notes: object) -> Trace:
    """The trace with what the method did; notes that say nothing are left out."""
    told = {name: value for name, value in notes.items() if value}
    return replace(trace, notes=json.dumps(told, sort_keys=True) if told else None)
