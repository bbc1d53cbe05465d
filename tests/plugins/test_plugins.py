"""A package that is installed beside ours adds a verifier, a source and a curation step, and no file of ours knows of it."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.plugins.installed import POINTS, install
from tests.rollouts.scripted import Scripted

from stillhouse import doctor, plugins
from stillhouse.errors import UserError
from stillhouse.execute import job
from stillhouse.recipe import Recipe, overridden, parse
from stillhouse.recipe.sections import Prompt, Sampling
from stillhouse.recipe.verification import Verify
from stillhouse.records import Request
from stillhouse.rollouts.methods import roller
from stillhouse.rollouts.requests import Way
from stillhouse.verifiers import grade, registry

RECIPE: dict[str, Any] = {
    "name": "toy",
    "problems": {"sources": [{"kind": "words", "words": ["abc", "noon"]}], "held_out": 0},
    "teacher": {"kind": "replay", "path": "traces.jsonl", "sampling": {"n": 2}},
    "verify": {"plugins": {"palindrome": {"least": 5}}},
    "curation": {"steps": [{"step": "outcome"}, {"step": "shout", "share": 0.4}]},
}
TRACES = [("abc", "abc cba"), ("abc", "abc"), ("noon", "NOONNOON"), ("noon", "no on, no on")]


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The toy package, installed for this process; what it added is forgotten afterwards."""
    folder = install(tmp_path / "site")
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    forget()


def forget() -> None:
    for cached in (registry.found, registry.traits):
        cached.cache_clear()
    for name in [name for name in sys.modules if name.startswith("stillhouse_toy")]:
        del sys.modules[name]


