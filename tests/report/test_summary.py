"""The numbers of a run, asked of its tables: each is known here by hand."""

from pathlib import Path

import pytest

import small_run
from stillhouse.query.committed import Committed
from stillhouse.records import Problem
from stillhouse.report.summary import Domain, summarise
from stillhouse.report.terminal import lines
from stillhouse.storage.run import Run


def test_the_numbers_of_a_run(tmp_path: Path) -> None:
    found = summarise(Committed.at(small_run.make(tmp_path)))
    assert (found.problems, found.held_out, found.overlap, found.contaminated, found.canaries) == (4, 2, 0, 1, (4, 5))
    assert found.models == {"teacher": small_run.TEACHER, "base": small_run.BASE, "student": small_run.STUDENT}
    assert found.traces == 12
    assert {name: count for name, count in found.outcomes.items() if count} == {"correct": 8, "wrong": 4}
    assert [(j.verifier, j.version, j.isolation) for j in found.judged] == [("math", "3", "namespaces")]
    assert found.funnel == [("input", 12), ("outcome", 8), ("pick", 4)]
    assert (found.examples, found.cost.output_tokens, found.cost.engine_seconds) == (4, 4 * (10 + 11 + 12), 6.0)
    assert found.cost.tokens_per_example == 33
    assert found.domains == [Domain("sums", 4, 12, 8, 4)]
    assert [(r.name, r.base.mean, r.student.mean, r.difference.mean, r.difference.n) for r in found.readings] == [
        ("strict", 0.0, 0.5, 0.5, 2), ("lenient", 0.0, 1.0, 1.0, 2),
    ]  # fmt: skip
    assert [(gate.name, gate.passed, gate.value, gate.limit) for gate in found.gates] == [
        ("guard general", False, -0.5, -0.02), ("guard sums", True, 0.0, 0.0),
    ]  # fmt: skip
    assert dict(lines(found))["guard general"].startswith("FAILED, the student is not released: lost beyond its interval")
    assert list(found.seconds)[:4] == ["problems", "sample", "verify", "curate"]


def test_a_dataset_alone_has_numbers_too_and_no_scores(tmp_path: Path) -> None:
    found = summarise(Committed.at(small_run.make(tmp_path, trained=False)))
    assert found.readings == []
    assert found.examples == 4
    assert not any("pass@1" in name for name, _ in lines(found))


def test_differences_are_points_and_rates_are_percent(tmp_path: Path) -> None:
    told = dict(lines(summarise(Committed.at(small_run.make(tmp_path)))))
    assert told["pass@1, strict"].startswith("base 0.0% [0.0, ")
    assert "student 50.0% [" in told["pass@1, strict"]
    assert told[""].startswith("paired difference +100.0 points [")


def test_a_held_out_problem_in_training_is_counted_by_id_and_by_text(tmp_path: Path) -> None:
    writer = small_run.Writer(Run.at(str(tmp_path / "runs" / "tiny")))
    held_out = [Problem("pa", "What is  ONE?", "1", "math"), Problem("pb", "Two?", "2", "math"), Problem("pc", "Three?", "3", "math")]
    training = [Problem("px", "what is one?", "1", "math"), Problem("pb", "Four?", "4", "math")]
    writer.step("problems", "problems", {"problems": training, "held_out": held_out, "decisions": []})
    assert summarise(Committed(writer.run.store, small_run.OpenRun.at(writer.run.uri).committed())).overlap == 2


def test_no_example_has_no_cost(tmp_path: Path) -> None:
    writer = small_run.Writer(Run.at(str(tmp_path / "runs" / "tiny")))
    writer.step("problems", "problems", {"problems": small_run.TRAINING, "held_out": [], "decisions": []})
    found = summarise(Committed.at(small_run.OpenRun.at(writer.run.uri)))
    assert found.cost.tokens_per_example is None
    assert not any(name == "cost of an example" for name, _ in lines(found))


def test_scores_of_other_problems_are_a_bug_and_not_a_number(tmp_path: Path) -> None:
    run = small_run.make(tmp_path)
    writer = small_run.Writer(run.run, dict(run.run.state().steps))  # type: ignore[union-attr]
    answers = small_run.sampled(writer, "score/base/sample", small_run.HELD_OUT[:1], small_run.BASE, 1, {})
    assert answers
    with pytest.raises(RuntimeError, match="different problems"):
        summarise(Committed.at(small_run.OpenRun.at(run.run.uri)))


def test_answers_that_were_not_found_are_audited(tmp_path: Path) -> None:
    run = small_run.make(tmp_path)
    writer = small_run.Writer(run.run, dict(run.run.state().steps))  # type: ignore[union-attr]
    traces = small_run.sampled(writer, "sample", small_run.TRAINING, small_run.TEACHER, 3, {})
    given = [small_run.verdict(t, "wrong", reason="no answer; its last number or choice is the gold's") for t in traces[:3]]
    given = [small_run.replace(v, extracted="") for v in given] + [small_run.verdict(t, "correct") for t in traces[3:]]
    small_run.judged(writer, "verify", given)
    found = summarise(Committed.at(small_run.OpenRun.at(run.run.uri)))
    assert (found.extraction.read, found.extraction.unanswered, found.extraction.suspected) == (12, 3, 3)
    assert "25.0%" in str(found.extraction_warning)
