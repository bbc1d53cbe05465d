"""Batch files: what is owed goes out, results come in once, in any order and in parts. The runner answers as a provider's does."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))
import toy

from fake_server import FakeServer
from stillhouse.cli import app
from stillhouse.errors import UserError
from stillhouse.records import Trace
from stillhouse.storage.ledger import Ledger
from stillhouse.storage.shards import local_files
from stillhouse.storage.store import open_store

TEACHER = {"kind": "endpoint", "server": {"base_url": "http://127.0.0.1:9/v1", "model": "lab/toy"}, "sampling": {"n": 4, "max_tokens": 64}}


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = toy.write(tmp_path, problems=12, samples=4)
    tree = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump({**tree, "teacher": TEACHER}))
    return path


def run(*arguments: object) -> str:
    done = CliRunner().invoke(app, ["batch", *map(str, arguments)])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return " ".join(done.output.split())


def export(recipe: Path) -> list[dict[str, Any]]:
    out = recipe.parent / "owed.jsonl"
    run("export", recipe, "--out", out, "--run", recipe.parent / "runs" / "a")
    return [json.loads(line) for line in out.read_text().splitlines()]


def take(recipe: Path, results: list[Any]) -> str:
    path = recipe.parent / "results.jsonl"
    path.write_text("".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in results))
    return run("import", recipe, path, "--run", recipe.parent / "runs" / "a")


def answered(line: dict[str, Any]) -> dict[str, Any]:
    body = FakeServer().completion(line["body"], line["body"]["messages"][-1]["content"])
    return {"id": "b", "custom_id": line["custom_id"], "response": {"status_code": 200, "request_id": "r", "body": body}, "error": None}


def refused(line: dict[str, Any], message: str, status: int = 400) -> dict[str, Any]:
    return {"custom_id": line["custom_id"], "response": {"status_code": status, "body": {"error": {"message": message}}}, "error": None}


def traces(recipe: Path) -> list[Trace]:
    store = open_store(str(recipe.parent))
    (identity,) = [path.name for path in (recipe.parent / "traces").iterdir()]
    shards = local_files(store, Ledger(store, "traces", identity, Trace).shards())
    return [Trace(**row) for shard in shards for row in pq.read_table(shard).to_pylist()]


def test_what_is_owed_goes_out_in_the_form_of_the_api(recipe: Path) -> None:
    lines = export(recipe)
    assert len(lines) == len({line["custom_id"] for line in lines}) == 40
    assert {(line["method"], line["url"]) for line in lines} == {("POST", "/v1/chat/completions")}
    assert all(line["body"]["model"] == "lab/toy" and line["body"]["max_tokens"] == 64 for line in lines)


def test_results_are_taken_once_in_parts_and_in_any_order(recipe: Path) -> None:
    lines = export(recipe)
    results = [answered(line) for line in reversed(lines)]
    assert "15 traces taken, 0 were there already" in take(recipe, results[:15])
    assert len(export(recipe)) == 25
    assert "25 traces taken, 15 were there already" in take(recipe, [*results, *results[:3]])
    assert "0 traces taken, 40 were there already" in take(recipe, results)
    assert export(recipe) == []
    found = traces(recipe)
    assert sorted(trace.id for trace in found) == sorted(line["custom_id"] for line in lines)
    assert {trace.seed for trace in found} == {line["body"]["seed"] for line in lines}
    assert all((t.finish_reason, t.format, t.output_tokens, t.calls) == ("stop", "think", 12, 1) for t in found)


def test_what_failed_stays_owed_and_what_is_foreign_or_broken_is_counted(recipe: Path) -> None:
    lines = export(recipe)
    foreign = {**answered(lines[0]), "custom_id": "t00000000000000000000"}
    broken = {**answered(lines[1]), "response": {"status_code": 200, "body": {"choices": []}}}
    expired = {"custom_id": lines[2]["custom_id"], "response": None, "error": {"code": "batch_expired", "message": "too late"}}
    long = refused(lines[3], "This model's maximum context length is 64 tokens.")
    told = take(recipe, [foreign, broken, expired, long, refused(lines[4], "busy", 429), '{"cut', "", answered(lines[5])])
    assert "2 traces taken, 0 were there already, 1 belong to no request of this recipe, 2 cannot be read, 2 failed and stay owed" in told
    assert "too late" in told
    assert "busy" in told
    assert {trace.finish_reason for trace in traces(recipe)} == {"stop", "prompt_too_long"}
    assert {line["custom_id"] for line in export(recipe)} == {line["custom_id"] for line in lines} - {
        lines[3]["custom_id"],
        lines[5]["custom_id"],
    }


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"method": {"kind": "extend"}}, "method: plain"),
        ({"server": {**TEACHER["server"], "api": "responses"}}, "api: chat"),  # type: ignore[dict-item]
        ({"policy": {"kind": "until_k_correct"}}, "fixed_n"),
    ],
)
def test_what_no_batch_can_ask_is_refused(recipe: Path, change: dict[str, Any], told: str) -> None:
    tree = yaml.safe_load(recipe.read_text())
    recipe.write_text(yaml.safe_dump({**tree, "teacher": {**TEACHER, **change}}))
    with pytest.raises(UserError, match=told):
        export(recipe)


def test_the_results_of_another_recipe_are_refused(recipe: Path) -> None:
    results = [answered(line) for line in export(recipe)]
    tree = yaml.safe_load(recipe.read_text())
    recipe.write_text(yaml.safe_dump({**tree, "seed": 99}))
    with pytest.raises(UserError, match="None of the 40 results"):
        take(recipe, results)


def test_half_of_a_surrogate_pair_costs_its_own_row_a_character_and_no_other_row_anything(recipe: Path) -> None:
    first, second, third, *_ = [answered(line) for line in export(recipe)]
    second["response"]["body"]["choices"][0]["message"]["content"] = "sur\ud800 is 4"
    third["custom_id"] += "\ud800"
    assert "2 traces taken" in take(recipe, [first, second, third])
    assert "sur? is 4" in {trace.response for trace in traces(recipe)}


@pytest.mark.parametrize("name", ["/dev/zero", "pipe"])
def test_results_that_are_no_file_are_refused(recipe: Path, name: str) -> None:
    path = Path(name) if name.startswith("/") else recipe.parent / name
    if name == "pipe":
        os.mkfifo(path)
    with pytest.raises(UserError, match="is not a file"):
        run("import", recipe, path, "--run", recipe.parent / "runs" / "a")
