"""Recorded traces as a teacher: a file of (question, text) rows is matched to the problems by question.

Nothing is generated: a request for which the file has no further row comes back with finish_reason "not_recorded".
Token counts are words, as no tokenizer is known for recorded text.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from stillhouse.dialects import parse
from stillhouse.errors import UserError
from stillhouse.recipe.sections import ReplayTeacher, Sampling
from stillhouse.records import normalise_question
from stillhouse.teachers.base import Completion, Request


class ReplayEngine:
    """Serves the recorded texts of a question in file order: sample i gets the i-th of them."""

    def __init__(self, teacher: ReplayTeacher) -> None:
        self._texts = _recorded(teacher)

    def generate(self, requests: list[Request], sampling: Sampling) -> Iterator[list[Completion]]:
        """One list with every completion; `Request.key` ends in the sample's index after a colon."""
        yield [self._completion(request) for request in requests]

    def _completion(self, request: Request) -> Completion:
        question = normalise_question(request.messages[-1]["content"])
        texts = self._texts.get(question, [])
        index = int(request.key.rsplit(":", 1)[1])
        if index >= len(texts):
            return Completion(request.key, "", "", "none", "not_recorded", 0, 0, 0, 0.0)
        parsed = parse(texts[index])
        return Completion(
            request.key, parsed.reasoning, parsed.response, parsed.format, "stop",
            _words(question), _words(parsed.reasoning), _words(texts[index]), 0.0,
        )  # fmt: skip


def _words(text: str) -> int:
    return len(re.findall(r"\S+", text))


def _recorded(teacher: ReplayTeacher) -> dict[str, list[str]]:
    import polars as pl

    path = Path(teacher.path)
    if not path.exists():
        raise UserError(f"The recorded traces {path} do not exist.", "`teacher.path` names a JSONL or Parquet file.")
    frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_ndjson(path)
    missing = {teacher.question, teacher.text} - set(frame.columns)
    if missing:
        raise UserError(f"{path} has no column {sorted(missing)[0]!r}.", f"Its columns: {', '.join(frame.columns)}.")
    out: dict[str, list[str]] = {}
    for question, text in frame.select(teacher.question, teacher.text).iter_rows():
        out.setdefault(normalise_question(question), []).append(text)
    return out
