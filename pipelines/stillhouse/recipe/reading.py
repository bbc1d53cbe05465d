"""YAML that people wrote, or that came from elsewhere: read without what makes YAML dangerous or ambiguous.

Refused, each with its place: an alias (a few lines of them unfold to gigabytes), a key that stands twice in one mapping (YAML
itself lets the last one win in silence), and nesting deeper than any recipe is.
"""

from pathlib import Path
from typing import Any

import yaml

from stillhouse.errors import UserError

MAX_DEPTH = 50
MAX_BYTES = 1_000_000


class _Strict(yaml.SafeLoader):
    """PyYAML's safe loader, stricter."""

    def __init__(self, text: str | bytes) -> None:
        super().__init__(text)
        self._depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise self._refused("an alias (*name): write the value out")
        if self._depth == MAX_DEPTH:
            raise self._refused(f"more than {MAX_DEPTH} levels of nesting")
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def _refused(self, what: str) -> yaml.MarkedYAMLError:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        return yaml.MarkedYAMLError(problem=what, problem_mark=event.start_mark)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue  # PyYAML itself refuses a key that is no plain value
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {key.value!r} stands twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_file(path: Path) -> bytes:
    """What a recipe's file holds. Raises UserError for one that is not there, is no file that ends, or is larger than any recipe."""
    try:
        if path.exists() and not path.is_file():
            raise UserError(f"The recipe {path} is not a file.", "Recipes are in configs/.")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UserError(f"Cannot read the recipe {path}: {error.strerror}.", "Recipes are in configs/.") from error
    if len(data) > MAX_BYTES:
        raise UserError(f"The recipe {path} is larger than {MAX_BYTES:,} bytes.")
    return data


def read_yaml(text: str | bytes, what: str) -> Any:
    """The value of one YAML document. Raises UserError that begins with `what` and names the place."""
    try:
        loader = _Strict(text)
        try:
            return loader.get_single_data()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise UserError(f"{what} is not valid YAML{place}: {error.problem or error.context}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: a number or date that is none
        raise UserError(f"{what} is not valid YAML: {' '.join(str(error).split())}.") from error
