"""Imports go one way, and each engine is imported in one place."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "pipelines" / "stillhouse"
FILES = sorted(PACKAGE.rglob("*.py"))

LAYERS = [
    {"records", "errors", "dialects", "printing", "interrupts"},
    {"recipe", "storage", "store", "manifest", "progress", "run", "cluster", "jobs", "checkpoints", "hub", "prompts"},
    {"teachers", "verifiers", "curation", "training", "scoring", "problems", "report"},
    {"stages"},
    {"execute", "doctor", "job"},
    {"cli", "__main__"},
]
HEIGHT = {name: height for height, layer in enumerate(LAYERS) for name in layer}
ONLY_IN = {
    "ray": {"cluster.py", "jobs.py", "curation/dedup/spread.py"},
    "vllm": {"teachers/vllm.py"},
    "trl": {"training/sft.py", "training/grpo.py"},
    "prefect": set(),
}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def part(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_never_go_up(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own == "__init__":
        return
    for module in imports(path):
        if module.startswith("stillhouse.") and part(module) != own:
            assert HEIGHT[part(module)] <= HEIGHT[own], f"{path.name} imports {module}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_engines_are_imported_in_one_place(path: Path) -> None:
    name = str(path.relative_to(PACKAGE))
    for module in imports(path):
        root = module.split(".")[0]
        assert root not in ONLY_IN or name in ONLY_IN[root], f"{name} imports {module}"


def test_verifiers_import_nothing_but_the_foundations() -> None:
    for path in (PACKAGE / "verifiers").rglob("*.py"):
        for module in imports(path):
            if module.startswith("stillhouse."):
                assert part(module) in {"verifiers", "records", "errors", "dialects", "printing", "recipe", "progress"}, (
                    f"{path.name} imports {module}"
                )


def test_a_recipe_is_read_without_torch() -> None:
    import subprocess
    import sys

    code = "import sys, stillhouse.recipe, stillhouse.cli; print(sorted({'torch', 'ray', 'vllm', 'polars', 'transformers'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
