"""The dataset card: its block loads, its numbers are the run's, and what others wrote is text."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

import small_run
from small_run import parts
from stillhouse.report.card import dataset_card
from stillhouse.storage.run import Run


@dataclass(frozen=True)
class Heading:
    name: str = "tiny"
    description: str = "small sums"
    license: str = "cc0-1.0"
    extraction_warning: float = 0.02


def test_a_card_tells_the_dataset_and_what_made_it(finished: dict[str, Any]) -> None:
    known = {name: finished[name] for name in ("problems", "sample", "verify", "curate")}
    card = dataset_card(Heading(), known)
    block = yaml.safe_load(card.split("---")[1])
    assert block["license"] == "cc0-1.0"
    (info,) = block["dataset_info"]
    assert (info["config_name"], info["splits"]) == ("sft", [{"name": "train", "num_examples": 4}])
    assert "| examples | 4 |" in card
    assert "| math 3 | 12 | 8 | namespaces |" in card
    assert "- own (cc0): 4 problems" in card
    assert "teacher@11111111" in card
    assert '"temperature": 0.7' in card
    assert "pass@1" not in card
    assert "| sample |" in card


def test_recorded_traces_are_not_given_a_temperature(tmp_path: Path) -> None:
    writer = small_run.Writer(Run.at(str(tmp_path / "runs" / "tiny")))
    small_run.teacher_part(writer)
    recorded = {"asked": {"teacher": {"name": "r1"}, "content": "00"}, "sampling": {"temperature": 0.7}, "prompt": {"user": "{question}"}}
    small_run.sampled(writer, "sample", small_run.TRAINING, small_run.TEACHER, 3, recorded)
    card = dataset_card(Heading(), parts(small_run.OpenRun.at(writer.run.uri)))
    assert "from recorded traces" in card
    assert "temperature" not in card


def test_what_others_wrote_neither_ends_a_cell_nor_a_block(tmp_path: Path) -> None:
    writer = small_run.Writer(Run.at(str(tmp_path / "runs" / "tiny")))
    small_run.teacher_part(writer)
    evil = "a|b\n```\n# heading <img src=x> [x](http://y)"
    small_run.sampled(writer, "sample", small_run.TRAINING, evil, 3, {"prompt": {"user": evil}})
    card = dataset_card(Heading(description=evil), parts(small_run.OpenRun.at(writer.run.uri)))
    head, _, after = card.partition("## Teacher")
    before, _, after = after.partition("```json\n")
    ours, _, judged = head.partition("## Use")
    before = ours + judged.partition("## Verification")[2] + before
    prompt, _, after = after.partition("\n```\n")
    assert json.loads(prompt) == {"prompt": {"user": evil}}
    assert not any(mark in before + after for mark in ("<img", "](http", "\n# heading", "\n```"))


def test_a_license_of_two_lines_stays_one_value(dataset_only: dict[str, Any]) -> None:
    card = dataset_card(Heading(license="mit\nconfigs: []\n---\n", description="# no\n| heading |"), dataset_only)
    found = next(yaml.safe_load_all(card))
    assert found["license"].split() == ["mit", "configs:", "[]", "---"]
    assert "\n# no" not in card


def test_two_runs_datasets_are_never_mistaken_for_one_another(tmp_path: Path) -> None:
    """Folders of one name and size, loaded one after the other: the second gave the first one's rows."""
    code = "import sys, datasets; [print(*datasets.load_dataset(p)['train']['id']) for p in sys.argv[1:]]"
    folders = []
    for place, keep in (("a", 0), ("b", 2)):
        writer = small_run.Writer(Run.at(str(tmp_path / place / "runs" / "tiny")))
        small_run.teacher_part(writer)
        traces = small_run.sampled(writer, "sample", small_run.TRAINING, small_run.TEACHER, 3, {})
        examples = [
            small_run.Example(f"e{t.id}", t.problem_id, t.id, [{"role": "user", "content": "q"}], "4", "", None, 3)
            for t in traces
            if t.index == keep
        ]
        writer.step(f"curate-{place}", "curate", {"examples": examples})
        run = small_run.OpenRun.at(writer.run.uri)
        found = parts(run)
        inputs = {**{name: found[name] for name in ("problems", "sample", "verify")}, "curate": found[f"curate-{place}"]}
        folder = tmp_path / f"copy-{place}" / "dataset"
        (folder / "data").mkdir(parents=True)
        (folder / "README.md").write_text(dataset_card(Heading(), inputs))
        shard = inputs["curate"].manifest().tables["examples"].shards[0]
        shutil.copy(run.run.store.fetch(shard.path), folder / "data" / "train-00000-of-00001.parquet")
        folders.append(str(folder))
    environment = {"HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "1", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code, *folders], capture_output=True, text=True, check=True, env=environment)
    first, second = done.stdout.strip().splitlines()
    assert first.split() == [f"ettp{i}-0" for i in range(4)]
    assert second.split() == [f"ettp{i}-2" for i in range(4)]
