"""TRL's SFTTrainer on the examples as the render gate writes them; the only module that imports trl.

Runs in its own process (a Ray actor). Resumes from the newest whole checkpoint in `work`, so a killed run trains again
at most `save_steps` steps. The render gate stands before the first step.
"""

import copy
import os
import queue
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stillhouse.errors import UserError
from stillhouse.recipe.sections import Train
from stillhouse.training.render import (
    Refused,
    Rendered,
    Renderer,
    check_batches,
    default_thinking,
    refusal,
    renderer,
    stop_tokens,
    template_of,
    thinks,
    without_default,
)

Event = dict[str, Any]
Events = queue.SimpleQueue[Event | BaseException | None]


class SftRun:
    """One supervised fine-tuning run; `fit` yields its progress and ends when the student is saved in work/student."""

    def __init__(self, model: str, files: list[str], settings: Train, seed: int, work: str, threads: int, gpu: bool) -> None:
        if not gpu:
            os.environ["OMP_NUM_THREADS"] = str(threads)
        self._model, self._files, self._settings, self._seed = model, files, settings, seed
        self._work, self._gpu = Path(work), gpu

    def fit(self) -> Iterator[Event]:
        """Yields {"gate_tokens", "way"} once, then {"step", "steps", "tokens", "loss"?}; raises what training raises."""
        events: Events = queue.SimpleQueue()
        threading.Thread(target=self._guarded, args=(events,), daemon=True).start()
        while (event := events.get()) is not None:
            if isinstance(event, BaseException):
                raise event
            yield event

    def _guarded(self, events: Events) -> None:
        try:
            self._train(events)
            events.put(None)
        except BaseException as error:
            events.put(error)

    def _train(self, events: Events) -> None:
        found = load_renderer(self._model)
        rows, kinds = self.rows(found)
        trainer = self.trainer(events, found.tokenizer, rows)
        expected = (Rendered(row["input_ids"], row["labels"]) for row in rows)
        covered = check_batches(expected, trained_batches(trainer), self._settings.max_length)
        events.put({"gate_tokens": covered, "way": found.way.name})
        trainer.train(resume_from_checkpoint=whole_checkpoint(self._work))
        trainer.save_model(str(self._work / "student"))
        found.tokenizer.chat_template = default_thinking(found, kinds) or found.tokenizer.chat_template
        found.tokenizer.save_pretrained(str(self._work / "student"))
        trainer.state.save_to_json(str(self._work / "trainer_state.json"))
        for checkpoint in self._work.glob("checkpoint-*"):
            shutil.rmtree(checkpoint)

    def rows(self, found: Renderer) -> tuple[Any, set[bool]]:
        """The examples as tokens and labels, mapped from their files and not held in memory; and whether they think."""
        from datasets import Dataset

        examples = Dataset.from_parquet(self._files, cache_dir=str(self._work / "rows"))
        rows = examples.map(_as_trained_on, with_indices=True, fn_kwargs={"found": found}, remove_columns=examples.column_names)
        return rows.remove_columns("thinks"), set(rows.unique("thinks"))

    def trainer(self, events: Events, tokenizer: Any, rows: Any) -> Any:
        import torch
        from transformers import AutoModelForCausalLM
        from trl import SFTTrainer

        dtype = torch.bfloat16 if self._gpu else torch.float32
        model = AutoModelForCausalLM.from_pretrained(self._model, dtype=dtype, trust_remote_code=False)
        return SFTTrainer(
            model=model,
            args=self.arguments(),
            train_dataset=rows,
            processing_class=tokenizer,
            callbacks=[_reporter(events)],
        )

    def arguments(self) -> Any:
        from trl import SFTConfig

        s = self._settings
        return SFTConfig(
            output_dir=str(self._work),
            num_train_epochs=s.epochs,
            learning_rate=s.learning_rate,
            per_device_train_batch_size=s.micro_batch_size,
            gradient_accumulation_steps=max(1, s.batch_size // s.micro_batch_size),
            max_length=s.max_length,
            warmup_steps=s.warmup_ratio,
            lr_scheduler_type=s.lr_scheduler,
            weight_decay=s.weight_decay,
            seed=self._seed,
            data_seed=self._seed,
            logging_steps=1,
            save_steps=s.save_steps,
            save_total_limit=1,
            report_to="none",
            disable_tqdm=True,
            use_cpu=not self._gpu,
            bf16=self._gpu,
            gradient_checkpointing=self._gpu,
            dataloader_pin_memory=self._gpu,
            packing=False,
        )


def load_renderer(folder: str, template: str | None = None) -> Renderer:
    """What renders a checkpoint's examples; `template` stands in for its own. Raises UserError where the template cannot be trained."""
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise UserError(f"The folder {folder} has no tokenizer that transformers can read.", "It is made by save_pretrained.") from error
    if not (template or tokenizer.chat_template):
        raise UserError(f"The tokenizer in {folder} has no chat template.", "Put a chat_template.jinja into the folder.")
    tokenizer.chat_template = template or tokenizer.chat_template
    return renderer(tokenizer, stop_tokens(tokenizer, Path(folder)), training_variant(tokenizer))


def training_variant(tokenizer: Any) -> str | None:
    """TRL's training variant of the tokenizer's chat template; none where it has none, or the template needs none."""
    from jinja2 import TemplateError
    from trl.chat_template_utils import get_training_chat_template

    known = copy.copy(tokenizer)
    known.chat_template = without_default(template_of(tokenizer))
    try:
        found: str | None = get_training_chat_template(known)
    except (ValueError, TypeError, TemplateError):  # not among TRL's, or it cannot take the tool calls that TRL tries it with
        return None
    return found


def _as_trained_on(example: dict[str, Any], number: int, found: Renderer) -> dict[str, Any]:
    try:
        rendered = found.render(example["messages"])
    except Refused as refused:
        raise refusal(number, f"cannot be trained: {refused}") from refused
    return {"input_ids": rendered.ids, "labels": rendered.labels, "thinks": thinks(example["messages"])}


def trained_batches(trainer: Any) -> Iterator[dict[str, Any]]:
    """Each example alone through the trainer's own dataset preparation and collator."""
    for row in trainer.train_dataset:
        yield {name: tensor[0].tolist() for name, tensor in trainer.data_collator([row]).items() if name in ("input_ids", "labels")}


def whole_checkpoint(work: Path) -> str | None:
    """The newest checkpoint that was written to its end: the trainer writes trainer_state.json last."""
    whole = [p for p in work.glob("checkpoint-*") if (p / "trainer_state.json").exists()]
    newest = max(whole, key=lambda p: int(p.name.rsplit("-", 1)[1]), default=None)
    return str(newest) if newest else None


def _reporter(events: Events) -> Any:
    from transformers import TrainerCallback

    class Reporter(TrainerCallback):  # type: ignore[misc]
        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
            logs = logs or {}
            if "loss" in logs:
                events.put(
                    {"step": state.global_step, "steps": state.max_steps, "loss": logs["loss"], "tokens": logs.get("num_tokens", 0.0)}
                )

    return Reporter()
