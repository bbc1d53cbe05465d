"""The one whole run that the integration tests share."""

import subprocess
from pathlib import Path

import pytest
from small import ROOT, command


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a finished small run, embedded Ray and all, and what it printed."""
    run = tmp_path_factory.mktemp("flow") / "run"
    finished = subprocess.run(command(run), cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout[-3000:] + finished.stderr[-3000:]
    return run, finished.stdout
