"""GRPO with the run's own verifiers, on a tiny policy with random weights."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import torch
from killed import same, whole_and_resumed
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from stillhouse.recipe.sections import Model
from stillhouse.recipe.training import Grpo, Train
from stillhouse.recipe.verification import Verify
from stillhouse.records import Example, Problem, to_table
from stillhouse.training.grpo import GrpoRun, Judging
from stillhouse.training.run import Given
from stillhouse.verifiers import grade
from stillhouse.verifiers.rewards import FormatReward, VerifierReward

PIECES = ["<pad>", "<eos>", "\\boxed{1}", "\\boxed{2}", "one", "or", "two", " "]
ASKED = "one or two"


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a model of eight words, two of which are answers; it draws them nearly alike."""
    words = Tokenizer(models.WordLevel({piece: i for i, piece in enumerate(PIECES)}, unk_token="<pad>"))
    words.pre_tokenizer = pre_tokenizers.Split(" ", "isolated")
    words.decoder = decoders.Fuse()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", eos_token="<eos>", padding_side="left")
    tokenizer.chat_template = "{% for message in messages %}{{ message.content }}{% endfor %}"
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(PIECES), hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2, pad_token_id=0,
        eos_token_id=1, bos_token_id=None,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("policy")
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def run(folder: Path, policy: str, work: str, epochs: float) -> GrpoRun:
    chat = [{"role": "user", "content": ASKED}, {"role": "assistant", "content": "\\boxed{2}"}]
    pq.write_table(to_table([Example(f"e{i}", f"p{i}", "", chat, "2", "", None, 1) for i in range(4)], Example), folder / "e.parquet")
    pq.write_table(to_table([Problem(f"p{i}", ASKED, "2", "math") for i in range(4)], Problem), folder / "p.parquet")
    settings = Train(
        method="grpo", student=Model(path=policy), epochs=epochs, learning_rate=0.02, lr_scheduler="constant", batch_size=16,
        micro_batch_size=16, save_steps=2, grpo=Grpo(n=8, max_tokens=1),
    )  # fmt: skip
    given = Given(policy, [str(folder / "e.parquet")], settings, 0, work, threads=1, gpu=False)
    return GrpoRun(given, Judging([str(folder / "p.parquet")], Verify(), 1, False))


def test_a_policy_learns_what_the_verifier_accepts_and_every_reward_is_logged_apart(policy: str, tmp_path: Path) -> None:
    events = list(run(tmp_path, policy, str(tmp_path / "work"), epochs=12.5).fit())
    assert events[0] == {"prompts": 4}
    logged = [event["rewards"] for event in events[1:]]
    assert len(logged) == 25
    assert set(logged[0]) == {"reward", "rewards/accuracy/mean", "rewards/format/mean", "rewards/length/mean"}
    accuracy = [step["rewards/accuracy/mean"] for step in logged]
    assert accuracy[0] < 0.6
    assert sum(accuracy[-5:]) / 5 > 0.9
    assert {step["rewards/format/mean"] for step in logged} == {0.0}
    assert all(step["reward"] == step["rewards/accuracy/mean"] for step in logged), "a weight of 0 counts for nothing"
    assert (tmp_path / "work" / "student" / "model.safetensors").exists()


@pytest.mark.slow
def test_a_killed_run_ends_with_the_same_weights(policy: str, tmp_path: Path) -> None:
    assert same(*whole_and_resumed(lambda work: run(tmp_path, policy, work, epochs=3), tmp_path))


def test_a_reward_is_the_verdict_that_grade_gives() -> None:
    said = ["\\boxed{2}", "<think>\nhm\n</think>\n\n\\boxed{2}", "two", "\\boxed{3}", "", "<think>\n\\boxed{2}"]
    rows = [
        {"id": str(i), "response": text, "verifier": name, "answer": gold, "question": ASKED, "choices": ["one", "two"]}
        for i, (text, name, gold) in enumerate((text, name, gold) for text in said for name, gold in (("math", "2"), ("choice", "B")))
    ]
    graded = [result["outcome"] for result in grade(iter(rows), workers=1)]
    columns = {name: [row[name] for row in rows] for name in ("answer", "verifier", "question")}
    payload = [json.dumps({"choices": row["choices"]}) for row in rows]
    with VerifierReward("math") as reward:
        rewards = reward(prompts=[ASKED] * len(rows), completions=[row["response"] for row in rows], payload=payload, **columns)
    assert rewards == [{"correct": 1.0, "wrong": 0.0, "timeout": 0.0}.get(outcome) for outcome in graded]
    assert {"correct", "wrong"} <= set(graded)


def test_the_format_is_one_well_formed_think_block_also_where_the_prompt_opens_it() -> None:
    said = ["<think>\na\n</think>\nb", "a\n</think>\nb", "b", "<think>a"]
    assert FormatReward()(said) == [1.0, 0.0, 0.0, 0.0]
    assert FormatReward("<think>")(said) == [0.0, 1.0, 0.0, 0.0]
