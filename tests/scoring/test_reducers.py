"""Shares per problem, from the verdicts on a model's answers."""

from pathlib import Path

import small_run
from stillhouse.query.committed import Committed
from stillhouse.query.views import connect
from stillhouse.scoring.reducers import per_problem
from stillhouse.storage.run import OpenRun, Run


def scored(folder: Path) -> Committed:
    """Three answers to each of two problems, of which the second is wrong; one of p9 has no strict verdict, and other readings differ."""
    writer = small_run.Writer(Run.at(str(folder / "runs" / "tiny")))
    answers = small_run.sampled(writer, "score/student/sample", small_run.HELD_OUT, small_run.STUDENT, 3, {})
    strict = [small_run.verdict(t, small_run.outcome(t), "strict") for t in answers if t.id != "tsp9-2"]
    lenient = [small_run.verdict(t, "correct", "lenient") for t in answers]
    small_run.judged(writer, "score/student/verify", [*strict, *lenient])
    return Committed.at(OpenRun.at(writer.run.uri))


def test_shares_are_per_problem_and_an_unjudged_answer_is_not_correct(tmp_path: Path) -> None:
    with connect(scored(tmp_path)) as connection:
        assert per_problem(connection, "score/student", "strict") == {"p8": 2 / 3, "p9": 1 / 3}
        assert per_problem(connection, "score/student", "lenient") == {"p8": 1.0, "p9": 1.0}
        assert per_problem(connection, "score/base", "strict") == {}
