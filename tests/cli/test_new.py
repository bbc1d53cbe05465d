"""`stillhouse new` writes what works at once, and overwrites nothing."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

NAMES = {"verifier": "stillhouse.verifiers", "source": "stillhouse.sources", "step": "stillhouse.curation_steps"}


def new(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "stillhouse", "new", *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("kind", "group"), NAMES.items())
def test_what_it_writes_passes_its_test_and_names_its_entry_point(kind: str, group: str, tmp_path: Path) -> None:
    done = new(kind, "unit_price", "--folder", str(tmp_path / "own"))
    assert done.returncode == 0, done.stderr
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_unit_price.py"]
    tested = subprocess.run(command, cwd=tmp_path / "own", capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stdout
    project = tomllib.loads((tmp_path / "own" / "pyproject.toml").read_text())
    assert project["project"]["entry-points"] == {group: {"unit_price": "unit_price:UnitPrice"}}


def test_it_overwrites_nothing_and_leaves_a_project_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("# mine\n")
    assert '[project.entry-points."stillhouse.verifiers"]' in new("verifier", "mine", "--folder", str(tmp_path)).stdout
    assert (tmp_path / "pyproject.toml").read_text() == "# mine\n"
    (tmp_path / "mine.py").write_text("kept\n")
    (tmp_path / "test_mine.py").unlink()
    done = new("step", "mine", "--folder", str(tmp_path))
    assert (done.returncode, "exists already" in done.stderr) == (2, True)
    assert (tmp_path / "mine.py").read_text() == "kept\n"
    assert not (tmp_path / "test_mine.py").exists()


@pytest.mark.parametrize("name", ["Price", "../up", "1st", "class", "json", "numpy", ""])
def test_a_name_that_no_module_can_have_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    done = new("verifier", name, "--folder", str(tmp_path / "own"))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "own").exists()
