"""Wall: a kernel without walls. Nothing is judged there unless the command line allows it, and then every verdict says so."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import stillhouse
from stillhouse.errors import UserError
from stillhouse.execute import job
from stillhouse.recipe import load
from stillhouse.recipe.code import Code
from stillhouse.recipe.verification import Verify
from stillhouse.storage.run import OpenRun
from stillhouse.verifiers.code.jail import landlock
from stillhouse.verifiers.pool import walls
from stillhouse.verifiers.pool.pool import Pool

PACKAGE = Path(stillhouse.__file__).parent
FLAG = "--allow-unsafe-execution"
PROGRAM = {"kind": "stdio", "cases": [{"input": "", "output": "1"}]}
ROWS: list[dict[str, Any]] = [
    {"id": "math", "verifier": "math", "answer": "1", "response": "\\boxed{1}"},
    {"id": "structure", "verifier": "structure", "response": "1", "rules": [{"kind": "json_schema", "schema": {}}]},
    {"id": "code", "verifier": "code", "response": "```python\nprint(1)\n```", "tests": PROGRAM},
    {"id": "composed", "verifier": "both", "answer": "1", "response": "\\boxed{1}"},
]


@pytest.fixture(scope="module")
def old_kernel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package as it is on a kernel without Landlock: its question to the kernel answers 0."""
    root = tmp_path_factory.mktemp("old")
    shutil.copytree(PACKAGE, root / "stillhouse", ignore=shutil.ignore_patterns("__pycache__"))
    source = root / "stillhouse" / "verifiers" / "code" / "jail" / "landlock.py"
    asked = "def abi() -> int:\n"
    assert asked in source.read_text()
    source.write_text(source.read_text().replace(asked, f"{asked}    return 0\n"))
    return root


def graded(root: Path, folder: Path, rows: list[dict[str, Any]], *flags: str, recipe: str = "") -> tuple[int, str, list[dict[str, Any]]]:
    """Exit code, messages and verdicts of `stillhouse grade` with the package in `root`."""
    (folder / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "recipe.yaml").write_text(recipe or "verify:\n  compose: {both: {mode: all, of: [{verifier: math}]}}\n")
    command = [sys.executable, "-m", "stillhouse", "grade", "in.jsonl", "--out", "out.jsonl", "-j", "1", "--recipe", "recipe.yaml", *flags]
    environment = {**os.environ, "PYTHONPATH": str(root), "STILLHOUSE_ALLOW_UNSAFE_EXECUTION": "1", "ALLOW_UNSAFE_EXECUTION": "1"}
    ended = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    out = folder / "out.jsonl"
    return ended.returncode, ended.stderr, [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_every_verifier_refuses_up_front(row: dict[str, Any], old_kernel: Path, tmp_path: Path) -> None:
    code, told, verdicts = graded(old_kernel, tmp_path, [row])
    assert (code, verdicts) == (2, [])
    assert "no walls" in told
    assert FLAG in told
    assert "Traceback" not in told


def test_with_leave_every_verdict_says_that_it_was_unsafe(old_kernel: Path, tmp_path: Path) -> None:
    code, told, verdicts = graded(old_kernel, tmp_path, ROWS, FLAG)
    assert code == 0, told
    assert [v["outcome"] for v in verdicts] == ["correct"] * len(ROWS)
    assert all(v["isolation"].startswith("unsafe") for v in verdicts), verdicts


@pytest.mark.skipif(landlock.abi() < landlock.MINIMUM_ABI, reason="needs Landlock ABI 4")
def test_leave_changes_nothing_where_walls_can_be_built(tmp_path: Path) -> None:
    code, told, verdicts = graded(PACKAGE.parent, tmp_path, ROWS, FLAG)
    assert code == 0, told
    assert not [v for v in verdicts if "unsafe" in v["isolation"]]


@pytest.mark.parametrize(
    "recipe",
    ["verify:\n  code: {allow_unsafe_execution: true}\n", "verify:\n  allow_unsafe_execution: true\n", "allow_unsafe_execution: true\n",
     "verify:\n  code: {rung: unsafe}\n", "verify:\n  code: {rung: none}\n", "unsafe: true\n", "verify:\n  unsafe: true\n"],
)  # fmt: skip
def test_a_recipe_cannot_give_leave(recipe: str, old_kernel: Path, tmp_path: Path) -> None:
    for root in (old_kernel, PACKAGE.parent):
        code, _, verdicts = graded(root, tmp_path, ROWS, recipe=recipe)
        assert (code, verdicts) == (2, [])


@pytest.mark.parametrize("key", ["unsafe", "allow_unsafe_execution", "isolation"])
def test_a_row_cannot_give_leave(key: str, old_kernel: Path, tmp_path: Path) -> None:
    assert graded(old_kernel, tmp_path, [{**row, key: True, "payload_extra": {key: True}} for row in ROWS])[0] == 2


def test_neither_sections_nor_a_run_folder_hold_the_leave() -> None:
    assert not [name for section in (Code, Verify) for name in section.model_fields if "unsafe" in name]
    with pytest.raises(ValidationError):
        Code.model_validate({"allow_unsafe_execution": True})


def test_a_run_that_is_read_has_no_leave(tmp_path: Path) -> None:
    """The leave is an argument of a process and is written nowhere, so nothing that is read can give it."""
    recipe = load(PACKAGE.parents[1] / "configs" / "quickstart.yaml")
    with job(recipe, str(tmp_path), unsafe=True):
        pass
    assert "unsafe" not in (tmp_path / "run.json").read_text()
    state = json.loads((tmp_path / "run.json").read_text())
    (tmp_path / "run.json").write_text(json.dumps({**state, "unsafe": True}))
    with pytest.raises(UserError, match="damaged"):
        OpenRun.at(str(tmp_path))


def test_the_pool_itself_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "abi", lambda: 0)
    with pytest.raises(UserError, match="no walls"):
        Pool(1, Verify())
    assert walls.missing(unsafe=True)


