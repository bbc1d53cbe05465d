"""Wall: checkpoints and child processes. No code of a checkpoint runs, and nothing can answer a question that a library asks."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import stillhouse
from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, answer_trace
from stillhouse.verifiers import grade
from stillhouse.verifiers.models import checkpoint
from stillhouse.verifiers.pool.handle import Task
from stillhouse.verifiers.pool.wire import pack

PACKAGE = Path(stillhouse.__file__).parent
SOURCES = [*sorted(PACKAGE.rglob("*.py")), *sorted((PACKAGE.parents[1] / "flows").glob("*.py"))]
# What loads a checkpoint's configuration, weights or tokenizer by its name. `from_config` builds from what was loaded.
LOADERS = {"from_pretrained", "LLM", "EngineArgs", "AsyncEngineArgs", "SentenceTransformer", "CrossEncoder", "pipeline", "load_tokenizer"}
SPAWNERS = {"Popen", "run", "call", "check_call", "check_output"}


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call by the last name of what is called; `make = x.from_pretrained` counts as its name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {
        target.id: node.value.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            yield named.get(name, name), node


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((k.value for k in call.keywords if k.arg == name), None)


def test_every_load_of_a_checkpoint_forbids_its_code() -> None:
    loads = [(path, call) for path in SOURCES for name, call in calls(path) if name in LOADERS]
    assert len(loads) >= 8, "the scan finds the loads that are there"
    for path, call in loads:
        value = keyword(call, "trust_remote_code")
        assert isinstance(value, ast.Constant), f"{path}:{call.lineno}"
        assert value.value is False, f"{path}:{call.lineno}"


def test_nothing_is_loaded_by_pickle_and_no_text_is_run() -> None:
    confined = {"verifiers/code/jail/program.py", "verifiers/code/jail/tester.py"}  # this is where programs run
    ours = {"cluster/lane.py", "cluster/worker.py"}  # items between a driver and its own actors, which Ray would pickle otherwise
    allowed = confined | ours
    for path in SOURCES:
        if str(path).startswith(str(PACKAGE)) and str(path.relative_to(PACKAGE)) in allowed:
            continue
        for name, call in calls(path):
            plain = isinstance(call.func, ast.Name)
            assert not (plain and name in ("eval", "exec", "__import__")), f"{path}:{call.lineno}"
            assert name not in ("parse_expr", "sympify", "unsafe_load", "full_load"), f"{path}:{call.lineno}"
            owner = call.func.value.id if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) else ""
            assert owner not in ("pickle", "cloudpickle", "dill", "joblib", "shelve"), f"{path}:{call.lineno}"
            assert (owner, name) != ("torch", "load") or keyword(call, "weights_only"), f"{path}:{call.lineno}"


def test_every_child_process_has_a_standard_input_of_its_own() -> None:
    spawned = 0
    for path in SOURCES:
        for name, call in calls(path):
            owner = call.func.value.id if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) else ""
            if owner == "subprocess" and name in SPAWNERS:
                spawned += 1
                assert keyword(call, "stdin") is not None, f"{path}:{call.lineno} shares the terminal or a pipe"
    assert spawned >= 2


@pytest.fixture
def evil(tmp_path: Path) -> Path:
    """A checkpoint whose code leaves a file where it runs."""
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    auto = {"AutoConfig": "evil.C", "AutoModelForSequenceClassification": "evil.M", "AutoModelForTokenClassification": "evil.M"}
    auto |= {"AutoTokenizer": ["evil.T", None]}  # type: ignore[dict-item]
    (folder / "config.json").write_text(json.dumps({"model_type": "evil", "num_labels": 1, "auto_map": auto}))
    (folder / "tokenizer_config.json").write_text(json.dumps({"auto_map": {"AutoTokenizer": ["evil.T", None]}, "tokenizer_class": "T"}))
    (folder / "evil.py").write_text(f"import os\nopen({str(tmp_path / 'ran')!r}, 'w').close()\n")
    return folder


@pytest.mark.parametrize("kind", ["reward", "process"])
@pytest.mark.parametrize("extra", [0, 1])
def test_a_row_cannot_say_yes_to_a_checkpoints_code(kind: str, extra: int, evil: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first frame of a length that begins with `y` and a line's end was the answer to "run custom code? [y/N]"."""
    settings = Verify.model_validate({kind: {"model": str(evil)}})
    wanted = 0x0A79

    def size(length: int) -> int:
        problem, trace = Problem("p", "q", "1", kind), answer_trace("r", "p", "a" * length)
        return len(pack([Task(0, kind, problem, trace).frame()])) - 4

    length = wanted - size(0) + extra
    assert size(length) == wanted + extra
    row = {"id": "r", "verifier": kind, "question": "q", "answer": "1", "response": "a" * length}
    (found,) = grade([row], settings=settings)
    assert found["outcome"] == "error"
    assert "cannot be loaded" in found["reason"]
    assert not (evil.parent / "ran").exists()


@pytest.mark.parametrize("kind", ["AutoModelForSequenceClassification", "AutoModelForTokenClassification"])
def test_a_terminal_that_says_yes_is_not_asked(kind: str, evil: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr("builtins.input", lambda *prompt: asked.append(prompt) or "y")
    with pytest.raises(Exception, match="cannot be loaded"):
        checkpoint.load(str(evil), kind)
    assert not asked
    assert not (evil.parent / "ran").exists()


def test_weights_that_are_a_pickle_are_refused(tmp_path: Path) -> None:
    import torch
    from transformers import LlamaConfig, LlamaForSequenceClassification

    shape = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "vocab_size": 16, "num_labels": 1}
    model = LlamaForSequenceClassification(LlamaConfig(**shape))  # type: ignore[arg-type]
    model.config.save_pretrained(tmp_path)

    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "ran",))

    torch.save({"model.norm.weight": Evil()}, tmp_path / "pytorch_model.bin")
    with pytest.raises(Exception, match="cannot be loaded"):
        checkpoint.load(str(tmp_path), "AutoModelForSequenceClassification")
    assert not (tmp_path / "ran").exists()
