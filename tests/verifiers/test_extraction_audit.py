"""The extraction audit: what was not found, what of it is perhaps right, how it ends, and when it warns."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stillhouse.cli import app
from stillhouse.recipe.verification import Verify
from stillhouse.recipe.verifiers import Compose, Part
from stillhouse.records import Verdict
from stillhouse.verifiers import extraction_audit, grade
from stillhouse.verifiers.extraction_audit import Extraction, ExtractionAudit

# No reader finds an answer in a question that is asked back.
LOST = "I counted {} apples and then I stopped, what do you think?"


def row(i: int, answer: str, response: str, verifier: str = "math") -> dict[str, str]:
    return {"id": str(i), "verifier": verifier, "answer": answer, "response": response}


def audited(rows: list[dict[str, str]], settings: Verify | None = None) -> Extraction:
    audit = ExtractionAudit()
    list(grade(rows, audit=audit, settings=settings))
    return audit.result()


def test_it_counts_what_was_not_found_and_what_of_it_is_perhaps_right() -> None:
    rows = [row(0, "18", "\\boxed{18}"), row(1, "18", LOST.format(18)), row(2, "18", LOST.format(7)), row(3, "9", "\\boxed{1}")]
    found = audited(rows)
    assert (found.read, found.unanswered, found.suspected) == (4, 2, 1)
    assert [(s.shape, s.count, s.id) for s in found.shapes] == [(LOST.format("N"), 2, "1")]
    assert found.shapes[0].example == LOST.format(18)


def test_a_composition_is_read_too_and_programs_are_not() -> None:
    settings = Verify(compose={"both": Compose(mode="all", of=[Part(verifier="math"), Part(verifier="format")])})
    program = row(2, "", "def f(): pass", "code") | {"tests": json.dumps({"call": "f()", "cases": []})}
    found = audited([row(1, "18", LOST.format(18), "both"), program], settings)
    assert (found.read, found.unanswered, found.suspected) == (1, 1, 1)


def verdict(reason: str, outcome: str = "wrong") -> Verdict:
    return Verdict("t", "math", "1", outcome, 0.0, "", reason, 0.0, "process")  # type: ignore[arg-type]


def test_what_was_cut_off_is_counted_apart_and_failures_of_ours_are_not_counted() -> None:
    audit = ExtractionAudit()
    audit.add("a", verdict("no answer"), "and so", "length")
    audit.add("b", verdict("no answer"), "and so", "stop")
    audit.add("c", verdict("cpu", "timeout"), "and so", "stop")
    found = audit.result()
    assert (found.read, found.unanswered, found.cut) == (2, 1, 1)
    assert "1 more were cut off" in found.line()


def test_it_warns_above_the_threshold_alone() -> None:
    found = Extraction(100, 3, 1, 0, [])
    assert found.warning(0.03) is None
    assert "3.0% of the responses (more than 2.0%), 1 suspected" in str(found.warning(0.02))


def test_many_shapes_cost_bounded_memory_and_the_common_ones_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extraction_audit, "MAX_SHAPES", 20)
    audit = ExtractionAudit()
    for i in range(300):
        audit.add(str(i), verdict("no answer"), "same 7" if i % 2 else "only " + "x" * i)
    found = audit.result()
    assert found.shapes[0].shape == "same N"
    assert found.shapes[0].count == 150


def test_the_command_line_tells_it_and_writes_it(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps(row(i, "18", LOST.format(18 + i))) + "\n" for i in range(4)))
    arguments = ["grade", str(source), "--out", str(tmp_path / "out.jsonl"), "--audit", str(tmp_path / "audit.json"), "-j", "1"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "answers not found: 4 of 4 (100.0%), 1 of them" in done.output
    assert "WARNING: no answer found" in done.output
    written = json.loads((tmp_path / "audit.json").read_text())
    assert (written["read"], written["suspected"], written["shapes"][0]["count"]) == (4, 1, 4)
    quiet = tmp_path / "verify.yaml"
    quiet.write_text("extraction_warning: 1.0\n")
    done = CliRunner().invoke(app, [*arguments, "--recipe", str(quiet)])
    assert "WARNING" not in done.output