def test_a_worker_refuses_by_itself(old_kernel: Path) -> None:
    """Should a caller be wrong about its kernel: the worker asks for itself before it reads a row."""
    program = (
        "import os\nfrom stillhouse.recipe.verification import Verify\nfrom stillhouse.verifiers.pool import wire, worker\n"
        "r, w = os.pipe()\nwire.write_frame(w, Verify().model_dump_json())\n"
        "worker.main('math', str(r), str(w), 'walled')\nprint(os.read(r, 1000))"
    )
    environment = {**os.environ, "PYTHONPATH": str(old_kernel)}
    ended = subprocess.run([sys.executable, "-c", program], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert "failed" in ended.stdout, ended.stderr
    assert "no walls" in ended.stdout


@pytest.mark.skipif(landlock.abi() < landlock.MINIMUM_ABI, reason="needs Landlock ABI 4")
@pytest.mark.parametrize("verifier", ["math", "reasoning_gym", "choice", "structure", "format"])
def test_a_worker_that_was_taken_over_reaches_nothing(verifier: str, tmp_path: Path) -> None:
    """Code in the very process that judges, put there by us: it can neither write nor read nor start nor connect."""
    program = f"""
import os, socket, sys
from stillhouse.recipe.verification import Verify
from stillhouse.verifiers import registry
from stillhouse.verifiers.pool import worker
settings = Verify()
child = worker.Child(registry.load({verifier!r}, settings), settings, False, registry.runs_no_text({verifier!r}, settings), False, [])
worker._confine(child)
tries = [lambda: open({str(tmp_path / "x")!r}, "w"), lambda: open("/etc/shadow"), lambda: os.listdir("/root"), lambda: os.fork(),
         lambda: os.execv("/bin/true", ["true"]), lambda: socket.socket(), lambda: os.kill(os.getppid(), 0), lambda: bytearray(9 << 30)]
for attempt in tries:
    try:
        attempt()
    except (OSError, MemoryError):
        continue
    os._exit(1)
os._exit(0)
"""
    ended = subprocess.run([sys.executable, "-c", program], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def test_a_worker_for_the_host_has_a_memory_limit() -> None:
    program = """
import resource
from stillhouse.recipe.verification import Verify
from stillhouse.verifiers.pool import worker
class Judge: isolation = "endpoint"
print(worker._confine(worker.Child(Judge(), Verify(memory_mb=256), True, False, False, [])))
try:
    bytearray(1 << 30)
except MemoryError:
    print("held", resource.getrlimit(resource.RLIMIT_AS)[1] == resource.RLIM_INFINITY)
"""
    ended = subprocess.run([sys.executable, "-c", program], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert ended.stdout.split()[:2] == ["endpoint", "held"], ended.stderr
