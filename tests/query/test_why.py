"""The story of a trace, an answer, a problem and an example, by the start of its id."""

from pathlib import Path

import pytest

import small_run
from stillhouse.errors import UserError
from stillhouse.query.ask import open_views
from stillhouse.query.committed import Committed
from stillhouse.query.why import explain
from stillhouse.storage.run import OpenRun, Run


def told(run: OpenRun, given: str) -> str:
    with open_views(Committed.at(run)) as connection:
        return "\n".join(explain(connection, given))


@pytest.fixture
def run(tmp_path: Path) -> OpenRun:
    return small_run.make(tmp_path)


def test_a_dropped_trace_has_its_verdict_and_its_first_reason(run: OpenRun) -> None:
    text = told(run, "ttp2-1")
    assert "trace ttp2-1 of problem p2" in text
    assert "question: What is 2+2? (gold 4)" in text
    assert "sample: asked of teacher@11111111 (plain), sample 1: 11 tokens, format think" in text
    assert "verify: wrong by math 3 (answer '\\\\boxed{5}'): differs" in text
    assert "DROPPED (trace) by curate/outcome: wrong" in text


def test_an_answer_of_the_student_is_explained_like_a_trace_with_both_readings(run: OpenRun) -> None:
    text = told(run, "tsp9")
    assert "score/student/sample: asked of student@33333333" in text
    assert "score/student/verify: wrong by math 3, read strictly" in text
    assert "score/student/verify: correct by math 3, read leniently" in text


def test_an_example_leads_to_its_trace_and_a_trace_to_its_example(run: OpenRun) -> None:
    assert told(run, "ettp0") == told(run, "ttp0-0")
    assert "it is the example ettp0-0" in told(run, "ttp0-0")


def test_a_problem_tells_what_became_of_its_traces(run: OpenRun) -> None:
    text = told(run, "p1")
    assert "sample: 3 traces drawn" in text
    assert "verify: 2 traces plain correct" in text
    assert "curate: 1 trace outcome wrong" in text
    assert "no step has decided" not in text
    assert "problem pbad\n  DROPPED (problem) by problems/gold: quarantined (the gold is empty)" in told(run, "pb")


def test_a_problem_is_explained_before_anything_is_sampled(tmp_path: Path) -> None:
    writer = small_run.Writer(Run.at(str(tmp_path / "runs" / "tiny")))
    writer.step("problems", "problems", {"problems": small_run.TRAINING, "held_out": [], "decisions": []})
    assert told(OpenRun.at(writer.run.uri), "p1") == "problem p1\n  question: What is 1+1? (gold 2)\n  no step has decided yet"


def test_no_id_and_several_ids_are_told(run: OpenRun) -> None:
    with pytest.raises(UserError, match="No trace"):
        told(run, "zzz")
    with pytest.raises(UserError, match="Several"):
        told(run, "p")


def test_what_a_model_wrote_cannot_steer_the_terminal(tmp_path: Path) -> None:
    writer = small_run.Writer(Run.at(str(tmp_path / "runs" / "tiny")))
    odd = small_run.Problem("p1", "What is\n\x1b[2J 1?", "1", "math")
    writer.step("problems", "problems", {"problems": [odd], "held_out": [], "decisions": []})
    assert "\x1b" not in told(OpenRun.at(writer.run.uri), "p1")
