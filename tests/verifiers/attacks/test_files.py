"""Wall: files that are none, and outputs that would replace what they should not."""

import json
import os
from pathlib import Path

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from stillhouse.cli import app
from stillhouse.errors import UserError
from stillhouse.recipe.verification import Verify
from stillhouse.storage.contents import Contents
from stillhouse.storage.lock import hold
from stillhouse.storage.manifest import Manifest
from stillhouse.storage.store import LocalStore
from stillhouse.verifiers.registry import check
from stillhouse.verifiers.votes.rows import vote_rows


@pytest.mark.parametrize("command", ["status", "fsck", "sql"])
def test_a_pipe_in_a_run_folder_is_refused_and_not_waited_for(tmp_path: Path, command: str) -> None:
    os.mkfifo(tmp_path / "run.json")
    done = CliRunner().invoke(app, [command, str(tmp_path), *(["select 1"] if command == "sql" else [])])
    assert isinstance(done.exception, UserError)
    assert "neither a file nor a folder" in str(done.exception)


def test_a_pipe_for_a_lock_is_refused(tmp_path: Path) -> None:
    (tmp_path / "step").mkdir()
    os.mkfifo(tmp_path / "step" / "lock")
    with pytest.raises(UserError, match="neither a file nor a folder"), hold(LocalStore(tmp_path), "step"):
        pass


@pytest.mark.parametrize("name", ["/dev/zero", "pipe", "a\0b"])
def test_a_source_that_never_ends_is_refused(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    with pytest.raises(UserError, match="not a file that ends"):
        Contents().sha256(name)


@pytest.mark.parametrize("name", ["/dev/zero", "pipe"])
def test_a_recipe_that_never_ends_is_refused(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    Path("in.jsonl").write_text("{}")
    for command in (["run-all", name], ["grade", "in.jsonl", "--out", "out.jsonl", "--recipe", name]):
        with pytest.raises(UserError, match="is not a file"):
            CliRunner().invoke(app, command, catch_exceptions=False)


@pytest.mark.parametrize("audit", ["in.jsonl", "out.jsonl", "link.jsonl", "./in.jsonl", "recipe.yaml"])
def test_an_audit_replaces_neither_the_rows_nor_the_verdicts(tmp_path: Path, audit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    row = json.dumps({"id": "a", "verifier": "math", "answer": "1", "response": "\\boxed{1}"}) + "\n"
    Path("in.jsonl").write_text(row)
    Path("link.jsonl").symlink_to("in.jsonl")
    Path("recipe.yaml").write_text("verify: {}\n")
    done = CliRunner().invoke(app, ["grade", "in.jsonl", "--out", "out.jsonl", "--audit", audit, "--recipe", "recipe.yaml"])
    assert isinstance(done.exception, UserError)
    assert "the same file" in str(done.exception)
    assert Path("in.jsonl").read_text() == row
    assert Path("recipe.yaml").read_text() == "verify: {}\n"
    assert not Path("out.jsonl").exists()


def test_a_query_without_an_end_is_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["sql", str(tmp_path), "SELECT 1", "--seconds", "inf"])
    assert done.exit_code == 2


def test_a_composition_does_not_hide_behind_a_verifiers_name() -> None:
    settings = Verify.model_validate({"compose": {"math": {"mode": "all", "of": [{"verifier": "choice"}]}}})
    with pytest.raises(UserError, match="has the name of a verifier"):
        check("math", settings)


def test_a_question_without_responses_gets_its_row() -> None:
    results = vote_rows([{"id": "none", "responses": []}, {"id": "no model", "responses": {}}])
    assert [(r["id"], r["status"], r["reason"]) for r in results] == [
        ("none", "error", "line 1: no responses"),
        ("no model", "error", "line 2: no responses"),
    ]


def test_a_manifest_whose_keys_are_no_table_is_damaged() -> None:
    named = {"kind": "verify", "version": "1", "fingerprint": "0", "config": {}, "inputs": {}}
    with pytest.raises(ValidationError, match="no table of the step"):
        Manifest.model_validate(named | {"tables": {"verdicts": {"shards": [], "keys": 'x") --'}}})
