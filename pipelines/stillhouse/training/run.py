"""What every way to train shares: a run in a process of its own (a Ray actor), its progress, its checkpoints and the student it saves.

Resumes from the newest whole checkpoint in `work`, so a killed run trains again at most `save_steps` steps.
"""

import os
import queue
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stillhouse.errors import UserError
from stillhouse.recipe.training import Train

Event = dict[str, Any]
Events = queue.SimpleQueue[Event | BaseException | None]


@dataclass(frozen=True)
class Given:
    """What a run is given, small and picklable. `model` is the student's folder, `files` are the examples, `threads` counts for a CPU."""

    model: str
    files: list[str]
    settings: Train
    seed: int
    work: str
    threads: int
    gpu: bool


class TrainingRun:
    """One training; `fit` yields its progress and ends when the student is saved in work/student."""

    def __init__(self, given: Given) -> None:
        if not given.gpu:
            os.environ["OMP_NUM_THREADS"] = str(given.threads)
        self.given, self.settings, self.work = given, given.settings, Path(given.work)

    def fit(self) -> Iterator[Event]:
        """Yields what the way to train has to tell, then {"step", "steps", "tokens", "loss"?} with what else the trainer measures.

        Raises what training raises.
        """
        events: Events = queue.SimpleQueue()
        threading.Thread(target=self._guarded, args=(events,), daemon=True).start()
        while (event := events.get()) is not None:
            if isinstance(event, BaseException):
                raise event
            yield event

    def prepared(self, events: Events) -> Any:
        """The trainer of TRL, ready to begin. Its `processing_class` is saved with the student."""
        raise NotImplementedError

    def _guarded(self, events: Events) -> None:
        try:
            self._train(events)
            events.put(None)
        except BaseException as error:
            events.put(error)

    def _train(self, events: Events) -> None:
        check_reporters(self.settings.report_to)
        trainer = self.prepared(events)
        trainer.train(resume_from_checkpoint=whole_checkpoint(self.work))
        self.save(trainer)
        trainer.state.save_to_json(str(self.work / "trainer_state.json"))
        for checkpoint in self.work.glob("checkpoint-*"):
            shutil.rmtree(checkpoint)

    def save(self, trainer: Any) -> None:
        """Writes the student whole, adapters merged into its weights: what serves it needs to know nothing of how it was trained."""
        model = trainer.accelerator.unwrap_model(trainer.model)
        if self.settings.lora is not None:
            model = model.merge_and_unload()
        model.save_pretrained(self.work / "student")
        trainer.processing_class.save_pretrained(self.work / "student")

    def student(self, folder: str | None = None) -> Any:
        """The student's weights, or those of another folder, in the type that they are trained in."""
        import torch
        from transformers import AutoModelForCausalLM

        wanted = self.settings.dtype
        dtype = torch.bfloat16 if wanted == "bfloat16" or (wanted == "auto" and self.given.gpu) else torch.float32
        return AutoModelForCausalLM.from_pretrained(folder or self.given.model, dtype=dtype, trust_remote_code=False)

    def adapters(self) -> Any:
        """The settings of the adapters for peft; None where every weight is trained."""
        lora = self.settings.lora
        if lora is None:
            return None
        from peft import LoraConfig

        return LoraConfig(r=lora.r, lora_alpha=lora.alpha, lora_dropout=lora.dropout, target_modules=lora.targets, task_type="CAUSAL_LM")

    def on_policy(self) -> dict[str, Any]:
        """The arguments of a trainer whose rows hold all epochs, in order."""
        return {**self.arguments(), "num_train_epochs": 1, "shuffle_dataset": False}

    def arguments(self) -> dict[str, Any]:
        """The arguments that TRL's trainers share."""
        s, gpu = self.settings, self.given.gpu
        return {
            "output_dir": str(self.work),
            "num_train_epochs": s.epochs,
            "learning_rate": s.learning_rate,
            "per_device_train_batch_size": s.micro_batch_size,
            "gradient_accumulation_steps": max(1, s.batch_size // s.micro_batch_size),
            "warmup_steps": s.warmup_ratio,
            "lr_scheduler_type": s.lr_scheduler,
            "weight_decay": s.weight_decay,
            "seed": self.given.seed,
            "data_seed": self.given.seed,
            "logging_steps": 1,
            "save_steps": s.save_steps,
            "save_total_limit": 1,
            "report_to": list(s.report_to) or "none",
            "disable_tqdm": True,
            "use_cpu": not gpu,
            "bf16": gpu,
            "gradient_checkpointing": gpu if s.gradient_checkpointing is None else s.gradient_checkpointing,
            "dataloader_pin_memory": gpu,
        }


def check_reporters(wanted: list[str]) -> None:
    """Raises UserError for a tracker that transformers does not know or that is not installed here."""
    from transformers.integrations import get_available_reporting_integrations

    there = get_available_reporting_integrations() if wanted else []
    if missing := [name for name in wanted if name not in there]:
        raise UserError(
            f"train.report_to: {missing[0]!r} is not installed here, or no tracker that transformers knows.",
            f"Installed: {', '.join(there) or 'none'}.",
        )


def whole_checkpoint(work: Path) -> str | None:
    """The newest checkpoint that was written to its end: the trainer writes trainer_state.json last."""
    whole = [p for p in work.glob("checkpoint-*") if (p / "trainer_state.json").exists()]
    newest = max(whole, key=lambda p: int(p.name.rsplit("-", 1)[1]), default=None)
    return str(newest) if newest else None


def reporter(events: Events) -> Any:
    """A callback that makes an event of each step that the trainer logs."""
    from transformers import TrainerCallback

    class Reporter(TrainerCallback):  # type: ignore[misc]
        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
            logs = logs or {}
            if "loss" in logs:
                event = {"step": state.global_step, "steps": state.max_steps, "loss": logs["loss"], "tokens": logs.get("num_tokens", 0.0)}
                events.put({**event, "rewards": {name: value for name, value in logs.items() if _is_reward(name)}})

    return Reporter()


def _is_reward(name: str) -> bool:
    return name == "reward" or (name.startswith("rewards/") and name.endswith("/mean"))
