"""`stillhouse new`: a verifier, a source or a curation step of one's own, with a test that passes at once."""

import importlib.util
import keyword
import re
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import typer

from stillhouse import plugins
from stillhouse.errors import UserError
from stillhouse.progress import say

ROOMS = {
    "verifier": ("verifiers", plugins.VERIFIERS),
    "source": ("problems", plugins.SOURCES),
    "step": ("curation", plugins.CURATION_STEPS),
}
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def register(app: typer.Typer) -> None:
    """Adds this module's commands."""
    app.command(short_help="Write a verifier, source or curation step of your own, and its test.")(new)


def new(
    kind: Annotated[Literal["verifier", "source", "step"], typer.Argument(help="What it is to be.")],
    name: Annotated[str, typer.Argument(help="Its name in recipes: small letters, digits and _.")],
    folder: Annotated[Path, typer.Option(help="Where the files go; it is made where it does not exist.")] = Path("."),
) -> None:
    """Write NAME.py, test_NAME.py and, where there is none, a pyproject.toml with the entry point.

    The test passes as it is. After `pip install -e FOLDER` recipes can use the name. What it must do is in the README.md of
    the package's folder verifiers, problems or curation. Nothing is overwritten. Example: stillhouse new verifier palindrome
    """
    room, group = ROOMS[kind]
    code, test = (block.replace("Example", class_name(name)).replace("example", name) for block in examples(room))
    wanted = {f"{name}.py": code, f"test_{name}.py": test}
    taken = [file for file in wanted if (folder / file).exists()]
    if taken:
        raise UserError(f"{folder / taken[0]} exists already.", "Choose another name or --folder.")
    check_name(name)
    own = not (folder / "pyproject.toml").exists()
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in (wanted | ({"pyproject.toml": project(name, group)} if own else {})).items():
        (folder / file).write_text(text)
        say(f"wrote {folder / file}")
    if not own:
        say(f"Add to {folder / 'pyproject.toml'}:\n{entry_point(name, group)}")
    say(f"Try it: python -m pytest {folder / f'test_{name}.py'}; install it: pip install -e {folder}; then `stillhouse doctor` lists it.")


def check_name(name: str) -> None:
    """Raises UserError for what cannot be a module's name, or would stand in for another module."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise UserError(f"{name!r} cannot be a name.", "Small letters, digits and _, beginning with a letter: palindrome, unit_price.")
    if importlib.util.find_spec(name) is not None:
        raise UserError(f"A module {name!r} exists already in this Python.", f"Choose another name, such as my_{name}.")


def class_name(name: str) -> str:
    """`unit_price` as `UnitPrice`."""
    return "".join(part.capitalize() for part in name.split("_"))


def examples(room: str) -> list[str]:
    """The Python of a room's README: the example and, where there is one, its test."""
    return _BLOCK.findall((files("stillhouse") / room / "README.md").read_text())


def entry_point(name: str, group: str) -> str:
    """The lines of a pyproject.toml by which recipes find it."""
    return f'[project.entry-points."{group}"]\n{name} = "{name}:{class_name(name)}"\n'


def project(name: str, group: str) -> str:
    """A pyproject.toml for the one file."""
    return (
        f'[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n'
        f'[project]\nname = "{name.replace("_", "-")}"\nversion = "0.1.0"\ndependencies = ["stillhouse"]\n\n'
        f'{entry_point(name, group)}\n[tool.hatch.build.targets.wheel]\nonly-include = ["{name}.py"]\n'
    )
