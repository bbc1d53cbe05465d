"""Rates of k and how a model thinks, from the traces and verdicts of a small run."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import small_run
from stillhouse.query.committed import Committed
from stillhouse.query.views import connect
from stillhouse.scoring.measures import Measured, measure_all
from stillhouse.storage.run import OpenRun, Run

LOOP = "and again I add the two numbers and get to the end of it all " * 60


def scored(folder: Path) -> OpenRun:
    """Base and student, three answers to two problems each. Of the student's the second is wrong, cut off and loops; the base has none right."""
    writer = small_run.Writer(Run.at(str(folder / "runs" / "tiny")))
    for role, model in (("base", small_run.BASE), ("student", small_run.STUDENT)):
        requests = [small_run.request(p.id, i, model) for p in small_run.HELD_OUT for i in range(3)]
        traces = [
            replace(small_run.trace(r, "\\boxed{7}" if r.index == 1 else "\\boxed{4}"), reasoning="It is 4. Or is it?") for r in requests
        ]
        traces = [replace(t, reasoning=LOOP, format="unclosed", finish_reason="length") if t.index == 1 else t for t in traces]
        writer.step(f"score/{role}/sample", "sample", {"requests": requests}, {"traces": ("requests", traces)})
        verdicts = []
        for trace in traces:
            outcome = "correct" if role == "student" and trace.index != 1 else "wrong"
            verdicts += [
                replace(small_run.verdict(trace, outcome, reading), extracted=trace.response[7:-1]) for reading in ("strict", "lenient")
            ]
        small_run.judged(writer, f"score/{role}/verify", verdicts)
    return OpenRun.at(writer.run.uri)


@pytest.fixture
def run(tmp_path: Path) -> OpenRun:
    return scored(tmp_path)


def of(run: OpenRun) -> dict[tuple[str, str], Measured]:
    committed = Committed.at(run)
    with connect(committed) as connection:
        return {(model.name, model.reading): model for model in measure_all(connection, committed)[0]}


def test_rates_of_k_are_means_over_problems(run: OpenRun) -> None:
    student = of(run)["score/student", "strict"]
    assert student.pass_at_1.mean == pytest.approx(2 / 3)
    assert [one.k for one in student.of_k] == [2, 3]
    assert [one.passed.mean for one in student.of_k] == [1.0, 1.0]
    assert [one.majority.mean for one in student.of_k] == pytest.approx([2 / 3, 1.0])
    assert student.of_k[-1].shortest.mean == 1.0, "the first answer has the fewest tokens"
    assert of(run)["score/base", "strict"].pass_at_1.mean == 0


def test_how_a_model_thinks(run: OpenRun) -> None:
    thinking = of(run)["score/student", "strict"].thinking
    assert thinking.tokens_per_answer == 4
    assert thinking.tokens_per_correct == 6, "24 tokens for four correct answers"
    assert (thinking.truncated, thinking.unclosed, thinking.loops) == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    assert thinking.tokens_after == pytest.approx(4 * (1 - 7 / 18))
    assert of(run)["score/base", "strict"].thinking.tokens_per_correct is None


def test_the_command_tells_the_models_and_what_lies_between_them(run: OpenRun, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "stillhouse", "scores", str(tmp_path / "runs" / "tiny"), "--within", "3"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "shortest@k" in told
    assert "score/student" in told
    assert "6 a correct one" in told
    found = json.loads(subprocess.run([*command, "--json"], capture_output=True, text=True, check=True).stdout)
    lead = next(lead for lead in found["leads"] if lead["reading"] == "strict")
    assert (lead["of"], lead["over"]) == ("score/student", "score/base")
    assert lead["difference"]["mean"] == pytest.approx(2 / 3)
    assert found["problems_needed"]["score/student"] > 900


def test_a_run_without_scores_is_told_in_one_line(tmp_path: Path) -> None:
    small_run.make(tmp_path, trained=False)
    command = [sys.executable, "-m", "stillhouse", "scores", str(tmp_path / "runs" / "tiny")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "no scored model" in done.stderr
