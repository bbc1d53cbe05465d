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


class Train(Section):
    """The training of the student, by TRL. `sft`: the loss is on the assistant's tokens."""

    method: Later[Literal["sft"]] = "sft"
    student: Circumstance[Model]
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
        return self
