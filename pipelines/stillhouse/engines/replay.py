"""Recorded traces: a file of (question, text) rows is matched to the problems by question.

Sample i of a problem is the i-th recorded text of its question, in the file's order. Nothing is made up: where the file
has no further text there is no trace. Texts are copied to a temporary file and looked up there, so that memory does not
grow with them. Token counts are words, as no tokenizer is known for recorded text.
"""

import os
import tempfile
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import xxhash

from stillhouse.dialects import parse
from stillhouse.engines.base import blank_trace
from stillhouse.errors import UserError
from stillhouse.recipe.teacher import ReplayTeacher
from stillhouse.records import Request, Trace, normalise_question
from stillhouse.tables.read import Bad
from stillhouse.tables.source import open_source


@dataclass(frozen=True, slots=True)
class Matching:
    """How the rows of a file and the samples that are asked for meet.

    unmatched: rows whose question is no problem's. surplus: rows beyond the n samples of their problem. missing: samples
    for which there is no row.
    """

    rows: int
    unmatched: int
    surplus: int
    missing: int

    def line(self) -> str:
        """All of it in one line, for people."""
        used = self.rows - self.unmatched - self.surplus
        return (
            f"{self.rows:,} recorded traces, {used:,} of them used; {self.unmatched:,} match no problem, "
            f"{self.surplus:,} are more than is asked for; {self.missing:,} samples have none and are left out"
        )


class Recorded:
    """The recorded texts of a file. Raises UserError for a file that cannot be read whole, before anything is sampled."""

    def __init__(self, teacher: ReplayTeacher) -> None:
        self._path = teacher.path
        self._texts = tempfile.TemporaryFile()  # noqa: SIM115  (open as long as this object lives)
        questions, ends = array("Q"), array("q", [0])
        for question, text in _rows(teacher):
            self._texts.write(text.encode())
            questions.append(_key(question))
            ends.append(self._texts.tell())
        self._texts.flush()
        keys: npt.NDArray[np.uint64] = np.array(questions, dtype=np.uint64)
        self._order = np.argsort(keys, kind="stable")
        self._keys, self._ends = keys[self._order], np.array(ends)
        self._asked: str | None = None
        self._found = (0, 0)

    def __len__(self) -> int:
        return len(self._keys)

    def match(self, questions: Iterable[str], n: int) -> Matching:
        """Compares the file with the problems' questions, each given once, and the n samples of each.

        Raises UserError when no row matches: nearly always the wrong file or the wrong column.
        """
        matched = surplus = missing = 0
        for question in questions:
            found = self.count(question)
            matched += found
            surplus += max(0, found - n)
            missing += max(0, n - found)
        if not matched:
            raise UserError(
                f"None of the {len(self):,} rows of {self._path} has the question of a problem.",
                "`teacher.question` names the column that holds the problem's question, word for word.",
            )
        return Matching(len(self), len(self) - matched, surplus, missing)

    def trace(self, request: Request, question: str) -> Trace | None:
        """The recorded trace of a request, if there is one."""
        start, end = self._range(question)
        if request.index >= end - start:
            return None
        text = self._text(int(self._order[start + request.index]))
        parsed = parse(text)
        return replace(
            blank_trace(request, "stop"),
            reasoning=parsed.reasoning,
            response=parsed.response,
            format=parsed.format,
            calls=1,
            prompt_tokens=_words(question),
            reasoning_tokens=_words(parsed.reasoning),
            output_tokens=_words(text),
        )

    def _range(self, question: str) -> tuple[int, int]:
        if self._asked != question:  # the samples of a problem come one after another
            key = np.uint64(_key(question))
            self._asked, self._found = (
                question,
                (int(np.searchsorted(self._keys, key, "left")), int(np.searchsorted(self._keys, key, "right"))),
            )
        return self._found

    def count(self, question: str) -> int:
        """How many texts were recorded for a question."""
        start, end = self._range(question)
        return end - start

    def _text(self, row: int) -> str:
        start, end = int(self._ends[row]), int(self._ends[row + 1])
        return os.pread(self._texts.fileno(), end - start, start).decode()


def _rows(teacher: ReplayTeacher) -> Iterator[tuple[str, str]]:
    names = [teacher.question, teacher.text]
    empty = True
    for batch in open_source(teacher.path).batches(names):
        for number, row in zip(batch.numbers, batch.sound_rows(), strict=True):
            where = f"{teacher.path}, row {number}"
            if isinstance(row, Bad):
                raise UserError(f"{row.detail}.", "Repair or remove the row.")
            for name in names:
                if not isinstance(row.get(name), str):
                    raise UserError(f"{where} has {_what(row, name)}.", "`teacher.question` and `teacher.text` name two columns of texts.")
            empty = False
            yield row[teacher.question], row[teacher.text]
    if empty:
        raise UserError(f"{teacher.path} has no rows.", "`teacher.path` names a file of recorded traces.")


def _what(row: dict[str, object], name: str) -> str:
    if name not in row:
        return f"no column {name!r}; its columns: {', '.join(row) or 'none'}"
    return f"no text in {name!r}, but {'null' if row[name] is None else type(row[name]).__name__}"


def _key(question: str) -> int:
    return xxhash.xxh3_64_intdigest(normalise_question(question).encode())


def _words(text: str) -> int:
    return len(text.split())
