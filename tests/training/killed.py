"""A training that is killed in the middle, and what came of it beside one that was left alone."""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file

from stillhouse.training.run import TrainingRun

TRAIN = """
import os, pickle, signal, sys
from pathlib import Path
for event in pickle.loads(Path(sys.argv[1]).read_bytes()).fit():
    if event.get("step") == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
"""
Weights = dict[str, np.ndarray]


def kill_at(step: int, run: TrainingRun, folder: Path) -> None:
    """Runs it in a process of its own, which gets SIGKILL once the step is taken."""
    (folder / "run.pickle").write_bytes(pickle.dumps(run))
    command = [sys.executable, "-c", TRAIN, str(folder / "run.pickle"), str(step)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]


def whole_and_resumed(make: Callable[[str], TrainingRun], folder: Path, step: int = 3) -> tuple[Weights, Weights]:
    """The final weights of a run left alone, and of one that was killed after a step and begun again. `make` is given the work folder."""
    torch.set_num_threads(1)
    found = []
    for name in ("whole", "killed"):
        work = folder / name
        if name == "killed":
            kill_at(step, make(str(work)), folder)
            assert list(work.glob("checkpoint-*")), "it had come to a checkpoint"
            assert not (work / "student").exists()
        taken = [event["step"] for event in make(str(work)).fit() if "step" in event]
        assert taken[0] == 1 or name == "killed"
        assert taken[0] > 1 or name == "whole", "it went on from a checkpoint"
        found.append(load_file(work / "student" / "model.safetensors"))
    return found[0], found[1]


def same(one: Weights, other: Weights) -> bool:
    return one.keys() == other.keys() and all((one[name] == other[name]).all() for name in one)
