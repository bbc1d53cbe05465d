"""Curation as a whole: nothing is lost, every drop has one reason, the same seed gives the same result."""

import duckdb
import polars as pl
import pytest

from stillhouse.curation.pipeline import curate
from stillhouse.errors import UserError
from stillhouse.recipe.curation import Curation


def rows(n: int = 60) -> pl.DataFrame:
    outcomes = ["correct", "correct", "wrong", "timeout", None]
    return pl.DataFrame(
        {
            "id": [f"t{i:03d}" for i in range(n)],
            "problem_id": [f"p{i % 12}" for i in range(n)],
            "outcome": [outcomes[i % 5] for i in range(n)],
            "format": ["think" if i % 7 else "unclosed" for i in range(n)],
            "finish_reason": ["stop" if i % 11 else "length" for i in range(n)],
            "reasoning": [f"First {i} is counted, then {i + 1} follows." for i in range(n)],
            "response": [f"The answer is {i}." for i in range(n)],
        }
    )


def steps(*given: dict[str, object]) -> Curation:
    return Curation.model_validate({"steps": list(given)})


LOST = """
SELECT count(*) FROM input i
LEFT JOIN (SELECT id, count(*) AS n, count(*) FILTER (kept) AS said FROM decisions GROUP BY id) d USING (id)
LEFT JOIN kept k USING (id)
WHERE d.n IS DISTINCT FROM 1 OR (k.id IS NULL) = (d.said = 1)
"""
BASIC = steps({"step": "outcome"}, {"step": "format"}, {"step": "pick", "per_problem": 1, "size": 4})


def test_every_row_is_kept_or_has_exactly_one_first_reason() -> None:
    table, found = rows(), curate(rows(), BASIC, seed=1)
    kept = pl.DataFrame({"id": found.kept})
    decisions = found.decisions
    connection = duckdb.connect()
    for name, frame in {"input": table, "decisions": decisions, "kept": kept}.items():
        connection.register(name, frame.to_arrow())
    assert connection.execute(LOST).fetchone() == (0,)
    assert table.height == decisions.height
    assert len(found.kept) == 4
    assert set(decisions.filter(~pl.col("kept"))["reason"].unique()) >= {
        "wrong",
        "timeout",
        "unjudged",
        "truncated",
        "think_unclosed",
        "size",
    }


def test_order_of_the_rows_does_not_change_what_is_kept() -> None:
    assert set(curate(rows(), BASIC, 3).kept) == set(curate(rows().sample(fraction=1, shuffle=True, seed=2), BASIC, 3).kept)


def test_another_seed_keeps_others() -> None:
    assert curate(rows(), BASIC, 3).kept != curate(rows(), BASIC, 4).kept


def test_a_step_that_is_off_drops_nothing() -> None:
    off = steps({"step": "outcome", "on": False})
    assert len(curate(rows(), off, 0).kept) == rows().height


def test_a_missing_column_is_named_with_its_step() -> None:
    with pytest.raises(UserError, match="'outcome' needs the column 'outcome'"):
        curate(rows().drop("outcome"), BASIC, 0)


def test_repeated_ids_are_refused() -> None:
    with pytest.raises(UserError, match="occurs more than once"):
        curate(pl.concat([rows(3), rows(3)]), BASIC, 0)
