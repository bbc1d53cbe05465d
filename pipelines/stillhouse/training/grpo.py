"""TRL's GRPOTrainer with the run's own verifiers as rewards: what filtered the data also trains the student.

A thin first version: one device, and answers are drawn by transformers, inside the trainer.
"""

from dataclasses import dataclass
from typing import Any

from stillhouse.dialects import opening_tag
from stillhouse.recipe.verification import Verify
from stillhouse.training.prompts import epochs, prompts
from stillhouse.training.run import Events, Given, TrainingRun, reporter
from stillhouse.training.templates import open_tokenizer
from stillhouse.verifiers.rewards import FormatReward, VerifierReward

COLUMNS = ("question", "answer", "verifier", "payload")


@dataclass(frozen=True)
class Judging:
    """What judges the student's answers: the files of the problems, and the verifiers' settings."""

    problems: list[str]
    verify: Verify
    workers: int
    unsafe: bool


class GrpoRun(TrainingRun):
    """Group relative policy optimisation (Shao et al., 2024). `fit` first yields {"prompts"}; its steps tell every reward apart."""

    def __init__(self, given: Given, judging: Judging) -> None:
        super().__init__(given)
        self._judging = judging

    def _train(self, events: Events) -> None:
        judging = self._judging
        with VerifierReward("math", judging.workers, judging.verify, judging.unsafe) as self._accuracy:
            self._accuracy.__name__ = "accuracy"
            super()._train(events)

    def prepared(self, events: Events) -> Any:
        from trl import GRPOConfig, GRPOTrainer
        from trl.rewards import get_soft_overlong_punishment

        how = self.settings.grpo
        assert how is not None
        tokenizer = open_tokenizer(self.given.model)
        tokenizer.padding_side = "left"
        asked = self.asked(self.settings.batch_size // how.n)
        events.put({"prompts": len(asked)})
        length = get_soft_overlong_punishment(how.max_tokens, max(1, int(how.overlong * how.max_tokens)))
        length.__name__ = "length"
        return GRPOTrainer(
            model=self.student(),
            reward_funcs=[self._accuracy, FormatReward(opening(tokenizer)), length],
            args=GRPOConfig(
                **self.on_policy(), num_generations=how.n, max_completion_length=how.max_tokens, temperature=how.temperature,
                top_p=how.top_p, beta=how.kl, reward_weights=[how.accuracy, how.format, how.length],
            ),
            train_dataset=epochs(asked, self.settings.epochs, self.given.seed),
            processing_class=tokenizer,
            peft_config=self.adapters(),
            callbacks=[reporter(events)],
        )  # fmt: skip

    def asked(self, batch: int) -> Any:
        """The questions, each with what its verifier needs."""
        import pyarrow.parquet as pq

        found = pq.read_table(self._judging.problems, columns=["id", *COLUMNS]).to_pylist()
        of = {row["id"]: {name: row[name] for name in COLUMNS} for row in found}
        return prompts(self.given.files, self.work, batch).map(lambda row: of[row["problem_id"]])


def opening(tokenizer: Any) -> str:
    """The think tag with which the chat template ends a prompt; empty where it does not."""
    asked = [{"role": "user", "content": "What is 2 and 2?"}]
    return opening_tag(str(tokenizer.apply_chat_template(asked, tokenize=False, add_generation_prompt=True)))
