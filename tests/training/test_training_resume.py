"""A training that is killed and begun again ends with the weights of one that was left alone."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from safetensors.numpy import load_file
from test_sft import THINKING, checkpoint, run

TRAIN = """
import sys
from stillhouse.recipe.sections import Model
from stillhouse.recipe.training import Train
from stillhouse.training.run import Given
from stillhouse.training.sft import SftRun
model, examples, work = sys.argv[1:]
train = Train(student=Model(path=model), epochs=4.0, batch_size=2, micro_batch_size=1, learning_rate=1e-2, save_steps=2)
for event in SftRun(Given(model, [examples], train, 7, work, threads=1, gpu=False)).fit():
    print(f"<step {event.get('step', 0)}>", flush=True)
"""


def chats() -> list[list[dict[str, str]]]:
    return [[{"role": "user", "content": f"What is {i} and 2?"}, THINKING[1]] for i in range(6)]


def steps(training: "subprocess.Popen[str]") -> Iterator[int]:
    """The steps as they are taken; the gate's event is step 0. The trainer prints in between, from another thread."""
    assert training.stdout is not None
    return (int(step) for line in training.stdout for step in re.findall(r"<step (\d+)>", line))


def begin(model: str, examples: Path, work: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", TRAIN, model, str(examples), str(work)], stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_a_killed_training_ends_with_the_same_weights(tmp_path: Path) -> None:
    model = checkpoint(tmp_path / "model", "qwen3")
    run(tmp_path, model, chats())
    examples = tmp_path / "examples.parquet"
    with begin(model, examples, tmp_path / "whole") as whole:
        taken = list(steps(whole))
    assert (whole.returncode, taken) == (0, list(range(13)))

    with begin(model, examples, tmp_path / "killed") as killed:
        assert 5 in steps(killed)
        os.kill(killed.pid, signal.SIGKILL)
    assert list((tmp_path / "killed").glob("checkpoint-*")), "it had come to a checkpoint"
    assert not (tmp_path / "killed" / "student").exists()
    with begin(model, examples, tmp_path / "killed") as resumed:
        again = list(steps(resumed))
    assert (resumed.returncode, again[-1]) == (0, 12)
    assert 1 < again[1] <= 7, "it went on from a checkpoint"

    weights = [load_file(tmp_path / place / "student" / "model.safetensors") for place in ("whole", "killed")]
    before = load_file(Path(model) / "model.safetensors")
    assert weights[0].keys() == weights[1].keys()
    assert all((weights[0][name] == weights[1][name]).all() for name in weights[0])
    assert any((weights[0][name] != before[name]).any() for name in before), "it trained"
