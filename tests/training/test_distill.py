"""On-policy distillation from one tiny model to another, and what it refuses."""

import shutil
from pathlib import Path

import pytest
import torch
from killed import same, whole_and_resumed
from safetensors.torch import load_file, save_file
from test_sft import THINKING, checkpoint, examples

from stillhouse.errors import UserError
from stillhouse.recipe.sections import Model
from stillhouse.recipe.training import Distill, Lora, Train
from stillhouse.training.distill import DistillRun, check_vocabulary
from stillhouse.training.run import Given
from stillhouse.training.templates import open_tokenizer


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A student and a teacher, which says the same and is surer of it."""
    torch.manual_seed(0)
    student = checkpoint(tmp_path_factory.mktemp("student"), "qwen3")
    teacher = shutil.copytree(student, tmp_path_factory.mktemp("teacher") / "model")
    path = teacher / "model.safetensors"
    save_file({name: weights * (40 if "lm_head" in name else 1) for name, weights in load_file(path).items()}, path, {"format": "pt"})
    return student, str(teacher)


def run(folder: Path, models: tuple[str, str], work: str, lora: Lora | None = None) -> DistillRun:
    student, teacher = models
    how = Distill(teacher=Model(path=teacher), max_tokens=8)
    settings = Train(
        method="distill", student=Model(path=student), distill=how, epochs=4, batch_size=4, micro_batch_size=2, learning_rate=0.05,
        save_steps=2, lora=lora,
    )  # fmt: skip
    rows = examples(folder, [[{"role": "user", "content": f"What is {i} and 2?"}, THINKING[1]] for i in range(8)])
    return DistillRun(Given(student, [rows], settings, 7, work, threads=1, gpu=False), teacher)


def test_the_student_comes_nearer_to_its_teacher(tmp_path: Path, models: tuple[str, str]) -> None:
    events = list(run(tmp_path, models, str(tmp_path / "work")).fit())
    assert events[0] == {"prompts": 8}
    losses = [event["loss"] for event in events[1:]]
    assert len(losses) == 8
    assert sum(losses[-2:]) < 0.8 * sum(losses[:2])


@pytest.mark.slow
def test_a_killed_run_of_adapters_ends_with_the_same_weights(tmp_path: Path, models: tuple[str, str]) -> None:
    assert same(*whole_and_resumed(lambda work: run(tmp_path, models, work, Lora(r=2)), tmp_path))


def test_too_few_questions_for_a_step_are_told(tmp_path: Path, models: tuple[str, str]) -> None:
    few = run(tmp_path, models, str(tmp_path / "work"))
    examples(tmp_path, [THINKING])
    with pytest.raises(UserError, match="The examples have 1 questions, and a batch takes 4"):
        list(few.fit())


def test_another_vocabulary_is_refused(models: tuple[str, str]) -> None:
    ours, theirs = (open_tokenizer(models[0]) for _ in range(2))
    check_vocabulary(ours, theirs)
    theirs.add_tokens(["one more"])
    with pytest.raises(UserError, match="has another vocabulary"):
        check_vocabulary(ours, theirs)
