"""TRL's SFTTrainer on the examples as the render gate writes them. The gate stands before the first step."""

from collections.abc import Iterator
from typing import Any

from stillhouse.training.render import Refused, Rendered, Renderer, check_batches, default_thinking, refusal, thinks
from stillhouse.training.run import Events, TrainingRun, reporter
from stillhouse.training.templates import load_renderer


class SftRun(TrainingRun):
    """Supervised fine-tuning. `fit` first yields {"gate_tokens", "way"}: the tokens with loss, and how the examples are written."""

    def prepared(self, events: Events) -> Any:
        found = load_renderer(self.given.model)
        rows, self._kinds = self.rows(found)
        trainer = self.trainer(events, found.tokenizer, rows)
        expected = (Rendered(row["input_ids"], row["labels"]) for row in rows)
        covered = check_batches(expected, trained_batches(trainer), self.settings.max_length)
        self._found = found
        events.put({"gate_tokens": covered, "way": found.way.name})
        return trainer

    def save(self, trainer: Any) -> None:
        found = self._found
        found.tokenizer.chat_template = default_thinking(found, self._kinds) or found.tokenizer.chat_template
        super().save(trainer)

    def rows(self, found: Renderer) -> tuple[Any, set[bool]]:
        """The examples as tokens and labels, mapped from their files and not held in memory; and whether they think."""
        from datasets import Dataset

        examples = Dataset.from_parquet(self.given.files, cache_dir=str(self.work / "rows"))
        rows = examples.map(_as_trained_on, with_indices=True, fn_kwargs={"found": found}, remove_columns=examples.column_names)
        return rows.remove_columns("thinks"), set(rows.unique("thinks"))

    def trainer(self, events: Events, tokenizer: Any, rows: Any) -> Any:
        from trl import SFTConfig, SFTTrainer

        return SFTTrainer(
            model=self.student(),
            args=SFTConfig(**self.arguments(), max_length=self.settings.max_length, packing=False),
            train_dataset=rows,
            processing_class=tokenizer,
            peft_config=self.adapters(),
            callbacks=[reporter(events)],
        )


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