def stillhouse(folder: Path, path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"PYTHONPATH": str(path)}
    return subprocess.run(
        [sys.executable, "-m", "stillhouse", *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


def test_a_run_uses_one_of_each_and_says_so(tmp_path: Path) -> None:
    site = install(tmp_path / "site")
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(RECIPE))
    rows = [{"question": f"A palindrome with {word}?", "text": f"<think>\nHm.\n</think>\n{text}"} for word, text in TRACES]
    (tmp_path / "traces.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = stillhouse(tmp_path, site, "run-all", "recipe.yaml", "--run", "run", "--until", "curate")
    assert done.returncode == 0, done.stderr
    asked = "SELECT response, outcome, d.step, d.reason FROM traces t JOIN verdicts v ON v.trace_id = t.id JOIN decisions d ON d.id = t.id ORDER BY 1"
    found = stillhouse(tmp_path, site, "sql", "run", asked, "--json")
    assert [tuple(row.values()) for row in json.loads(found.stdout)] == [
        ("NOONNOON", "correct", "shout", "shouted"),
        ("abc", "wrong", "outcome", "wrong"),
        ("abc cba", "correct", "curate", "kept"),
        ("no on, no on", "correct", "curate", "kept"),
    ]


def test_a_run_asks_its_engine(tmp_path: Path) -> None:
    site = install(tmp_path / "site")
    recipe = {**RECIPE, "teacher": {"kind": "parrot", "times": 2, "sampling": {"n": 2}}}
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    done = stillhouse(tmp_path, site, "run-all", "recipe.yaml", "--run", "run", "--until", "sample")
    assert done.returncode == 0, done.stderr
    asked = "SELECT DISTINCT response, split_part(model, '@', 1) AS model FROM traces ORDER BY 1"
    found = stillhouse(tmp_path, site, "sql", "run", asked, "--json")
    says = [f"A palindrome with {word}?" * 2 for word in ("abc", "noon")]
    assert json.loads(found.stdout) == [{"response": said, "model": "parrot"} for said in says]


@pytest.mark.parametrize(
    ("override", "again"), [("teacher.times=2", True), ("teacher.shard_size=7", False), ("teacher.commit_seconds=3", False)]
)
def test_its_engine_is_part_of_the_identity_and_circumstances_are_not(toy: Path, tmp_path: Path, override: str, again: bool) -> None:
    recipe = parse({**RECIPE, "teacher": {"kind": "parrot"}}, "test")
    before, after = fingerprints(recipe, tmp_path / "a"), fingerprints(overridden(recipe, [override], "test"), tmp_path / "b")
    assert before["problems"] == after["problems"]
    assert (before["sample"] != after["sample"]) == again


def fingerprints(recipe: Recipe, folder: Path) -> dict[str, str]:
    with job(recipe, str(folder)) as made:
        return {name: step.fingerprint for name, step in made.plan.steps.items()}


@pytest.mark.parametrize(
    ("override", "steps"),
    [
        ("problems.sources.0.words=[abc]", {"problems", "sample", "verify", "curate", "publish", "report"}),
        ("verify.plugins.palindrome.least=6", {"problems", "sample", "verify", "curate", "publish", "report"}),
        ("curation.steps.1.share=0.6", {"curate", "publish", "report"}),
    ],
)
def test_its_settings_are_part_of_the_identity(toy: Path, tmp_path: Path, override: str, steps: set[str]) -> None:
    (tmp_path / "traces.jsonl").write_text('{"question": "q", "text": "t"}\n')
    plain = overridden(parse(RECIPE, "test"), [f"teacher.path={tmp_path / 'traces.jsonl'}"], "test")
    before, after = fingerprints(plain, tmp_path / "a"), fingerprints(overridden(plain, [override], "test"), tmp_path / "b")
    assert {name for name in before if before[name] != after[name]} == steps


@pytest.mark.parametrize(
    ("module", "name", "steps"),
    [
        ("words", "Words", {"problems", "sample", "verify", "curate", "publish", "report"}),
        ("palindrome", "Palindrome", {"problems", "sample", "verify", "curate", "publish", "report"}),
        ("shout", "Shout", {"curate", "publish", "report"}),
    ],
)
def test_its_version_is_part_of_the_identity(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, name: str, steps: set[str]
) -> None:
    (tmp_path / "traces.jsonl").write_text('{"question": "q", "text": "t"}\n')
    recipe = overridden(parse(RECIPE, "test"), [f"teacher.path={tmp_path / 'traces.jsonl'}"], "test")
    before = fingerprints(recipe, tmp_path / "a")
    monkeypatch.setattr(getattr(sys.modules[f"stillhouse_toy.{module}"], name), "version", "2")
    after = fingerprints(recipe, tmp_path / "b")
    assert {step for step in before if before[step] != after[step]} == steps


def test_its_verifier_judges_behind_the_walls_and_reads_its_own_files_alone(toy: Path) -> None:
    row = {"id": "a", "verifier": "palindrome", "question": "q", "answer": "abc", "response": "abccba", "payload": {"folder": str(toy)}}
    own = {**row, "id": "b", "payload": {"folder": str(toy / "stillhouse_toy")}}
    other, mine = grade([row, own], settings=Verify())
    assert (other["outcome"], other["reason"]) == ("correct", "PermissionError")
    assert mine["reason"].startswith("read ")
    assert "landlock" in other["isolation"]


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("problems.sources.0.kind=word", "Did you mean 'words'?"),
        ("problems.sources.0.kind=nothing", "huggingface, reasoning_gym, words (stillhouse-toy 1.0)"),
        ("teacher={kind: parot}", "Did you mean 'parrot'?"),
        ("teacher={kind: zzz}", "endpoint, replay, vllm, parrot (stillhouse-toy 1.0)"),
        ("curation.steps.1.step=shuot", "Did you mean 'shout'?"),
        ("curation.steps.1.share=much", "curation.steps.1.share: Input should be a valid number"),
        ("curation.steps.1.shar=1", "curation.steps.1.shar"),
        ("verify.plugins={palindrom: {}}", "Did you mean 'palindrome'?"),
        ("verify.plugins={palindrome: {most: 1}}", "palindrome.most: Extra inputs"),
    ],
)
def test_what_nobody_knows_is_told_with_what_there_is(toy: Path, override: str, told: str) -> None:
    with pytest.raises(UserError) as caught:
        overridden(parse(RECIPE, "test"), [override], "test")
    assert told in str(caught.value)


