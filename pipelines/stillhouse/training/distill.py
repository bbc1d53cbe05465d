"""TRL's DistillationTrainer: the student answers, and at each of its own tokens is drawn to a local teacher's distribution.

The loss is exact over the whole vocabulary, so teacher and student need one vocabulary. Answers are drawn by transformers, inside the
trainer: right for small models, slow for long answers.
"""

from typing import Any

from stillhouse.errors import UserError
from stillhouse.training.prompts import epochs, prompts
from stillhouse.training.run import Events, Given, TrainingRun, reporter
from stillhouse.training.templates import open_tokenizer


class DistillRun(TrainingRun):
    """On-policy distillation (Agarwal et al., 2023). `fit` first yields {"prompts"}."""

    def __init__(self, given: Given, teacher: str) -> None:
        super().__init__(given)
        self._teacher = teacher

    def prepared(self, events: Events) -> Any:
        from trl import DistillationConfig, DistillationTrainer

        how = self.settings.distill
        assert how is not None
        tokenizer = open_tokenizer(self.given.model)
        check_vocabulary(tokenizer, open_tokenizer(self._teacher))
        asked = prompts(self.given.files, self.work, self.settings.batch_size)
        events.put({"prompts": len(asked)})
        return DistillationTrainer(
            model=self.student(),
            teacher_model=self.student(self._teacher),
            args=DistillationConfig(
                **self.on_policy(), max_completion_length=how.max_tokens, temperature=how.temperature, top_p=how.top_p, beta=how.beta
            ),
            train_dataset=epochs(asked, self.settings.epochs, self.given.seed),
            processing_class=tokenizer,
            peft_config=self.adapters(),
            callbacks=[reporter(events)],
        )


def check_vocabulary(student: Any, teacher: Any) -> None:
    """Raises UserError where a number does not stand for the same token in both."""
    if student.get_vocab() != teacher.get_vocab():
        raise UserError(
            "The teacher of train.distill has another vocabulary than the student.", "Take two models of one family, or train.method sft."
        )
