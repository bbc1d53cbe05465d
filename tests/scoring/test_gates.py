"""The regression gate: what a student may lose on a guard, and what is told of it."""

from pathlib import Path

import pytest

import small_run
from stillhouse.query.committed import Committed
from stillhouse.query.views import connect
from stillhouse.records import Gate, Problem, Trace
from stillhouse.scoring.gates import guard_gate
from stillhouse.storage.run import OpenRun, Run

PROBLEMS = [Problem(f"p{i}", f"What is {i}?", str(i), "math") for i in range(60)]


def gate(folder: Path, kept: int, of: int, allow: float) -> Gate:
    """The gate of a guard of `of` problems that the base solves, and of which the student solves `kept`."""
    writer = small_run.Writer(Run.at(str(folder / "runs" / "tiny")))
    for role, solved in (("base", of), ("student", kept)):
        answers = small_run.sampled(writer, f"score/general/{role}/sample", PROBLEMS[:of], f"{role}@1", 1, {})
        given = [verdict for answer in answers for verdict in judged(answer, int(answer.problem_id[1:]) < solved)]
        small_run.judged(writer, f"score/general/{role}/verify", given)
    with connect(Committed.at(OpenRun.at(writer.run.uri))) as connection:
        return guard_gate(connection, "general", allow)


def judged(answer: Trace, right: bool) -> list[object]:
    """Never right in the strict reading: the gate does not ask for a format."""
    return [small_run.verdict(answer, "wrong", "strict"), small_run.verdict(answer, "correct" if right else "wrong", "lenient")]


@pytest.mark.parametrize(
    ("kept", "of", "allow", "passed"),
    [
        (60, 60, 0.0, True),
        (59, 60, 0.0, True),  # one of 60 is within the interval
        (40, 60, 0.0, False),
        (40, 60, 0.5, True),  # a loss that the recipe allows
        (40, 60, 0.1, False),
        (2, 4, 0.0, True),  # half of four problems proves nothing
    ],
)
def test_a_loss_beyond_its_interval_and_what_is_allowed_fails(tmp_path: Path, kept: int, of: int, allow: float, passed: bool) -> None:
    found = gate(tmp_path, kept, of, allow)
    assert (found.name, found.passed, found.limit) == ("guard general", passed, -allow)
    assert found.value == pytest.approx(kept / of - 1)
    assert found.reason.startswith("lost beyond its interval: ") != passed
    assert f"over {of} problems" in found.reason
