"""A trace is bought once: what is owed is an anti-join over tables that every run of a store shares. With recorded traces and real steps."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))
import toy

from stillhouse.cluster.session import join, leave
from stillhouse.execute import Job, job, make_all
from stillhouse.recipe import load
from stillhouse.recipe.sections import Cluster
from stillhouse.records import Trace, Verdict
from stillhouse.reverify import changes
from stillhouse.stages.base import Input


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A folder with a recipe on 12 problems, each with eight recorded traces."""
    toy.write(tmp_path, problems=12, samples=8)
    return tmp_path


def made(store: Path, run: str, until: str, *overrides: str) -> Job:
    with job(load(store / "toy.yaml", list(overrides)), str(store / "runs" / run)) as found:
        make_all(found, found.plan.until(until))
        return found


def bought(found: Job) -> float:
    manifest = found.committed(found.plan.steps["sample"])
    assert manifest is not None
    return manifest.counts["bought"]


def traces(found: Job) -> list[Trace]:
    step = found.plan.steps["sample"]
    return Input("sample", found.artifact(step), step.stage.tables).rows("traces", Trace)


def tokens(rows: list[Trace]) -> int:
    return sum(row.output_tokens for row in rows)


def test_a_larger_n_buys_the_new_ones_alone(store: Path) -> None:
    four = made(store, "a", "sample", "teacher.sampling.n=4")
    eight = made(store, "a", "sample", "teacher.sampling.n=8")
    assert bought(four) == tokens(traces(four)) > 0
    assert bought(eight) == tokens(traces(eight)) - tokens(traces(four)) > 0
    assert {t.id for t in traces(four)} < {t.id for t in traces(eight)}
    assert len({t.id for t in traces(eight)}) == len(traces(eight)) == 80


def test_a_smaller_n_uses_the_first_ones(store: Path) -> None:
    eight = made(store, "a", "sample", "teacher.sampling.n=8")
    four = made(store, "a", "sample", "teacher.sampling.n=4")
    assert bought(four) == 0
    assert {t.id for t in traces(four)} == {t.id for t in traces(eight) if t.index < 4}


@pytest.mark.parametrize("change", ["teacher.shard_size=1", "teacher.commit_seconds=0.1", "verify.cpu_seconds=9", "curation.steps=[]"])
def test_nothing_is_bought_again_for_what_changes_no_token(store: Path, change: str) -> None:
    first = made(store, "a", "sample")
    again = made(store, "a", "sample", change)
    assert bought(first) > 0
    assert first.plan.steps["sample"].fingerprint == again.plan.steps["sample"].fingerprint or bought(again) == 0
    assert {t.id for t in traces(first)} == {t.id for t in traces(again)}


def test_a_second_recipe_on_the_same_teacher_buys_nothing(store: Path) -> None:
    first = made(store, "a", "sample")
    second = made(store, "b", "sample", "name=other", "problems.limit=5", "curation.steps=[]")
    assert bought(second) == 0
    assert len(traces(second)) == 40
    assert {t.id for t in traces(second)} < {t.id for t in traces(first)}


def test_what_was_lost_of_the_ledger_is_drawn_again_and_nothing_else(store: Path) -> None:
    first = made(store, "a", "sample", "teacher.shard_size=10")
    before, paid = traces(first), bought(first)
    lost = sorted((store / "traces").rglob("*.parquet"))[3]
    lost.unlink()
    again = made(store, "a", "sample", "teacher.shard_size=10")
    assert 0 < bought(again) < paid
    assert sorted(traces(again), key=lambda t: t.id) == sorted(before, key=lambda t: t.id)


@pytest.fixture
def ray() -> Iterator[None]:
    join(Cluster(num_cpus=2))
    yield
    leave()


def test_other_verifier_settings_judge_again_and_buy_nothing(store: Path, ray: None) -> None:
    first = made(store, "a", "verify")
    step = first.plan.steps["verify"]
    verdicts = Input("verify", first.artifact(step), step.stage.tables).rows("verdicts", Verdict)
    assert len(verdicts) == len({v.id for v in verdicts}) == 80
    found = changes(str(store / "runs" / "a"), ["verify.cpu_seconds=9"], unsafe=False)
    assert (found.changed, found.same, found.total, found.tokens) == ([], 80, 80, 0)
    assert made(store, "a", "verify").plan.steps["verify"].fingerprint == step.fingerprint  # the run was left as it was


def test_other_verifier_settings_do_not_change_what_a_policy_drew(store: Path, ray: None) -> None:
    made(store, "a", "verify", "teacher.policy={kind: until_k_correct, k: 2, cap: 6}")
    found = changes(str(store / "runs" / "a"), ["verify.cpu_seconds=9"], unsafe=False)
    assert (found.changed, found.total, found.tokens) == ([], 30, 0)
