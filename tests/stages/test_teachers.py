"""Several teachers in one run: who answers what, what is bought once, and what the report says of each. With recorded traces and real steps."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))
import toy

from stillhouse.cluster.session import join, leave
from stillhouse.errors import UserError
from stillhouse.execute import Job, job, make_all, steps_below
from stillhouse.query.committed import Committed
from stillhouse.query.views import connect
from stillhouse.query.why import explain
from stillhouse.recipe import load, parse
from stillhouse.recipe.sections import Cluster
from stillhouse.records import Example, Problem, Trace
from stillhouse.report.summary import summarise
from stillhouse.report.terminal import lines
from stillhouse.reverify import changes
from stillhouse.stages.base import Input
from stillhouse.stages.plan import plan
from stillhouse.storage.run import OpenRun

PROBLEMS = 22  # two of them are held out


@pytest.fixture(scope="module")
def ray() -> Iterator[None]:
    """One Ray for all jobs of this file: each would end it, and start another."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("stillhouse.execute.leave", lambda: None)
        join(Cluster(num_cpus=2))
        yield
        leave()


def tree(folder: Path, **shares: float | None) -> dict[str, Any]:
    """The toy recipe with teachers of these names: each has a file of its own, with the same texts but one that names it."""
    recipe = {**yaml.safe_load((folder / "toy.yaml").read_text())}
    alone = recipe.pop("teacher")
    recipe["teachers"] = {}
    for name, share in shares.items():
        path = folder / f"{name}.jsonl"
        path.write_text((folder / "traces.jsonl").read_text().replace("counting on", f"{name} counting"))
        recipe["teachers"][name] = {"teacher": {**alone, "path": str(path), "name": name}} | ({"share": share} if share else {})
    return recipe


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    toy.write(tmp_path, problems=PROBLEMS, samples=4)
    return tmp_path


def made(folder: Path, recipe: dict[str, Any], run: str, until: str) -> Job:
    with job(parse(recipe, "test"), str(folder / "runs" / run)) as found:
        make_all(found, found.plan.until(until))
        return found


def drawn(folder: Path, recipe: dict[str, Any], run: str) -> Job:
    """The problems and every teacher's traces, without a verdict: no Ray is needed for recorded ones."""
    with job(parse(recipe, "test"), str(folder / "runs" / run)) as found:
        make_all(found, [found.plan.steps["problems"]])
        make_all(found, steps_below(found, "sample"))
        return found


def traces(found: Job, step: str) -> list[Trace]:
    one = found.plan.steps[step]
    return Input(step, found.artifact(one), one.stage.tables).rows("traces", Trace)


def counts(found: Job, step: str) -> dict[str, float]:
    manifest = found.committed(found.plan.steps[step])
    assert manifest is not None
    return manifest.counts


def test_shares_divide_the_problems_and_nobody_answers_anothers(folder: Path) -> None:
    found = drawn(folder, tree(folder, big=3, small=1), "a")
    big, small = ({t.problem_id for t in traces(found, f"sample/{name}")} for name in ("big", "small"))
    problems = {
        p.id for p in Input("problems", found.artifact(found.plan.steps["problems"]), {"problems": Problem}).rows("problems", Problem)
    }
    assert big | small == problems
    assert not big & small
    assert len(big) > len(small) > 0
    again = drawn(folder, {**tree(folder, big=3, small=1), "problems": {**tree(folder)["problems"], "limit": 10}}, "b")
    assert {t.problem_id for t in traces(again, "sample/small")} <= small, "which problems there are beside it decides nothing"
    assert counts(again, "sample/big")["bought"] == counts(again, "sample/small")["bought"] == 0


def test_a_trace_that_was_bought_of_one_teacher_alone_is_found_in_the_mix(folder: Path) -> None:
    mixed = tree(folder, big=1, small=1)
    alone = {key: value for key, value in mixed.items() if key != "teachers"} | {"teacher": mixed["teachers"]["big"]["teacher"]}
    first = drawn(folder, alone, "a")
    assert counts(first, "sample")["bought"] > 0
    both = drawn(folder, mixed, "b")
    assert counts(both, "sample/big")["bought"] == 0
    assert 0 < len(traces(both, "sample/big")) < len(traces(first, "sample"))
    assert {t.id for t in traces(both, "sample/big")} < {t.id for t in traces(first, "sample")}
    assert counts(both, "sample/small")["bought"] == sum(t.output_tokens for t in traces(both, "sample/small")) > 0


