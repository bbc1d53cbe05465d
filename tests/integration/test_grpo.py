"""The verifiers as rewards inside TRL's own GRPO trainer, on a tiny model with random weights."""

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from stillhouse.verifiers.rewards import VerifierReward

PIECES = ["<pad>", "<eos>", "\\boxed{1}", "\\boxed{2}", "one", "or", "two", " "]


@pytest.fixture
def policy() -> tuple[LlamaForCausalLM, PreTrainedTokenizerFast]:
    """A model of eight words, two of which are answers; it draws them nearly alike."""
    words = Tokenizer(models.WordLevel({piece: i for i, piece in enumerate(PIECES)}, unk_token="<pad>"))
    words.pre_tokenizer = pre_tokenizers.Split(" ", "isolated")
    words.decoder = decoders.Fuse()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", eos_token="<eos>", padding_side="left")
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(PIECES), hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2, pad_token_id=0,
        eos_token_id=1, bos_token_id=None,
    )  # fmt: skip
    return LlamaForCausalLM(config), tokenizer


def test_a_policy_learns_what_the_verifier_accepts(policy: tuple[Any, Any], tmp_path: Path) -> None:
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    os.environ.setdefault("WANDB_DISABLED", "true")
    model, tokenizer = policy
    settings = GRPOConfig(
        output_dir=str(tmp_path), max_steps=25, learning_rate=0.02, num_generations=8, per_device_train_batch_size=16,
        max_completion_length=1, beta=0.0, seed=0, logging_steps=1, save_strategy="no", report_to="none", use_cpu=True, bf16=False,
        disable_tqdm=True, lr_scheduler_type="constant",
    )  # fmt: skip
    data = Dataset.from_list([{"prompt": "one or two", "answer": "2"}] * 16)
    with VerifierReward("math") as reward:
        trainer = GRPOTrainer(model=model, reward_funcs=reward, args=settings, train_dataset=data, processing_class=tokenizer)
        trainer.train()
    rewards = [entry["rewards/stillhouse_math/mean"] for entry in trainer.state.log_history if "rewards/stillhouse_math/mean" in entry]
    assert len(rewards) == 25
    assert rewards[0] < 0.6
    assert sum(rewards[-5:]) / 5 > 0.9
