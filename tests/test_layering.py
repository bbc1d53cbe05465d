"""Imports go one way, lazy ones included, and each engine is imported in one place."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "pipelines" / "stillhouse"
FILES = sorted(PACKAGE.rglob("*.py"))

FLOORS = [
    {"records", "errors", "dialects", "printing", "interrupts", "plugins"},
    {"progress", "recipe", "tables"},
    {"cluster", "storage", "problems"},
    {"engines"},
    {"verifiers", "curation", "query"},
    {"rollouts", "training", "scoring", "browser", "publishing"},
    {"report"},
    {"stages"},
    {"execute", "doctor"},
    {"ablate", "forecast", "labelling", "reverify", "job"},
    {"cli", "__main__"},
]
FOUNDATION = {"stillhouse.storage.atomic"}  # imports nothing of ours, and whoever writes a whole file uses it
FLOOR = {name: number for number, floor in enumerate(FLOORS) for name in floor}
ONLY_IN = {
    "ray": {"cluster"},
    "vllm": {"engines/vllm.py", "engines/reasoning.py"},
    "openai": {"engines/endpoint.py"},
    "trl": {"training"},
    "prefect": set(),
}


def imports(path: Path) -> set[str]:
    """Every module that a file imports, wherever in it; `from stillhouse import x` is `stillhouse.x`. Those for types alone do not count."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            named = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= named if node.module == "stillhouse" or named & FOUNDATION else {node.module}
    return found - {"stillhouse.__version__"}


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def test_every_room_has_a_floor_and_every_floor_its_rooms() -> None:
    there = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in FILES} - {"__init__"}
    assert there == set(FLOOR)
    named = {name for names in ONLY_IN.values() for name in names}
    assert all((PACKAGE / name).exists() for name in named)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_never_go_up(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own == "__init__":
        return
    for module in imports(path):
        if module.startswith("stillhouse.") and room(module) != own and module not in FOUNDATION:
            assert FLOOR[room(module)] <= FLOOR[own], f"{path.relative_to(PACKAGE)} imports {module}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_engines_are_imported_in_one_place(path: Path) -> None:
    name = path.relative_to(PACKAGE)
    for module in imports(path):
        places = ONLY_IN.get(module.split(".")[0])
        assert places is None or {str(name), name.parts[0]} & places, f"{name} imports {module}"


def test_a_recipe_is_read_without_torch() -> None:
    code = "import sys, stillhouse.recipe, stillhouse.cli; print(sorted({'torch', 'ray', 'vllm', 'polars', 'transformers'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
