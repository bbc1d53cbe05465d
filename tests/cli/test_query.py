"""`status`, `why`, `sql` and `fsck` as a user meets them."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

import small_run
from stillhouse.cli import app
from stillhouse.storage.artifacts import Artifact
from stillhouse.storage.ledger import Ledger
from stillhouse.storage.manifest import Manifest, Table
from stillhouse.storage.run import OpenRun, Run
from stillhouse.storage.shards import write_shard


def ask(*arguments: str) -> Result:
    """In this process: what a mistake prints is for `process`."""
    return CliRunner().invoke(app, list(arguments))


def process(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "stillhouse", *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def run(tmp_path: Path) -> OpenRun:
    return small_run.make(tmp_path / "data")


def states(run: OpenRun) -> dict[str, dict[str, object]]:
    done = ask("status", run.run.uri, "--json")
    assert done.exit_code == 0, done.exception
    return {step["step"]: step for step in json.loads(done.stdout)}


def shard(run: OpenRun, step: str, table: str) -> Path:
    manifest = run.steps[step].manifest()
    assert manifest is not None
    return Path(run.run.store.uri) / manifest.tables[table].shards[0].path


def test_status_of_a_finished_run(run: OpenRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = states(run)
    assert list(found) == list(run.steps)
    assert {step["state"] for step in found.values()} == {"committed"}
    assert found["problems"]["counts"]["problems"] == 4  # type: ignore[index]
    monkeypatch.chdir(tmp_path)
    told = ask("status").stdout
    assert f"tiny, seed 0, in {run.run.uri}" in told
    assert "score/student/verify" in told


def test_status_tells_a_step_whose_files_are_gone_from_one_that_is_done(run: OpenRun) -> None:
    shard(run, "curate", "examples").unlink()
    found = states(run)
    assert (found["curate"]["state"], found["verify"]["state"]) == ("damaged", "committed")
    assert "1 files gone or cut" in ask("status", run.run.uri).stdout


def test_status_does_not_call_a_step_of_another_recipe_done(run: OpenRun) -> None:
    """The run points at a plan with another `sample`: what was judged before belongs to the old one."""
    writer = small_run.Writer(run.run, {name: small_run.Pointer(kind=a.kind, fingerprint=a.fingerprint) for name, a in run.steps.items()})
    for step in ("sample", "verify"):
        writer.steps[step] = small_run.Pointer(kind=step, fingerprint="f" * 16)
    writer.run.set_pointers(run.recipe, writer.steps, {})
    found = states(run)
    assert (found["problems"]["state"], found["sample"]["state"], found["verify"]["state"]) == ("committed", "not started", "not started")
    counted = ask("sql", run.run.uri, "SELECT count(*) AS n FROM traces WHERE made_by = 'sample'", "--json")
    assert json.loads(counted.stdout) == [{"n": 0}]


def test_status_counts_the_traces_that_are_owed(tmp_path: Path) -> None:
    writer = small_run.Writer(Run.at(str(tmp_path / "runs" / "tiny")))
    requests = [small_run.request(p.id, i, "m") for p in small_run.TRAINING for i in range(3)]
    writer.point("sample", "sample")
    artifact = Artifact(writer.run.store, "sample", writer.steps["sample"].fingerprint)
    ledger = Ledger(writer.run.store, "traces", "way", small_run.Trace)
    ledger.append(small_run.to_table([small_run.trace(r, "4") for r in requests[:5]], small_run.Trace))
    wanted = write_shard(writer.run.store, f"{artifact.path}/requests", small_run.to_table(requests, small_run.Request))
    tables = {"requests": Table(shards=[wanted]), "traces": Table(shards=[], keys="requests")}
    begun = Manifest(
        kind="sample", version="1", fingerprint=artifact.fingerprint, config={}, inputs={}, tables=tables, ledgers={"traces": ledger.path}
    )
    artifact.open(begun)
    (found,) = states(OpenRun.at(writer.run.uri)).values()
    assert (found["state"], found["owed"], found["total"]) == ("started", 7, 12)
    assert "7 of 12 traces owed" in ask("status", writer.run.uri).stdout


def test_fsck_finds_what_sizes_do_not_show(run: OpenRun) -> None:
    whole = ask("fsck", run.run.uri)
    assert whole.exit_code == 0
    assert "0 not as committed" in whole.stdout
    damaged, gone = shard(run, "sample", "traces"), shard(run, "problems", "held_out")
    data = bytearray(damaged.read_bytes())
    data[len(data) // 2] ^= 1
    damaged.write_bytes(data)
    gone.unlink()
    entry = next((Path(run.run.store.uri) / "verdicts").rglob("entries/*.json"))
    entry.write_text("{")
    student = Path(run.run.store.uri) / run.steps["train"].path / "trainer_state.json"
    student.write_bytes(student.read_bytes()[:-1])
    done = ask("fsck", run.run.uri, "--json")
    assert done.exit_code == 1
    faults = {(fault["step"], fault["what"], Path(fault["path"]).name) for fault in json.loads(done.stdout)}
    assert faults == {
        ("sample", "damaged", damaged.name), ("problems", "gone", gone.name), ("train", "cut", "trainer_state.json"),
        *((step, "unreadable", entry.name) for step in {fault["step"] for fault in json.loads(done.stdout) if fault["what"] == "unreadable"}),
    }  # fmt: skip
    assert len(faults) == 4
    assert "4 not as committed" in ask("fsck", run.run.uri).stdout


def test_fsck_of_a_shared_table_covers_the_rows_of_others(run: OpenRun) -> None:
    ledger = Ledger.at(run.run.store, shard(run, "sample", "traces").parent.relative_to(run.run.store.uri).as_posix(), small_run.Trace)
    other = ledger.append(small_run.to_table([small_run.trace(small_run.request("px", 0, "m"), "1")], small_run.Trace))
    (Path(run.run.store.uri) / other.path).unlink()
    done = ask("fsck", run.run.uri, "--json")
    assert [(f["what"], f["path"]) for f in json.loads(done.stdout)] == [("gone", other.path)]


def test_why_and_sql_as_json(run: OpenRun) -> None:
    story = json.loads(ask("why", "ttp2-1", "--run", run.run.uri, "--json").stdout)
    assert (story["problem"], story["decisions"][0]["reason"], story["verdicts"][0]["outcome"]) == ("p2", "wrong", "wrong")
    rows = json.loads(ask("sql", run.run.uri, "SELECT id, answer FROM problems ORDER BY id", "--json").stdout)
    assert rows[3] == {"id": "p3", "answer": "6"}
    assert json.loads(ask("sql", run.run.uri, "SELECT id FROM problems WHERE false", "--json").stdout) == []


def test_a_piped_table_is_as_wide_as_its_cells(run: OpenRun) -> None:
    columns = ", ".join(f"'{'x' * 30}{i}' AS c{i}" for i in range(6))
    told = ask("sql", run.run.uri, f"SELECT {columns}").stdout
    assert all(f"{'x' * 30}{i}" in told for i in range(6))


EVIL = (
    "SELECT chr(27) || ']52;c;AA' || chr(7) || chr(155) || '31m' || chr(8238) AS x, '=cmd|calc' AS \"=y\", -1 AS z, chr(9) || '@SUM' AS w"
)


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
def test_what_models_wrote_is_printed_without_control_characters(run: OpenRun, form: str) -> None:
    said = ask("sql", run.run.uri, EVIL, "--format", form).stdout
    assert not set(said) & {"\x1b", "\x07", "\x9b", "\u202e", "\r"}
    assert "]52;c;AA" in said
    if form == "jsonl":
        assert json.loads(said)["x"] == "\x1b]52;c;AA\x07\x9b31m\u202e"
    if form == "csv":
        head, row = csv.reader(said.splitlines())
        assert head == ["x", "'=y", "z", "w"]
        assert row[1:] == ["'=cmd|calc", "-1", "'\t@SUM"]


def test_why_and_mistakes_are_printed_without_control_characters(tmp_path: Path) -> None:
    writer = small_run.Writer(Run.at(str(tmp_path / "runs" / "tiny")))
    odd = small_run.Problem("p1", "\x1b]0;title\x07 What?\x9b1m", "4", "math")
    writer.step("problems", "problems", {"problems": [odd], "held_out": [], "decisions": []})
    for given in ("p1", "\x1b[31mp"):
        done = process("why", given, "--run", writer.run.uri)
        said = done.stdout + done.stderr
        assert not set(said) & {"\x1b", "\x07", "\x9b"}
        assert "x1b" in said


@pytest.mark.parametrize("command", [["status"], ["fsck"], ["why", "p1", "--run"], ["sql"]])
def test_no_run_is_one_line(command: list[str], tmp_path: Path) -> None:
    done = process(*command, str(tmp_path), *(["SELECT 1"] if command == ["sql"] else []))
    assert done.returncode == 2
    assert done.stderr.startswith("stillhouse: There is no run in")
    assert len(done.stderr.splitlines()) == 1
