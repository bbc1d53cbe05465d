"""The report: one file with every part of a run that there is, and nothing that a model wrote as mark-up."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import small_run
from small_run import parts
from stillhouse.report.page import render
from stillhouse.storage.run import OpenRun, Run


@dataclass(frozen=True)
class Heading:
    name: str = "tiny"
    description: str = "small sums"
    seed: int = 7
    extraction_warning: float = 0.02


def test_a_finished_run_has_every_part(finished: dict[str, Any]) -> None:
    page = render(Heading(), finished)
    headings = (
        "Before and after",
        "Funnel",
        "Domains",
        "Length of traces",
        "Training loss",
        "Kept",
        "Dropped",
        "answers: right",
        "answers: wrong",
    )
    assert all(heading in page for heading in headings)
    assert all(model in page for model in (small_run.TEACHER, small_run.BASE, small_run.STUDENT))
    assert "seed 7" in page
    assert "+100.0 points [" in page
    assert "outcome: wrong, one of 4" in page
    assert "pick: not_picked, one of 4" in page
    assert "ttp0-0" in page
    assert "tsp8-0" in page
    assert "prefers-color-scheme: dark" in page
    assert "http" not in page
    assert "<script" not in page


def test_a_dataset_alone_has_a_report(dataset_only: dict[str, Any]) -> None:
    page = render(Heading(), dataset_only)
    assert "Funnel" in page
    assert "Kept" in page
    assert not any(heading in page for heading in ("Before and after", "Training loss", "student's answers"))


def test_what_a_model_wrote_is_text(tmp_path: Path) -> None:
    writer = small_run.Writer(Run.at(str(tmp_path / "runs" / "tiny")))
    small_run.teacher_part(writer)
    traces = small_run.sampled(writer, "sample", small_run.TRAINING, small_run.TEACHER, 3, {})
    odd = [replace(t, id=f"odd{t.id}", response="<img src=x onerror=alert(1)>\x1b[2J{{ 7 * 7 }}") for t in traces]
    requests = [small_run.Request(t.id, t.problem_id, t.model, t.method, t.effort, t.index, t.seed) for t in odd]
    writer.step("sample", "sample", {"requests": requests}, {"traces": ("requests", odd)})
    small_run.judged(writer, "verify", [small_run.verdict(t, "correct") for t in odd])
    small_run.curated(writer, odd)
    page = render(Heading(name="<b>", description="a & b"), parts(OpenRun.at(writer.run.uri)))
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;\\x1b[2J{{ 7 * 7 }}" in page
    assert "<h1>&lt;b&gt;</h1>" in page
