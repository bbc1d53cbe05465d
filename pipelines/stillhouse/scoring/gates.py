"""The regression gate: what a student may not lose on a guard set.

A guard is a set of problems that base and student both answered. The gate compares them problem by problem, read leniently: a guard asks
whether the student still knows, not whether it keeps to a format. It fails where even the best end of the 95% interval of the difference is
a greater loss than is allowed. The limit: a small guard set has a wide interval and lets a real loss pass; `stillhouse scores --within`
says how many problems an interval needs.
"""

import duckdb

from stillhouse.records import Gate
from stillhouse.scoring.intervals import paired_difference, points
from stillhouse.scoring.reducers import per_problem

READING = "lenient"


def guard_gate(connection: duckdb.DuckDBPyConnection, name: str, allow: float) -> Gate:
    """The gate of one guard, of a run that has its scores. allow: the share of its problems that may be lost.

    Raises ValueError for a guard of fewer than two problems.
    """
    base, student = (per_problem(connection, f"score/{name}/{role}", READING) for role in ("base", "student"))
    found = paired_difference(list(base.values()), [student[problem] for problem in base])
    passed = found.high >= -allow
    said = f"{points(found)} over {found.n:,} problems; a loss of {100 * allow:g} is allowed"
    return Gate(f"guard {name}", passed, found.mean, -allow, said if passed else f"lost beyond its interval: {said}")
