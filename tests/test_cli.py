"""The command line as a user meets it: help worth reading, one line for a mistake, exit code 2."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from stillhouse import __version__
from stillhouse.cli import app

ROOT = Path(__file__).parents[1]
QUICKSTART = "configs/quickstart.yaml"


def stillhouse(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "stillhouse", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_step_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    done = stillhouse("stage", "baseline", "configs/quickstart.yaml", "--run", str(tmp_path / "run"))
    assert done.returncode == 2
    assert all(
        name in done.stderr for name in ("problems", "sample", "verify", "score/base/sample", "curate", "publish", "train", "report")
    )


def test_every_command_has_help_with_all_its_text() -> None:
    """Brackets in a help text are text, not markup: they had broken one command's help and vanished from another's."""
    top = typer.main.get_command(app)
    assert isinstance(top, typer.core.TyperGroup)
    for name, command in top.commands.items():
        done = CliRunner().invoke(app, [name, "--help"], terminal_width=400)
        assert done.exit_code == 0, (name, done.exception)
        shown = "".join(done.output.replace("`", "").split())
        for option in command.params:
            words = "".join((getattr(option, "help", None) or "").replace("`", "").split())
            assert words[:60] in shown, (name, option.name)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run-all", "no-such.yaml"], "Cannot read the recipe"),
        (["run-all", QUICKSTART, "--set", "trian.epochs=1"], "did you mean 'train'"),
        (["stage", "verify", QUICKSTART, "--run", "{tmp}/none"], "has not finished"),
        (["status", "{tmp}/none"], "There is no run in"),
        (["run-all", QUICKSTART, "--run", "s4://nowhere/x"], "Cannot open the store"),
        (["run-all", QUICKSTART, "--run", "{tmp}/r", "--set", "cluster.address=http://192.0.2.1:8265"], "unencrypted"),
        (["run-all", QUICKSTART, "--run", "/proc/nowhere"], "cannot be used"),
        (["run-all", QUICKSTART, "--run", "{tmp}/r", "--set", "train.student.path={tmp}"], "has no config.json"),
        (["run-all", QUICKSTART, "--run", "{tmp}/r", "--set", "train.student.path=/no/such/model"], "/no/such/model"),
        (["stage", "sample", QUICKSTART, "--run", "{tmp}/r", "--set", "teacher.model.path=package:no-such-package"], "is not installed"),
    ],
)
def test_a_mistake_is_one_line_and_code_2(arguments: list[str], message: str, tmp_path: Path) -> None:
    done = stillhouse(*(a.replace("{tmp}", str(tmp_path)) for a in arguments))
    assert done.returncode == 2, done.stderr[-2000:]
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr[-2000:]


def test_the_doctor_finds_a_whole_environment() -> None:
    done = stillhouse("doctor")
    assert done.returncode == 0, done.stdout
    assert "engine: vllm" in done.stdout


def test_the_version_and_the_doctors_checks_are_for_programs_too() -> None:
    assert stillhouse("--version").stdout.strip() == f"stillhouse {__version__}"
    checks = {check["name"]: check["good"] for check in json.loads(stillhouse("doctor", "--json").stdout)}
    assert checks["packages"]
    assert checks["engine"]


def test_completion_is_offered() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from stillhouse.cli import main; import sys; sys.argv = ['stillhouse']; main()"],
        env={**os.environ, "_STILLHOUSE_COMPLETE": "complete_bash", "COMP_WORDS": "stillhouse re", "COMP_CWORD": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "reverify" in done.stdout.split()


def test_the_flow_tells_a_mistake_before_it_starts_a_server() -> None:
    done = subprocess.run([sys.executable, "flows/distill.py", "no-such.yaml"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.strip().splitlines() == [
        "stillhouse: Cannot read the recipe no-such.yaml: No such file or directory. Recipes are in configs/."
    ]


@pytest.mark.parametrize("how", ["PYTHONIOENCODING=ascii", "LC_ALL=C PYTHONUTF8=0", "closed"])
def test_output_that_takes_no_dot_or_nothing_at_all_stops_no_command(tmp_path: Path, how: str) -> None:
    rows = "".join(f'{{"id": "{i}", "response": "{i}", "verifier": "choice", "answer": "A"}}\n' for i in range(3))
    (tmp_path / "in.jsonl").write_text(rows)
    command = f"{sys.executable} -m stillhouse grade {tmp_path}/in.jsonl --out {tmp_path}/out.jsonl"
    line = f"{command} >&-" if how == "closed" else f"env {how} {command}"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 3
