"""A small LoRA adapter as peft saves it, and what the model says whose weights it was added to by hand."""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

RANK, ALPHA = 4, 32
COUNT = [{"role": "user", "content": "Count to twenty."}]
BEGUN = "<think>\nOne, two.\n</think>\n\n"


def write_adapter(folder: Path, base: Path) -> None:
    """Random weights for every layer's query and value projections (format: peft 0.21, `PeftModel.save_pretrained`)."""
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    chance = torch.Generator().manual_seed(7)
    made = {}
    for name, module in model.named_modules():
        if name.endswith(("q_proj", "v_proj")):
            wide, tall = module.weight.shape[1], module.weight.shape[0]
            made[f"base_model.model.{name}.lora_A.weight"] = torch.randn(RANK, wide, generator=chance) / wide**0.5
            made[f"base_model.model.{name}.lora_B.weight"] = torch.randn(tall, RANK, generator=chance) / 40
    save_file(made, folder / "adapter_model.safetensors")
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": RANK,
        "lora_alpha": ALPHA,
        "target_modules": ["q_proj", "v_proj"],
        "base_model_name_or_path": str(base),
        "bias": "none",
    }
    (folder / "adapter_config.json").write_text(json.dumps(config))


def merged_text(base: Path, folder: Path | None, tokens: int) -> str:
    """The greedy answer of the merged model, or of the bare one, the beginning that it was given included."""
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    weights = load_file(folder / "adapter_model.safetensors") if folder else {}
    for name, module in model.named_modules():
        if f"base_model.model.{name}.lora_A.weight" in weights:
            low, high = (weights[f"base_model.model.{name}.lora_{side}.weight"] for side in "AB")
            module.weight.data += high @ low * (ALPHA / RANK)
    tokenizer = AutoTokenizer.from_pretrained(base)
    prompt = str(tokenizer.apply_chat_template(COUNT, tokenize=False, add_generation_prompt=True)) + BEGUN
    given = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)
    with torch.no_grad():
        found = model.generate(**given, max_new_tokens=tokens, do_sample=False)
    return BEGUN + str(tokenizer.decode(found[0][given.input_ids.shape[1] :]))
