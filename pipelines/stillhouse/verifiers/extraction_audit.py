"""How many responses had no answer that a verifier found, and whether that looks like the reader's fault.

A reader that does not know how a model marks its answers rejects what is right, in silence. The audit counts the responses
without an answer, those whose lenient reading (the last number or choice) is the gold's (suspected false rejects), and the
commonest shapes of their endings. It is fed row by row and keeps no response. Limit: shapes are counted exactly up to
MAX_SHAPES different ones; then the rarest are forgotten.
"""

import re
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from stillhouse.verifiers.unanswered import is_suspected, is_unanswered

# Verifiers that look for no stated answer.
NO_READERS = frozenset({"code", "judge", "reward", "process", "structure"})
SHOWN = 10
MAX_SHAPES = 10_000
_ENDING = 60
_TAIL = 2_000


@dataclass(frozen=True, slots=True)
class Shape:
    """The end of a response with every run of digits as N; `example` is the end of the first one, in row `id`."""

    shape: str
    count: int
    example: str
    id: str


@dataclass(frozen=True, slots=True)
class Extraction:
    """Of `read` responses, `unanswered` had no answer that was found; `suspected` of these are perhaps right.

    `cut` responses ended at the token limit without an answer. They are counted apart, because no reader can help there.
    """

    read: int
    unanswered: int
    suspected: int
    cut: int
    shapes: list[Shape]

    @property
    def share(self) -> float:
        return self.unanswered / max(self.read, 1)

    def line(self) -> str:
        cut = f"; {self.cut:,} more were cut off at the token limit" if self.cut else ""
        return (
            f"{self.unanswered:,} of {self.read:,} ({self.share:.1%}), {self.suspected:,} of them with the gold "
            f"as their last number or choice{cut}"
        )

    def warning(self, threshold: float) -> str | None:
        """What to say where more than `threshold` of the responses have no answer that was found."""
        if self.share <= threshold:
            return None
        ends = "; ".join(
            f"{shape.count:,} x {shape.example!r}" if shape.shape else f"{shape.count:,} x nothing at all" for shape in self.shapes[:3]
        )
        return (
            f"no answer found in {self.share:.1%} of the responses (more than {threshold:.1%}), {self.suspected:,} suspected false rejects. "
            f"They end like this: {ends}"
        )

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"share": round(self.share, 6)}


class ExtractionAudit:
    """`add` every verdict with its response; `result` at any time."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._shapes: Counter[str] = Counter()
        self._examples: dict[str, tuple[str, str]] = {}

    def add(self, row: str, verdict: Any, response: str, finish_reason: str = "stop") -> None:
        """`verdict` has verifier, outcome, extracted and reason; one without a decision about the answer is passed over."""
        if verdict.verifier in NO_READERS or verdict.outcome in ("timeout", "error"):
            return
        self._counts["read"] += 1
        if not is_unanswered(verdict.extracted, verdict.reason):
            return
        if finish_reason == "length":
            self._counts["cut"] += 1
            return
        self._counts["unanswered"] += 1
        self._counts["suspected"] += is_suspected(verdict.reason)
        self._remember(row, ending(response))

    def result(self) -> Extraction:
        counts = self._counts
        shapes = [Shape(shape, count, *self._examples[shape]) for shape, count in self._shapes.most_common(SHOWN)]
        return Extraction(counts["read"], counts["unanswered"], counts["suspected"], counts["cut"], shapes)

    def _remember(self, row: str, example: str) -> None:
        shape = re.sub(r"\d+", "N", example)
        self._shapes[shape] += 1
        self._examples.setdefault(shape, (example, row))
        if len(self._shapes) > MAX_SHAPES:
            self._shapes = Counter(dict(self._shapes.most_common(MAX_SHAPES // 2)))
            self._examples = {kept: self._examples[kept] for kept in self._shapes}


def ending(response: str) -> str:
    """The last line of a response, or the end of a long one, in printable characters."""
    lines = [" ".join(line.split()) for line in response[-_TAIL:].splitlines()]
    last = next((line for line in reversed(lines) if line), "")
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in last[-_ENDING:])
