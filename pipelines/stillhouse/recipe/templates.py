"""Prompt templates: checked when the recipe is read, so that no run asks every problem the same."""

import string

HINT = "a brace that is meant as such is written twice: {{ }}"


def check_template(template: str, needed: str, known: set[str]) -> str:
    """The template. Raises ValueError where `needed` is not in it, where it names anything beyond `known`, and for a lone brace."""
    try:
        fields = [(name, form, turn) for _, name, form, turn in string.Formatter().parse(template) if name is not None]
    except ValueError as error:
        raise ValueError(f"{error}; {HINT}") from error
    for name, form, turn in fields:
        if name not in known or form or turn:
            shown = name + (f"!{turn}" if turn else "") + (f":{form}" if form else "")
            raise ValueError(f"{{{shown}}} is none of {', '.join(f'{{{k}}}' for k in sorted(known))}; {HINT}")
    if needed not in {name for name, _, _ in fields}:
        raise ValueError(f"{{{needed}}} is missing: every problem would get the same text")
    return template