def test_a_recipe_with_one_teacher_has_the_steps_that_it_always_had(folder: Path) -> None:
    before = plan(load(folder / "toy.yaml")).steps
    mixed = tree(folder, big=None)
    alone = {key: value for key, value in mixed.items() if key != "teachers"} | {"teacher": mixed["teachers"]["big"]["teacher"]}
    assert [name for name in before if name.startswith(("sample", "verify"))] == ["sample", "verify"]
    one, named = plan(parse(alone, "test")).steps, plan(parse(mixed, "test")).steps
    assert one["sample"].fingerprint == named["sample/big"].fingerprint
    assert one["verify"].fingerprint == named["verify/big"].fingerprint


def test_the_whole_way_to_the_report_with_a_policy_beside_a_fixed_number(folder: Path, ray: None) -> None:
    recipe = tree(folder, careful=None, quick=None)
    recipe["teachers"]["quick"]["teacher"]["policy"] = {"kind": "until_k_correct", "k": 1, "cap": 4}
    del recipe["train"]
    found = made(folder, recipe, "a", "report")
    assert list(found.plan.steps) == [
        "problems", "sample/careful", "verify/careful", "sample/quick", "verify/quick", "curate", "publish", "report",
    ]  # fmt: skip
    run = OpenRun.at(str(folder / "runs" / "a"))
    summary = summarise(Committed.at(run))
    careful, quick = summary.teachers
    assert (careful.name, careful.problems, careful.traces, careful.correct) == ("careful", 20, 80, 60)
    assert (quick.name, quick.problems, quick.traces, quick.correct) == ("quick", 20, 20, 20)
    assert summary.traces == 100
    assert careful.examples + quick.examples == summary.examples == 20
    assert careful.output_tokens + quick.output_tokens == summary.cost.output_tokens
    told = dict(lines(summary))
    assert told["of teacher quick"].startswith("quick@")
    assert "20 of 20 traces correct (100.0%)" in told["of teacher quick"]
    examples: list[Example] = run.rows("curate", "examples", Example)
    assert {e.difficulty for e in examples} == {1 - (0.75 + 1.0) / 2}
    with connect(Committed.at(run)) as connection:
        story = explain(connection, traces(found, "sample/quick")[0].id)
        assert any("sample/quick: asked of quick@" in line for line in story)
        assert any("verify/quick: correct by math" in line for line in story)
    page = (run.run.store.read(f"{run.steps['report'].path}/report.html")).decode()
    assert "<h2>Teachers</h2>" in page
    card = next(file for file in run.manifest("publish").files if file.path.endswith("README.md"))
    assert "careful: careful@" in run.run.store.read(card.path).decode()
    other = changes(str(folder / "runs" / "a"), ["verify.cpu_seconds=9"], unsafe=False)
    assert (other.changed, other.total, other.tokens) == ([], 100, 0)


def test_votes_are_taken_over_the_traces_of_all_teachers(folder: Path, ray: None) -> None:
    recipe = {**tree(folder, big=None, small=None), "verify": {"vote": {"labels": True, "min_votes": 5}}}
    found = made(folder, recipe, "a", "verify")
    order = list(found.plan.steps)
    assert order[:6] == ["problems", "sample/big", "sample/small", "vote", "verify/big", "verify/small"]
    assert counts(found, "vote")["problems"] == 20
    assert counts(found, "verify/small")["verdicts"] == 80


def test_who_asks_alike_is_refused_unless_each_has_a_share(folder: Path) -> None:
    recipe = tree(folder, big=None)
    recipe["teachers"]["same"] = recipe["teachers"]["big"]
    with pytest.raises(UserError, match="'big' and 'same' ask the same model in the same way"):
        plan(parse(recipe, "test"))
    shared = {name: {**mixed, "share": 1} for name, mixed in recipe["teachers"].items()}
    plan(parse({**recipe, "teachers": shared}, "test"))


@pytest.mark.parametrize("both", [True, False])
def test_a_recipe_names_one_teacher_or_several(folder: Path, both: bool) -> None:
    recipe = tree(folder, big=None)
    if both:
        recipe["teacher"] = recipe["teachers"]["big"]["teacher"]
    else:
        del recipe["teachers"]
    with pytest.raises(UserError, match="one of the two"):
        parse(recipe, "test")


def test_a_teacher_may_have_its_own_prompt_and_the_student_keeps_the_recipes(folder: Path) -> None:
    recipe = tree(folder, big=None, small=None)
    recipe["teachers"]["small"]["prompt"] = {"user": "Think hard. {question}"}
    steps = plan(parse(recipe, "test")).steps
    plain = plan(parse(tree(folder, big=None, small=None), "test")).steps
    changed = {name for name, step in steps.items() if step.fingerprint != plain[name].fingerprint}
    assert {"sample/small", "verify/small", "curate"} <= changed
    assert not changed & {"sample/big", "verify/big", "score/base/sample"}
