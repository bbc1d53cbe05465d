"""The student's card: its block loads, its numbers are the run's, and it names no path of this machine."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from stillhouse.recipe.sections import Model
from stillhouse.recipe.training import Lora, Train
from stillhouse.records import Gate
from stillhouse.report.model_card import model_card


@dataclass(frozen=True)
class Heading:
    base: str
    name: str = "tiny"
    description: str = "small <sums>"
    license: str = "cc0-1.0"
    extraction_warning: float = 0.02
    train: Train = field(default_factory=lambda: Train(student=Model(path="somewhere"), lora=Lora(r=4)))


def test_a_card_tells_what_the_student_is_made_of_and_scores(finished: dict[str, Any], tmp_path: Path) -> None:
    gates = [
        Gate("guard general", False, -0.5, -0.02, "lost beyond its interval: -50.0 points"),
        Gate("guard sums", True, 0.0, 0.0, "kept"),
    ]
    inputs = {name: part for name, part in finished.items() if name not in ("release", "report")}
    card = model_card(Heading(str(tmp_path / "base-135m")), inputs, gates)
    block = yaml.safe_load(card.split("---")[1])
    assert (block["base_model"], block["license"], block["library_name"]) == ("base-135m", "cc0-1.0", "transformers")
    assert str(tmp_path) not in card
    assert "small &lt;sums>" in card
    assert "| held out | strict | 2 | 0.0% [0.0, 65.8] | 50.0% [9.5, 90.5] | +50.0 points" in card
    assert "| held out | lenient | 2 |" in card
    assert "| guard general | NO | lost beyond its interval: -50.0 points |" in card
    assert "| left after pick | 4 |" in card
    assert '"r": 4' in card
    assert "python -m vllm.entrypoints.openai.api_server --model FOLDER --served-model-name tiny" in card
    assert "| curate |" in card


def test_a_student_that_was_not_scored_says_so(finished: dict[str, Any]) -> None:
    inputs = {name: part for name, part in finished.items() if not name.startswith(("score/", "release", "report"))}
    card = model_card(Heading("org/base"), inputs, [])
    assert "Not scored." in card
    assert "The recipe names none." in card
