"""Kill -9 in the middle of a stage, then the same command: nothing is lost, nothing is done twice."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import toy

from stillhouse.records import Allocated, Example, Request, Trace, Verdict
from stillhouse.storage.run import OpenRun

ROOT = Path(__file__).parents[2]
STAGES = ("problems", "sample", "verify", "curate")


def stage(name: str, recipe: Path, run: Path) -> list[str]:
    return [sys.executable, "-m", "stillhouse", "stage", name, str(recipe), "--run", str(run)]


def until_stage(last: str, recipe: Path, run: Path) -> None:
    for name in STAGES[: STAGES.index(last) + 1]:
        subprocess.run(stage(name, recipe, run), check=True)


def wait_for_shards(run: Path, table: str, count: int) -> Iterator[Path]:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        found = sorted(run.glob(f"{table}/*/entries/*.json"))
        if len(found) >= count:
            return iter(found)
        time.sleep(0.002)
    raise AssertionError("the stage committed no shard in 300 s")


def untimed(row: object) -> str:
    """A row as text, without the seconds that it took."""
    return str({name: value for name, value in dataclasses.asdict(row).items() if name != "seconds"})  # type: ignore[call-overload]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("undisturbed")
    recipe = toy.write(folder, problems=60, shard_size=1)
    until_stage("curate", recipe, folder / "run")
    return recipe, folder / "run"


@pytest.mark.parametrize(("name", "table"), [("sample", "traces"), ("verify", "verdicts")])
def test_a_killed_stage_is_finished_by_the_same_command(undisturbed: tuple[Path, Path], tmp_path: Path, name: str, table: str) -> None:
    recipe, reference = undisturbed
    run = tmp_path / "run"
    until_stage(STAGES[STAGES.index(name) - 1], recipe, run)
    often = ["--set", "verify.commit_rows=20"]
    process = subprocess.Popen(
        [*stage(name, recipe, run), *often], start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    committed = {p: p.read_bytes() for p in wait_for_shards(run, table, 3)}
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert not list(run.glob(f"artifacts/{name}/*/manifest.json")), "the stage ended before it was killed; make it longer"
    until_stage("curate", recipe, run)
    assert all(p.read_bytes() == data for p, data in committed.items())
    for owner, what, record in (("sample", "traces", Trace), ("verify", "verdicts", Verdict), ("curate", "examples", Example)):
        mine, theirs = (sorted(map(untimed, OpenRun.at(str(r)).rows(owner, what, record))) for r in (run, reference))
        assert mine == theirs
        assert len(set(mine)) == len(mine)


def test_ctrl_c_ends_the_flow_at_once_and_keeps_what_is_committed(tmp_path: Path) -> None:
    recipe, run = toy.write(tmp_path, problems=60, shard_size=1), tmp_path / "run"
    flow = [sys.executable, "flows/distill.py", str(recipe), "--run", str(run)]
    # As a terminal does it: the signal goes to every process of the group, workers and all.
    process = subprocess.Popen(flow, cwd=ROOT, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    committed = {p: p.read_bytes() for p in wait_for_shards(run, "traces", 3)}
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=100)
    assert process.returncode == 130
    assert "stillhouse: interrupted" in output.splitlines()[-1]
    assert "starting it again" not in output
    assert all(p.read_bytes() == data for p, data in committed.items())
    assert not list(run.glob("artifacts/sample/*/manifest.json")), "the stage ended before it was interrupted; make it longer"
    done = subprocess.run(stage("sample", recipe, run), check=True, capture_output=True, text=True)
    assert "sample: done" in done.stdout


def test_a_second_run_finds_everything_committed(undisturbed: tuple[Path, Path]) -> None:
    recipe, run = undisturbed
    before = {p: p.stat().st_mtime_ns for p in run.rglob("*.parquet")}
    done = subprocess.run(stage("curate", recipe, run), check=True, capture_output=True, text=True)
    assert "curate: already done" in done.stdout
    assert {p: p.stat().st_mtime_ns for p in run.rglob("*.parquet")} == before


def test_other_settings_do_not_touch_what_was_made(undisturbed: tuple[Path, Path]) -> None:
    recipe, run = undisturbed
    before = {p: p.read_bytes() for p in run.rglob("artifacts/*/*/manifest.json")}
    done = subprocess.run([*stage("verify", recipe, run), "--set", "teacher.sampling.n=2"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "'sample'" in done.stderr
    assert "has not finished" in done.stderr
    assert "Traceback" not in done.stderr
    assert {p: p.read_bytes() for p in before} == before
    state = json.loads((run / "run.json").read_text())
    assert set(state) == {"format", "recipe", "steps", "contents", "labels"}
    subprocess.run(stage("curate", recipe, run), check=True)  # going back finds its work again


def test_every_trace_is_kept_or_has_one_reason(undisturbed: tuple[Path, Path]) -> None:
    from stillhouse.records import Decision

    target = OpenRun.at(str(undisturbed[1]))
    traces = {t.id for t in target.rows("sample", "traces", Trace)}
    decisions = target.rows("curate", "decisions", Decision)
    examples = {e.trace_id for e in target.rows("curate", "examples", Example)}
    assert sorted(d.id for d in decisions) == sorted(traces)
    assert {d.id for d in decisions if d.kept} == examples
    assert {d.step for d in decisions if not d.kept} >= {"outcome", "format"}


def test_a_killed_policy_is_finished_by_the_same_command(tmp_path: Path) -> None:
    """Drawing and judging are one step there: what it asks next depends on what was judged before the kill."""
    recipe = toy.write(tmp_path, problems=60, samples=6, shard_size=1)
    policy = ["--set", "teacher.policy={kind: until_k_correct, k: 2, cap: 6, chunk: 2}", "--set", "verify.commit_rows=5"]
    for run in (tmp_path / "reference", tmp_path / "run"):
        subprocess.run([*stage("problems", recipe, run), *policy], check=True)
    process = subprocess.Popen(
        [*stage("sample", recipe, tmp_path / "run"), *policy], start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    list(wait_for_shards(tmp_path / "run", "verdicts", 3))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert not list((tmp_path / "run").glob("artifacts/sample/*/manifest.json")), "the stage ended before it was killed; make it longer"
    for run in (tmp_path / "reference", tmp_path / "run"):
        subprocess.run([*stage("sample", recipe, run), *policy], check=True)
    for what, record in (("requests", Request), ("traces", Trace), ("allocated", Allocated)):
        mine, theirs = (OpenRun.at(str(tmp_path / r)).rows("sample", what, record) for r in ("run", "reference"))
        assert sorted(map(untimed, mine)) == sorted(map(untimed, theirs))
        assert len(set(mine)) == len(mine) > 0
