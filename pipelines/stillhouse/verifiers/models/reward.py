"""`reward`: the score of an outcome reward model, the sigmoid of its one logit for (question, response).

The checkpoint is a local folder with safetensors; no code of it is run. A text longer than `max_length` tokens is
unverifiable, never cut.
"""

from typing import Any

from stillhouse.errors import UserError
from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace
from stillhouse.verifiers.base import Judgement
from stillhouse.verifiers.models.checkpoint import load


class Reward:
    """Keeps one model for its lifetime."""

    name = "reward"
    version = "1"
    needs_host = True
    section = "reward"
    isolation = "process"

    def __init__(self, settings: Verify) -> None:
        if settings.reward is None:
            raise UserError("The verifier `reward` needs verify.reward.", "Give it at least model.")
        self._settings = settings.reward
        self._loaded: tuple[Any, Any] | None = None

    def warm_up(self) -> None:
        """Loads the model. Raises UserError where it is no sequence classifier with one logit."""
        if self._loaded is None:
            self._loaded = load(self._settings.model, "AutoModelForSequenceClassification")
            if self._loaded[0].config.num_labels != 1:
                raise UserError(f"{self._settings.model} has {self._loaded[0].config.num_labels} labels; a reward model has one.")

    def judge(self, problem: Problem, trace: Trace) -> Judgement:
        import torch

        self.warm_up()
        assert self._loaded is not None
        model, tokenizer = self._loaded
        inputs = tokenizer(conversation(tokenizer, problem.question, trace.response), return_tensors="pt")
        length = inputs["input_ids"].shape[1]
        if length > self._settings.max_length:
            return Judgement("unverifiable", 0.0, "", f"{length} tokens; the limit is {self._settings.max_length}")
        with torch.inference_mode():
            logit = float(model(**inputs).logits[0, 0])
        score = float(torch.sigmoid(torch.tensor(logit)))
        return Judgement("correct" if score >= self._settings.threshold else "wrong", score, f"{logit:.4f}", f"reward: {score:.4f}")


def conversation(tokenizer: Any, question: str, response: str) -> str:
    """The text that the model reads: by its chat template, else question and response with a blank line between."""
    if not getattr(tokenizer, "chat_template", None):
        return f"{question}\n\n{response}"
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": response}]
    return str(tokenizer.apply_chat_template(turns, tokenize=False))