def test_an_unknown_verifier_is_told_with_what_there_is_and_where_more_come_from(toy: Path) -> None:
    with pytest.raises(UserError) as caught:
        registry.check("zzz", Verify())
    assert "palindrome (stillhouse-toy 1.0)" in str(caught.value)
    assert "stillhouse.verifiers" in str(caught.value)


def test_a_package_takes_no_name_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(install(tmp_path, {"stillhouse.verifiers": "math = stillhouse_toy.palindrome:Palindrome"})))
    forget()
    assert registry.found("math").__module__ == "stillhouse.verifiers.math.verifier"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("broken = stillhouse_toy.none:Nothing", "stillhouse-toy 1.0 cannot be loaded"),
        ("broken = stillhouse_toy.palindrome:_readable", "is no class"),
        ("broken = stillhouse_toy.palindrome:Settings", "no `version` or no `judge`"),
    ],
)
def test_a_package_that_is_at_fault_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, told: str) -> None:
    monkeypatch.syspath_prepend(str(install(tmp_path, {"stillhouse.verifiers": line})))
    with pytest.raises(UserError, match=told):
        registry.check("broken", Verify())
    forget()


class Endless:
    key, abilities = "endless", frozenset({"prefix"})


def test_its_method_is_set_in_the_recipe_and_its_version_is_part_of_the_traces(toy: Path) -> None:
    teacher = {"kind": "vllm", "model": {"path": "m"}, "method": {"kind": "echo", "times": 2}}
    recipe = parse({**RECIPE, "teacher": teacher}, "test")
    method = recipe.teacher.method  # type: ignore[union-attr]
    way = Way("m@1", "1", None, Sampling(), Prompt(), "teacher", method, 0, "sample")
    assert overridden(recipe, [], "test").teacher == recipe.teacher
    sys.modules["stillhouse_toy.echo"].Echo.version = "2"
    again = parse({**RECIPE, "teacher": teacher}, "test").teacher.method  # type: ignore[union-attr]
    assert replace(way, method=again).identity != way.identity
    roll = roller(method, Endless())  # type: ignore[arg-type]
    ask = Scripted(["one", "two"])
    trace = asyncio.run(roll(Request("t", "p", "m", "echo", 9, 0, 0), [{"role": "user", "content": "q"}], ask))
    assert (trace.method, trace.calls, trace.response) == ("echo", 2, "two")


def test_its_method_asks_for_what_an_engine_can_do(toy: Path) -> None:
    method = parse(
        {**RECIPE, "teacher": {"kind": "vllm", "model": {"path": "m"}, "method": {"kind": "echo", "choosy": True}}}, "t"
    ).teacher.method  # type: ignore[union-attr]
    with pytest.raises(UserError, match="'echo' needs an engine that can do choices; endless cannot"):
        roller(method, Endless())  # type: ignore[arg-type]


def test_one_name_of_two_packages_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("toy-one", "toy-two"):
        monkeypatch.syspath_prepend(str(install(tmp_path, POINTS, package)))
    with pytest.raises(UserError, match=r"toy-one 1.0 and toy-two 1.0 both add 'words'"):
        plugins.find(plugins.SOURCES, "words")
    forget()


def test_the_doctor_loads_what_packages_add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    points = {**POINTS, "stillhouse.methods": "gone = stillhouse_toy.gone:roll"}
    monkeypatch.syspath_prepend(str(install(tmp_path, points)))
    (check,) = [check for check in doctor.examine() if check.name == "plugins"]
    assert not check.good
    assert "verifiers palindrome (stillhouse-toy 1.0)" in check.found
    assert "gone" in check.found
    forget()
