"""`runs`, `diff` and `gc` on real runs of recorded traces that share a store."""

import json
import os
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stillhouse.cli import app
from stillhouse.errors import UserError

RECIPE = """
name: shop
problems:
  held_out: 0
  sources: [{{kind: file, path: {folder}/problems.jsonl}}]
teacher: {{kind: replay, path: {folder}/traces.jsonl, sampling: {{n: 2}}}}
curation: {{steps: [{{step: outcome}}]}}
"""


def cli(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 0, (done.output, done.exception)
    return done.stdout


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two runs: `all` of both samples, and `one` of the first alone, which was begun with another dataset licence."""
    folder = tmp_path_factory.mktemp("catalogue")
    questions = [f"What is {i} and {i}?" for i in range(4)]
    (folder / "problems.jsonl").write_text(
        "".join(json.dumps({"question": q, "answer": str(2 * i)}) + "\n" for i, q in enumerate(questions))
    )
    said = [
        {"question": q, "text": f"<think>t</think> \\boxed{{{2 * i if n == 0 or i else 7}}}"}
        for i, q in enumerate(questions)
        for n in (0, 1)
    ]
    (folder / "traces.jsonl").write_text("".join(json.dumps(row) + "\n" for row in said))
    recipe = folder / "recipe.yaml"
    recipe.write_text(RECIPE.format(folder=folder))
    for name, settings in (("all", ()), ("one", ("publish.license=mit",)), ("one", ("teacher.sampling.n=1",))):
        extra = [word for setting in settings for word in ("--set", setting)]
        cli("run-all", str(recipe), "--run", str(folder / "store/runs" / name), *extra)
    return folder / "store"


@pytest.fixture
def store(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "store"))


def test_runs_are_listed_with_what_they_bought_and_kept(store: Path) -> None:
    (store / "runs/broken").mkdir()
    (store / "runs/broken/run.json").write_text("{")
    found = {row["run"]: row for row in json.loads(cli("runs", str(store), "--json"))}
    assert found["all"]["steps"] == "6 of 6"
    assert (found["all"]["traces"], found["all"]["examples"]) == (8, 7)
    assert (found["one"]["traces"], found["one"]["examples"]) == (4, 4)
    assert "damaged" in found["broken"]["fault"]
    told = cli("runs", str(store))
    assert "3 runs in" in told
    assert "damaged" in told


def test_a_store_without_runs_has_none(tmp_path: Path) -> None:
    assert json.loads(cli("runs", str(tmp_path / "nowhere"), "--json")) == []


def test_diff_names_settings_examples_and_counts(store: Path) -> None:
    a, b = str(store / "runs/all"), str(store / "runs/one")
    found = json.loads(cli("diff", a, b, "--json"))
    assert found["recipe"] == [{"name": "teacher.sampling.n", "a": 2, "b": 1}]
    assert found["steps_shared"] == ["problems"]
    assert (found["examples_both"], found["removed"], found["added"]) == (4, 3, 0)
    assert len(found["removed_traces"]) == 3
    assert (found["verdicts_changed"], found["verdicts_same"]) == ([], 4)
    told = cli("diff", a, b)
    assert "examples: 4 in both, 3 only in A, 0 only in B" in told
    assert "teacher.sampling.n" in told


def test_gc_lists_what_a_change_of_settings_left_and_deletes_it_only_when_told(store: Path) -> None:
    before = sorted(store.rglob("*"))
    listed = json.loads(cli("gc", str(store), "--hours", "0", "--json"))
    assert {one["why"] for one in listed} == {"no run has this step"}
    assert {one["path"].split("/")[1] for one in listed} == {"publish", "report"}
    assert sorted(store.rglob("*")) == before
    cli("gc", str(store), "--hours", "0", "--delete")
    assert json.loads(cli("gc", str(store), "--hours", "0", "--json")) == []
    for name in ("all", "one"):
        assert {step["state"] for step in json.loads(cli("status", str(store / "runs" / name), "--json"))} == {"committed"}
        cli("fsck", str(store / "runs" / name))


def test_gc_keeps_what_is_young_and_what_was_paid_for(store: Path) -> None:
    assert json.loads(cli("gc", str(store), "--json")) == []
    shutil.rmtree(store / "runs/all")
    state = store / "runs/one/run.json"
    state.write_text(json.dumps(json.loads(state.read_text()) | {"steps": {}}))
    paid = {one["path"].split("/")[0] for one in json.loads(cli("gc", str(store), "--hours", "0", "--json"))}
    assert paid == {"artifacts"}
    everything = {one["path"].split("/")[0] for one in json.loads(cli("gc", str(store), "--hours", "0", "--ledgers", "--json"))}
    assert everything == {"artifacts", "traces", "verdicts"}


def test_gc_finds_the_shard_of_a_killed_writer(store: Path) -> None:
    (ledger,) = (store / "traces").iterdir()
    (ledger / "0123456789abcdef0123.parquet").write_bytes(b"half")
    found = json.loads(cli("gc", str(store), "--hours", "0", "--json"))
    assert [one["path"] for one in found if one["why"] == "left by a killed writer"] == [
        f"traces/{ledger.name}/0123456789abcdef0123.parquet"
    ]


def test_gc_deletes_nothing_beside_a_run_that_cannot_be_read(store: Path) -> None:
    (store / "runs/one/run.json").write_text("{")
    refused(store)
    assert json.loads(cli("status", str(store / "runs/all"), "--json"))[0]["state"] == "committed"


def refused(store: Path) -> None:
    """`gc --delete` ends with an error and everything is as it was."""
    before = sorted(store.rglob("*"))
    done = CliRunner().invoke(app, ["gc", str(store), "--hours", "0", "--delete", "--ledgers"])
    assert isinstance(done.exception, UserError), done.output
    assert sorted(store.rglob("*")) == before


@pytest.mark.parametrize("how", ["linked run", "linked file", "pipe", "folder", "gone"])
def test_gc_deletes_nothing_beside_what_is_no_run_any_more(store: Path, tmp_path: Path, how: str) -> None:
    run, state = store / "runs/one", store / "runs/one/run.json"
    if how == "linked run":
        run.rename(tmp_path / "moved")
        run.symlink_to(tmp_path / "moved")
    else:
        state.rename(tmp_path / "run.json")
    if how == "linked file":
        state.symlink_to(tmp_path / "run.json")
    if how == "pipe":
        os.mkfifo(state)
    if how == "folder":
        state.mkdir()
    refused(store)
    assert "one" in {row["run"] for row in json.loads(cli("runs", str(store), "--json")) if row["fault"]}


def test_gc_deletes_nothing_beside_a_damaged_entry(store: Path) -> None:
    """Its shard is whole and was paid for, and only the entry says that it was committed."""
    next((store / "traces").glob("*/entries/*.json")).write_text("{")
    refused(store)


def test_gc_deletes_nothing_where_there_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "artifacts/photos/2020").mkdir(parents=True)
    (tmp_path / "artifacts/photos/2020/a.jpg").write_bytes(b"mine")
    refused(tmp_path)
