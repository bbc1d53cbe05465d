"""The recipe's `train` section: which student is trained, and how."""

from typing import Literal

from pydantic import Field, model_validator

from stillhouse.recipe.section import Circumstance, Later, Section
from stillhouse.recipe.sections import Model


class Lora(Section):
    """Low-rank adapters (Hu et al., 2021) in place of training every weight. They are merged into the student when it is saved."""

    r: int = Field(16, ge=1)
    alpha: int = Field(32, ge=1)
    dropout: float = Field(0.0, ge=0, lt=1)
    targets: list[str] | Literal["all-linear"] = Field("all-linear", description="Names of modules; all-linear: all but the head.")


class Distill(Section):
    """On-policy distillation (Agarwal et al., 2023): the student answers, and at each token of its answer it is drawn to the teacher's
    distribution over the next one. Teacher and student share one vocabulary."""

    teacher: Circumstance[Model]
    max_tokens: int = Field(512, ge=1, description="Tokens of one answer.")
    temperature: float = Field(1.0, gt=0, description="Of the sampling and of both distributions in the loss.")
    top_p: float = Field(1.0, gt=0, le=1)
    beta: float = Field(1.0, ge=0, le=1, description="The divergence: 0 is forward KL, 1 reverse KL, between them Jensen-Shannon's.")


class Grpo(Section):
    """GRPO (Shao et al., 2024) with the run's own verifiers: n answers to each problem, better ones made likelier than worse ones.

    accuracy, format and length are the weights of three rewards, each logged apart: 1 for an answer that the problem's verifier accepts;
    1 for one well-formed think block; and from 0 down to -1 over the last share `overlong` of max_tokens (Yu et al., 2025).
    """

    n: int = Field(8, ge=2, description="Answers to one problem; train.batch_size counts answers, and is a multiple of n.")
    max_tokens: int = Field(512, ge=1, description="Tokens of one answer.")
    temperature: float = Field(1.0, gt=0)
    top_p: float = Field(1.0, gt=0, le=1)
    kl: float = Field(0.0, ge=0, description="Weight of the divergence from the student as it was.")
    accuracy: float = Field(1.0, ge=0)
    format: float = Field(0.0, ge=0)
    length: float = Field(0.0, ge=0)
    overlong: float = Field(0.25, gt=0, le=1)


class Train(Section):
    """The training of the student, by TRL. `sft`: the loss is on the assistant's tokens. `distill` and `grpo` take the questions of the
    examples, and the student answers them itself."""

    method: Later[Literal["sft", "distill", "grpo"]] = "sft"
    student: Circumstance[Model]
    distill: Later[Distill | None] = None
    grpo: Later[Grpo | None] = None
    lora: Later[Lora | None] = Field(None, description="None: every weight is trained.")
    dtype: Later[Literal["auto", "float32", "bfloat16"]] = Field(
        "auto",
        description="Of the weights while they are trained; auto: bfloat16 on a GPU, which computes in it either way, float32 on a CPU.",
    )
    epochs: float = Field(3.0, gt=0)
    learning_rate: float = Field(1e-5, gt=0)
    batch_size: int = Field(8, ge=1, description="Examples per optimiser step, over all devices.")
    micro_batch_size: Circumstance[int] = Field(8, ge=1, description="Examples per forward pass.")
    max_length: int = Field(4096, ge=16, description="Longest example in tokens; a longer one is refused, never cut.")
    warmup_ratio: float = Field(0.05, ge=0, le=1)
    lr_scheduler: Literal["linear", "cosine", "cosine_with_restarts", "polynomial", "constant", "constant_with_warmup", "inverse_sqrt"] = (
        "cosine"
    )
    weight_decay: float = Field(0.0, ge=0)
    gradient_checkpointing: Circumstance[bool | None] = Field(
        None, description="Compute activations again in the backward pass, for less memory; null: on a GPU."
    )
    save_steps: Circumstance[int] = Field(20, ge=1, description="Optimiser steps between checkpoints to resume from.")
    report_to: Circumstance[list[str]] = Field([], description="Where TRL reports to as well: trackio, wandb, mlflow, tensorboard, …")
    seed: Circumstance[int | None] = Field(None, description="Seed of the training alone (null = the recipe's).")

    @model_validator(mode="after")
    def _whole_batches(self) -> "Train":
        if self.batch_size % self.micro_batch_size:
            raise ValueError(
                f"batch_size {self.batch_size} is no multiple of micro_batch_size {self.micro_batch_size}: set micro_batch_size as well"
            )
        if self.grpo is not None and self.batch_size % self.grpo.n:
            raise ValueError(f"batch_size {self.batch_size} is no multiple of grpo.n {self.grpo.n}")
        return self

    @model_validator(mode="after")
    def _settings_of_its_method(self) -> "Train":
        for name, given in (("distill", self.distill), ("grpo", self.grpo)):
            if (given is not None) != (self.method == name):
                raise ValueError(f"method {self.method} and the section {name} do not belong together: give both, or neither")
        return self
