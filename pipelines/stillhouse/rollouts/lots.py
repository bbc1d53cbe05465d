"""Cases that travel together: some reviews with their problems and traces, as Arrow's bytes, to a judge and as verdicts back.

One object of Python's per lot goes from process to process, and none per trace. The rows become objects where they are judged.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from stillhouse.records import Problem, Review, Trace, arrow_schema

ROWS, BYTES = 64, 2**20
_PARTS = {"review": Review, "problem": Problem, "trace": Trace}
COLUMNS = pa.schema([(f"{part}.{field.name}", field.type) for part, record in _PARTS.items() for field in arrow_schema(record)])
"""What a case needs, as columns: `review.id`, `problem.answer`, `trace.response`, …"""
_WIDTHS = [len(arrow_schema(record).names) for record in _PARTS.values()]


@dataclass(frozen=True, slots=True)
class Case:
    """A review with what is needed to give it."""

    review: Review
    problem: Problem
    trace: Trace


@dataclass(frozen=True, slots=True)
class Lot:
    """At most ROWS cases. `key` is the id of its first review; by_model: all of them are for the judge, else none is."""

    key: str
    rows: int
    by_model: bool
    data: pa.Buffer

    def cases(self) -> Iterator[Case]:
        """Its cases, in order."""
        batch = pa.ipc.read_record_batch(self.data, COLUMNS)
        first, second = _WIDTHS[0], _WIDTHS[0] + _WIDTHS[1]
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield Case(Review(*row[:first]), Problem(*row[first:second]), Trace(*row[second:]))

    def alone(self) -> Iterator["Lot"]:
        """Each of its cases in a lot of its own."""
        batch = pa.ipc.read_record_batch(self.data, COLUMNS)
        for row in range(self.rows):
            yield _lot(batch.slice(row, 1), self.by_model)


def lot_of(case: Case) -> Lot:
    """One case as a lot."""
    row = {f"{part}.{name}": getattr(getattr(case, part), name) for part, record in _PARTS.items() for name in arrow_schema(record).names}
    (found,) = lots(pa.RecordBatch.from_pylist([row], schema=COLUMNS))
    return found


def lots(batch: pa.RecordBatch) -> Iterator[Lot]:
    """Rows with COLUMNS in lots of at most ROWS rows and, where they have several, about BYTES."""
    aside = pc.or_(pc.equal(batch["problem.verifier"], "judge"), pc.equal(batch["review.reading"], "check"))
    for by_model in (False, True):
        chosen = batch.filter(aside if by_model else pc.invert(aside))
        if chosen.num_rows:
            rows = max(1, min(ROWS, BYTES * chosen.num_rows // max(1, chosen.nbytes)))
            for start in range(0, chosen.num_rows, rows):
                yield _lot(chosen.slice(start, rows), by_model)


def _lot(rows: pa.RecordBatch, by_model: bool) -> Lot:
    """The bytes hold these rows alone; a pickled slice would hold the whole batch."""
    return Lot(rows["review.id"][0].as_py(), rows.num_rows, by_model, rows.serialize())
