"""A push with the Hub's own client, against a server that speaks its protocol as far as hub_server.py says."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import pytest
import toy
from hub_server import TOKEN, Hub, serving

from stillhouse.errors import UserError
from stillhouse.publishing.push import push


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def curated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hub")
    toy.write(folder)
    for name in ("problems", "sample", "verify", "curate"):
        done = stage(name, folder, "")
        assert done.returncode == 0, done.stderr
    return folder


def stage(name: str, folder: Path, endpoint: str, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "stillhouse", "stage", name, str(folder / "toy.yaml"), "--run", str(folder / "run")]
    environment = {**os.environ, "HF_ENDPOINT": endpoint, "HF_TOKEN": TOKEN, "HF_HUB_OFFLINE": "0"} if endpoint else None
    waived = "publish.waive={teacher_terms: the toy is ours, problem_licences: the toy is ours}"
    settings = ["--set", "publish.repo_id=team/sums", "--set", waived]
    return subprocess.run([*command, *settings, *more], env=environment, capture_output=True, text=True, check=False)


def published(folder: Path) -> Path:
    """The dataset of the publishing step that has finished."""
    (found,) = [p for p in (folder / "run/artifacts/publish").glob("*/dataset/*") if (p.parents[1] / "manifest.json").is_file()]
    return found


def use(monkeypatch: pytest.MonkeyPatch, hub: Hub) -> None:
    """Has this process' client talk to that server, and not wait between its tries."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.address)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setattr("stillhouse.publishing.push.FIRST_PAUSE", 0.0)


def test_an_unreachable_hub_is_one_line_and_the_dataset_stays(curated: Path) -> None:
    done = stage("publish", curated, "http://127.0.0.1:9")
    assert done.returncode == 2
    assert "could not be pushed to team/sums" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_push_is_one_private_commit_of_the_runs_own_files(curated: Path, hub: Hub) -> None:
    done = stage("publish", curated, hub.address)
    assert done.returncode == 0, done.stderr
    (name, repository), *others = hub.repositories.items()
    assert (name, repository.private, others) == ("team/sums", True, [])
    _, (_, pushed) = repository.commits.items()
    assert all(s.token == f"Bearer {TOKEN}" for s in hub.seen if "/datasets/team/sums/" in s.path)
    folder = published(curated)
    assert pushed == {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert set(pushed) == {"README.md", "data/train-00000-of-00001.parquet"}
    kept = b"".join(p.read_bytes() for p in (curated / "run").rglob("*") if p.is_file())
    assert TOKEN.encode() not in kept + done.stdout.encode() + done.stderr.encode()


def test_every_gate_that_is_shut_is_named_and_nothing_leaves(curated: Path, hub: Hub) -> None:
    done = stage("publish", curated, hub.address, "--set", "publish.waive={}")
    assert done.returncode == 2
    assert "teacher_terms: replay: its terms are not known here" in done.stderr
    assert re.search(r"problem_licences: \S*problems\S*: no licence is named", done.stderr)
    assert not hub.repositories
    assert "Traceback" not in done.stderr


FAULTS = [
    [], ["429"], ["503"], ["500"], ["502"], ["504"], ["408"], ["unmade"], ["lost"], ["late"], ["429", "503"], ["unmade", "unmade"],
    ["429", "lost"], ["unmade", "late"], ["500", "lost"], ["other"], ["other", "429"], ["other", "other"], ["503", "other", "lost"],
    ["unmade", "other", "late"], ["429", "429", "429", "429", "429"],
]  # fmt: skip


@pytest.mark.parametrize("faults", FAULTS, ids=lambda faults: "+".join(faults) or "none")
def test_whatever_goes_wrong_there_is_one_commit_with_the_content(hub: Hub, faults: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, hub)
    hub.faults = list(faults)
    for _ in range(2):  # the second push finds the first
        push("team/sums", {"README.md": b"# Sums\n", "data/a.bin": b"1"}, title="Sums", content="f1", private=True)
    repository = hub.repositories["team/sums"]
    assert list(repository.messages.values()) == [("Sums", "content f1")]
    files = list(repository.commits.values())[-1]
    assert (files["README.md"], files["data/a.bin"], "notes.md" in files) == (b"# Sums\n", b"1", "other" in faults)
    assert hub.faults == []


def test_new_content_is_a_new_commit_and_a_refusal_is_told_at_once(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, hub)
    for content in ("f1", "f2", "f1"):
        push("team/sums", {"README.md": content.encode()}, title="Sums", content=content, private=True)
    assert [told for _, told in hub.repositories["team/sums"].messages.values()] == ["content f1", "content f2"]
    hub.faults = ["403", "429"]
    with pytest.raises(UserError, match="could not be pushed to team/sums"):
        push("team/sums", {"README.md": b"3"}, title="Sums", content="f3", private=True)
    assert hub.faults == ["429"]


def test_every_config_loads_as_the_card_describes_it(curated: Path) -> None:
    done = stage(
        "publish", curated, "", "--set", "publish.repo_id=null", "--set", "publish.configs=[sharegpt, traces, rejected, preferences]"
    )
    assert done.returncode == 0, done.stderr
    folder = max((curated / "run/artifacts/publish").glob("*/dataset/*"), key=lambda p: p.stat().st_mtime)

    def load(config: str | None = None) -> list[dict[str, Any]]:
        return list(datasets.load_dataset(str(folder), config, split="train", cache_dir=str(curated / "cache")))

    sft = load()
    assert sft == load("sft")
    assert [c["id"] for c in load("sharegpt")] == [e["id"] for e in sorted(sft, key=lambda e: e["id"])]
    turns = {e["id"]: [(t["from"], t["value"]) for t in e["conversations"]] for e in load("sharegpt")}
    names = {"user": "human", "assistant": "gpt", "system": "system"}
    assert turns == {e["id"]: [(names[m["role"]], m["content"]) for m in e["messages"]] for e in sft}
    traces, rejected, pairs = load("traces"), load("rejected"), load("preferences")
    assert len(traces) == len(rejected) + len(sft)
    assert {t["id"] for t in traces} - {r["id"] for r in rejected} == {e["trace_id"] for e in sft}
    assert {(r["outcome"], r["dropped_by"]) for r in rejected} >= {("wrong", "outcome"), ("correct", "format")}
    examples, wrong = {e["id"]: e for e in sft}, {t["id"]: t for t in traces if t["outcome"] == "wrong"}
    assert len(pairs) == len(sft)
    for pair in pairs:
        assert pair["prompt"] + pair["chosen"] == examples[pair["id"]]["messages"]
        trace = wrong[pair["rejected_trace_id"]]
        assert pair["rejected"] == [{"role": "assistant", "content": f"<think>\n{trace['reasoning']}\n</think>\n\n{trace['response']}"}]
