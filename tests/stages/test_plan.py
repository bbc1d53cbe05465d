"""The plan: what a step can read is what its fingerprint holds, and what is a circumstance re-runs nothing."""

import ast
import inspect
from pathlib import Path

import pytest
import yaml

from stillhouse.recipe import load
from stillhouse.stages import KINDS
from stillhouse.stages.plan import Plan, plan

ROOT = Path(__file__).parents[2]
RECIPE = ROOT / "configs" / "quickstart.yaml"
SCORED = {"score/base/sample", "score/base/verify", "score/student/sample", "score/student/verify"}
AFTER_CURATE = {"curate", "publish", "train", "score/student/sample", "score/student/verify", "release", "report"}
JUDGED = {"problems", "sample", "verify", *SCORED, *AFTER_CURATE}
DRAWN = {"sample", "verify", *AFTER_CURATE}
SETTINGS = [
    # A change, and the steps whose fingerprints it changes.
    (["verify.cpu_seconds=6"], JUDGED),
    (["teacher.engine.max_model_len=512"], DRAWN),
    (["teacher.engine.dtype=bfloat16"], DRAWN),
    (["teacher.sampling.n=8"], DRAWN),
    (["teacher.method=plain", "score.method=plain"], set()),
    (["teacher.method={kind: budget, thinking_tokens: 24}"], DRAWN),
    (["score.method={kind: extend}"], {*SCORED, "release", "report"}),
    (["score.sampling.n=3"], {*SCORED, "release", "report"}),
    (["score.engine.dtype=bfloat16"], {*SCORED, "release", "report"}),
    (["train.epochs=1"], {"train", "score/student/sample", "score/student/verify", "release", "report"}),
    (["publish.license=mit"], {"publish", "release", "report"}),
    (["description=other"], {"publish", "release", "report"}),
    (["teacher.shard_size=7"], set()),
    (["teacher.commit_seconds=99"], set()),
    (["teacher.engine.max_num_seqs=8", "score.engine.kv_cache_gb=1"], set()),
    (["verify.wall_seconds=99"], set()),
    (["train.micro_batch_size=4", "train.save_steps=3"], set()),
    (["cluster.verifier_workers=1", "cluster.num_cpus=1"], set()),
]


def fingerprints(overrides: list[str]) -> dict[str, str]:
    return {name: step.fingerprint for name, step in plan(load(RECIPE, overrides)).steps.items()}


@pytest.mark.parametrize(("overrides", "changed"), SETTINGS, ids=lambda v: v[0] if isinstance(v, list) else "")
def test_a_setting_re_runs_what_it_decides_and_nothing_else(overrides: list[str], changed: set[str]) -> None:
    before, after = fingerprints([]), fingerprints(overrides)
    assert {name for name in before if before[name] != after[name]} == changed


JUDGE = "verify.judge={base_url: 'http://127.0.0.1:1', model: m, api_key_env: A_API_KEY}"


@pytest.mark.parametrize("change", ["api_key_env=B_API_KEY", "attempts=9", "timeout_seconds=7"])
def test_how_a_judge_is_reached_re_runs_nothing(change: str) -> None:
    assert fingerprints([JUDGE]) == fingerprints([JUDGE, f"verify.judge.{change}"])


def test_a_verifiers_version_is_part_of_what_it_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    from stillhouse.verifiers.gym.verifier import ReasoningGym

    before = fingerprints([])
    monkeypatch.setattr(ReasoningGym, "version", "another")
    after = fingerprints([])
    assert {name for name in before if before[name] != after[name]} == JUDGED


def test_a_curation_steps_version_is_part_of_what_it_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from stillhouse.curation.registry import STEPS

    before = fingerprints([])
    monkeypatch.setitem(STEPS, "loops", replace(STEPS["loops"], version="another"))
    after = fingerprints([])
    assert {name for name in before if before[name] != after[name]} == AFTER_CURATE


def test_every_source_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib

    for name in ("p.jsonl", "t.jsonl", "b.jsonl"):
        (tmp_path / name).write_text('{"question": "2+2?", "answer": "4", "text": "4"}\n')
    recipe = {
        "name": "toy",
        "problems": {"held_out": 0, "sources": [{"kind": "file", "path": str(tmp_path / "p.jsonl"), "limit": n} for n in (1, 2)]},
        "decontaminate": {"against": [str(tmp_path / "b.jsonl")]},
        "teacher": {"kind": "replay", "path": str(tmp_path / "t.jsonl")},
    }
    (tmp_path / "r.yaml").write_text(yaml.safe_dump(recipe))
    read: list[str] = []
    digest = hashlib.file_digest

    def counted(file, name):  # type: ignore[no-untyped-def]
        read.append(Path(file.name).name)
        return digest(file, name)

    monkeypatch.setattr(hashlib, "file_digest", counted)
    plan(load(tmp_path / "r.yaml"))
    assert sorted(read) == ["b.jsonl", "p.jsonl", "t.jsonl"]


def test_a_recipe_without_training_ends_with_its_dataset() -> None:
    tree = yaml.safe_load(RECIPE.read_text())
    del tree["train"]
    from stillhouse.recipe import parse

    assert list(plan(parse(tree, "test")).steps) == ["problems", "sample", "verify", "curate", "publish", "report"]


def test_an_input_comes_before_what_reads_it_and_a_follower_right_after_what_it_follows() -> None:
    made: Plan = plan(load(RECIPE))
    order = list(made.steps)
    for step in made.steps.values():
        assert all(order.index(name) < order.index(step.name) for name in step.inputs.values())
        if step.follows:
            assert order.index(step.inputs[step.follows]) == order.index(step.name) - 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_is_handed_its_config_and_nothing_else_of_the_recipe(kind: str) -> None:
    """`run` takes (config, inputs, out); the functions that build configs alone may see a Recipe."""
    stage = KINDS[kind]
    assert list(inspect.signature(stage.run).parameters) == ["config", "inputs", "out"]
    tree = ast.parse(Path(inspect.getfile(stage.run)).read_text())
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
        attributes = {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
        if "Recipe" in names:
            assert function.name in {"config", "of_teacher", "of_scored", "_content"}, function.name
        elif function.name == "run" or function.name.startswith("_"):
            assert "environ" not in attributes, f"{function.name} reads the environment"
