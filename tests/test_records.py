"""Records: one Arrow schema each, ids that are content hashes."""

import pytest

from stillhouse.records import (
    Decision,
    Example,
    Funnel,
    Problem,
    Request,
    Review,
    Trace,
    Verdict,
    arrow_schema,
    from_table,
    problem_id,
    to_table,
)


@pytest.mark.parametrize("record", [Problem, Request, Trace, Review, Verdict, Decision, Example, Funnel])
def test_a_schema_has_a_field_per_attribute(record: type) -> None:
    assert arrow_schema(record).names == list(record.__dataclass_fields__)


def test_rows_survive_arrow() -> None:
    example = Example("e1", "p1", "t1", [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": "4"}], "4", "sums", None, 9)
    assert from_table(to_table([example], Example), Example) == [example]


def test_the_same_question_in_other_clothes_has_the_same_id() -> None:
    assert problem_id("What is  2+2?\n") == problem_id("what is 2+2?") == problem_id("what is 2+2?")
    assert problem_id("What is 2+3?") != problem_id("What is 2+2?")
