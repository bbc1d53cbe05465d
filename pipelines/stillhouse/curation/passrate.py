"""How often each problem was solved, counted over all input rows before a step drops any.

Only verdicts say something of the problem: correct and wrong count (a truncated trace is wrong), timeouts, errors
and unverifiable ones do not.
"""

import polars as pl


def with_pass_rate(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds `tried`, `solved` and, where missing or null, `difficulty` (1 - pass rate); unchanged without verdicts."""
    if not {"problem_id", "outcome"} <= set(rows.columns):
        return rows
    known = pl.col("outcome").is_in(["correct", "wrong"])
    counted = rows.with_columns(
        known.fill_null(False).sum().over("problem_id").cast(pl.Int64).alias("tried"),
        (pl.col("outcome") == "correct").fill_null(False).sum().over("problem_id").cast(pl.Int64).alias("solved"),
    )
    rate = pl.when(pl.col("tried") > 0).then(1 - pl.col("solved") / pl.col("tried"))
    given = [pl.col("difficulty").cast(pl.Float64)] if "difficulty" in rows.columns else []
    return counted.with_columns(pl.coalesce(*given, rate).alias("difficulty"))
