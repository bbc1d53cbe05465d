"""Lots: what goes in comes out, whole and alone, in bounded parts, and the judge's cases apart from the others."""

import pyarrow as pa

from stillhouse.records import Problem, answer_trace
from stillhouse.rollouts.lots import COLUMNS, ROWS, Case, lot_of, lots
from stillhouse.rollouts.reviews import review


def case(i: int, verifier: str = "math", text: str = "4") -> Case:
    problem = Problem(f"p{i}", f"What is {i}?", str(i), verifier, payload='{"a": 1}')
    trace = answer_trace(f"t{i}", problem.id, text, reasoning="say 4", index=i)
    return Case(review(problem, trace.id, "plain"), problem, trace)


def batch(cases: list[Case]) -> pa.RecordBatch:
    tables = [pa.ipc.read_record_batch(lot_of(one).data, COLUMNS) for one in cases]
    return pa.Table.from_batches(tables).combine_chunks().to_batches()[0]


def test_a_case_comes_out_as_it_went_in() -> None:
    (found,) = lot_of(case(3)).cases()
    assert found == case(3)


def test_a_table_comes_in_lots_that_hold_their_own_rows_alone() -> None:
    cases = [case(i) for i in range(2 * ROWS + 1)]
    found = list(lots(batch(cases)))
    assert [lot.rows for lot in found] == [ROWS, ROWS, 1]
    assert [one for lot in found for one in lot.cases()] == cases
    assert [lot.key for lot in found] == [cases[0].review.id, cases[ROWS].review.id, cases[2 * ROWS].review.id]
    assert found[2].data.size < found[0].data.size / 4


def test_long_traces_make_small_lots() -> None:
    found = list(lots(batch([case(i, text="9" * 300_000) for i in range(8)])))
    assert {lot.rows for lot in found} == {3, 2}


def test_the_judges_cases_are_apart() -> None:
    cases = [case(i, "judge" if i % 3 == 0 else "math") for i in range(9)]
    for lot in lots(batch(cases)):
        assert {one.problem.verifier == "judge" for one in lot.cases()} == {lot.by_model}


def test_a_lot_can_be_taken_apart() -> None:
    cases = [case(i) for i in range(5)]
    (lot,) = lots(batch(cases))
    apart = list(lot.alone())
    assert [one.key for one in apart] == [one.review.id for one in cases]
    assert [found for one in apart for found in one.cases()] == cases
