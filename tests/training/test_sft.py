"""What the trainer is really given: the gate's tokens and labels, through TRL's own trainer and collator, with a tiny model."""

import queue
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from templates import stops_of, with_template

from stillhouse.errors import UserError
from stillhouse.recipe.sections import Model
from stillhouse.recipe.training import Train
from stillhouse.records import Example, to_table
from stillhouse.training.run import Given
from stillhouse.training.sft import SftRun, trained_batches
from stillhouse.training.templates import load_renderer

ASKED = {"role": "user", "content": "What is 2 and 2?"}
THINKING = [ASKED, {"role": "assistant", "content": "<think>\nTwo pairs make four.\n</think>\n\n\\boxed{4}"}]
SILENT = [ASKED, {"role": "assistant", "content": "\\boxed{4}"}]
FAMILIES = [
    "cohere2",
    "deepseek_r1_distill",
    "gemma3",
    "gemma4",
    "gemma4_v5",
    "glm4moe",
    "gptoss",
    "lfm2",
    "lfm2_2_5_v2",
    "llama3_1",
    "muse_glimmer",
    "nemotron_3_nano",
    "nemotron_3_super",
    "phi3",
    "qwen2_5",
    "qwen3",
    "qwen3_5_think",
    "qwen3_5_nothink",
    "qwen3_8",
]


def checkpoint(folder: Path, name: str) -> str:
    """A tiny model with one of TRL's templates."""
    from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

    tokenizer = with_template(name)
    sizes = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    model = LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), **sizes))
    model.generation_config = GenerationConfig(eos_token_id=tokenizer.convert_tokens_to_ids(stops_of(name)))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def examples(folder: Path, chats: list[list[dict[str, str]]]) -> str:
    """A file of examples, each of a problem of its own."""
    rows = [Example(str(i), str(i), str(i), chat, "4", "", None, 1) for i, chat in enumerate(chats)]
    pq.write_table(to_table(rows, Example), folder / "examples.parquet")
    return str(folder / "examples.parquet")


def run(folder: Path, model: str, chats: list[list[dict[str, str]]], **settings: Any) -> SftRun:
    train = Train(student=Model(path=model), **settings)
    return SftRun(Given(model, [examples(folder, chats)], train, 0, str(folder / "work"), threads=1, gpu=False))


def given(run: SftRun, model: str) -> list[dict[str, Any]]:
    """What the trainer's collator gives the model, row by row."""
    found = load_renderer(model)
    rows, _ = run.rows(found)
    return list(trained_batches(run.trainer(queue.SimpleQueue(), found.tokenizer, rows)))


def by_trl(run: SftRun, model: str, chats: list[list[dict[str, str]]]) -> list[dict[str, Any]]:
    """The same from TRL's own preparation of prompt and completion, with the template and the fields that the gate chose."""
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    found = load_renderer(model)
    rows = [{"prompt": chat[:-1], "completion": chat[-1:]} for chat in map(found.formed, chats)]
    if found.way.switched:
        rows = [{**row, "chat_template_kwargs": {"enable_thinking": True}} for row in rows]
    found.tokenizer.chat_template = found.way.template
    trainer = SFTTrainer(
        model,
        args=SFTConfig(**run.arguments(), max_length=run.settings.max_length),
        train_dataset=Dataset.from_list(rows),
        processing_class=found.tokenizer,
    )
    return list(trained_batches(trainer))


@pytest.mark.parametrize("name", FAMILIES)
def test_the_trainer_is_given_what_the_gate_shows_and_what_trl_itself_would_make(tmp_path: Path, name: str) -> None:
    model = checkpoint(tmp_path / "model", name)
    chats = [THINKING] if name == "deepseek_r1_distill" else [THINKING, SILENT]
    found = load_renderer(model)
    started = run(tmp_path, model, chats, max_length=2048)
    batches = given(started, model)
    shown = [found.render(chat) for chat in chats]
    assert [(batch["input_ids"], batch["labels"]) for batch in batches] == [(one.ids, one.labels) for one in shown]
    if name != "llama3_1":  # this tokenizer joins the two line breaks that end its prompt, as inference sends them
        alike = chats[:1] if found.way.switched else chats
        assert batches[: len(alike)] == [row for chat in alike for row in by_trl(started, model, [chat])]


def test_an_example_that_cannot_be_trained_is_named_before_a_step_is_taken(tmp_path: Path) -> None:
    model = checkpoint(tmp_path / "model", "deepseek_r1_distill")
    with pytest.raises(UserError, match="Training example 1 cannot be trained: the generation prompt opens a think block"):
        list(run(tmp_path, model, [THINKING, SILENT]).fit())


def test_a_student_without_thinking_is_saved_with_that_default_and_what_it_was_trained_with_is_reported(tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    model = checkpoint(tmp_path / "model", "qwen3_5_think")
    events = list(run(tmp_path, model, [SILENT], epochs=1.0, batch_size=1, micro_batch_size=1).fit())
    assert events[0]["way"] == "own template, reasoning as a field"
    student = AutoTokenizer.from_pretrained(tmp_path / "work" / "student")
    asked = student.apply_chat_template([ASKED], tokenize=False, add_generation_prompt=True)
    assert asked.endswith("<think>\n\n</think>\n\n")
    assert load_renderer(str(tmp_path / "work" / "student")).way.name == events[0]["way"]


@pytest.mark.parametrize("targets", ["all-linear", ["q_proj", "v_proj"]])
def test_adapters_are_merged_into_a_student_of_the_base_s_own_form(tmp_path: Path, targets: str | list[str]) -> None:
    from safetensors.numpy import load_file

    model = checkpoint(tmp_path / "model", "qwen3")
    lora = {"r": 2, "alpha": 4, "targets": targets}
    events = list(run(tmp_path, model, [THINKING] * 2, epochs=4.0, batch_size=1, micro_batch_size=1, learning_rate=0.1, lora=lora).fit())
    assert events[-1]["loss"] < events[1]["loss"]
    base, student = (load_file(Path(folder) / "model.safetensors") for folder in (model, tmp_path / "work" / "student"))
    assert {name: weights.shape for name, weights in base.items()} == {name: weights.shape for name, weights in student.items()}
    moved = {name.split(".")[-2] for name in base if (base[name] != student[name]).any()}
    linear = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}
    assert moved == (linear if targets == "all-linear" else set(targets))
    assert not list((tmp_path / "work" / "student").glob("adapter*"))
    assert load_renderer(str(tmp_path / "work" / "student")).way.name == events[0]["way"]


def test_less_memory_is_a_circumstance(tmp_path: Path) -> None:
    model = checkpoint(tmp_path / "model", "qwen3")
    losses = []
    for name, again in (("kept", False), ("again", True)):
        (tmp_path / name).mkdir()
        events = list(
            run(tmp_path / name, model, [THINKING] * 4, epochs=1.0, batch_size=2, micro_batch_size=1, gradient_checkpointing=again).fit()
        )
        losses.append([event["loss"] for event in events[1:]])
    assert losses[0] == losses[1]


def test_a_tracker_that_is_not_there_is_told_before_a_step(tmp_path: Path) -> None:
    model = checkpoint(tmp_path / "model", "qwen3")
    with pytest.raises(UserError, match=r"train\.report_to: 'nowhere' is not installed here"):
        list(run(tmp_path, model, [THINKING], report_to=["nowhere"]).fit())
