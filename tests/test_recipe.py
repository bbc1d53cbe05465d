"""Recipes: what is refused, and how it is said."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import get_args

import pytest
import yaml

from stillhouse.errors import UserError
from stillhouse.recipe import Recipe, json_schema, load, parse
from stillhouse.recipe.endpoint import check_secret_may_go
from stillhouse.recipe.part import load_curation, load_verify
from stillhouse.recipe.steps import Pii
from stillhouse.recipe.training import Train

CONFIGS = Path(__file__).parents[1] / "configs"
QUICKSTART = CONFIGS / "quickstart.yaml"


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda p: p.name)
def test_every_shipped_recipe_loads(path: Path) -> None:
    assert isinstance(load(path), Recipe)


def test_overrides_reach_into_mappings_and_lists() -> None:
    recipe = load(QUICKSTART, ["train.epochs=2", "problems.sources.0.size=5", "cluster.address=http://head:8265"])
    assert (recipe.train.epochs, recipe.problems.sources[0].size) == (2, 5)  # type: ignore[union-attr]
    assert recipe.cluster.address == "http://head:8265"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("train.epoch=2", "unknown key train.epoch (did you mean 'epochs'?)"),
        ("teacher.sampling.temprature=1", "did you mean 'temperature'?"),
        ("train.epochs=none", "train.epochs"),
        ("problems.sources.9.size=1", "not a position"),
        ("nonsense", "is not key=value"),
        ("train.epochs.more=1", "below a plain value"),
        ("teacher.kind=magic", "magic"),
        ("cluster.address=127.0.0.1:8265", "begins with http"),
        ("cluster.address=ftp://head:8265", "begins with http"),
        ("cluster.address=http://user:secret@head:8265", "no user and no password"),
        ("verify.judge={base_url: 'https://x/v1', model: m, api_key_env: HF_TOKEN}", "_API_KEY"),
        ("verify.judge={base_url: 'https://x/v1', model: m, api_key_env: AWS_SECRET_ACCESS_KEY}", "_API_KEY"),
        ("verify.judge={base_url: 'https://x/v1', model: m, api_key_env: PREFECT_API_KEY}", "_API_KEY"),
        ("train.method=distill", "method distill and the section distill do not belong together"),
        ("train.grpo={n: 4}", "method sft and the section grpo do not belong together"),
        ("train.grpo={n: 3}", "batch_size 8 is no multiple of grpo.n 3"),
        ("train.epochs=.nan", "train.epochs"),
        ("train.epochs=.inf", "train.epochs"),
        ("teacher.sampling.temperature=.nan", "finite number"),
        ("teacher.sampling={n: 1, n: 2}", "'n' stands twice"),
        ("prompt.user=no question here", "{question} is missing"),
        ("prompt.teacher_user=no question here", "{question} is missing"),
        ("prompt.user='{question} boxed{}'", "written twice: {{ }}"),
        ("prompt.user='{question'", "written twice: {{ }}"),
        ("prompt.user='{question} }'", "written twice: {{ }}"),
        ("prompt.user='{x} {question}'", "{x} is none of {question}"),
        ("prompt.user='{question.__class__}'", "is none of {question}"),
        ("prompt.user='{question!r}'", "is none of {question}"),
        ("prompt.teacher_assistant='{reasoning}'", "{answer} is missing"),
        ("prompt.teacher_assistant='{answer} {question}'", "is none of {answer}, {reasoning}"),
        ("train.batch_size=2", "batch_size 2 is no multiple of micro_batch_size 8"),
        ("train.lr_scheduler=cosin", "train.lr_scheduler"),
        ("teacher.engine.dtype=floot16", "dtype"),
        ("teacher.sampling.max_tokens=1024", "do not fit into engine.max_model_len 1024"),
        ("score.engine.max_model_len=96", "do not fit into engine.max_model_len 96"),
        ("curation={steps: [{step: pii, kinds: [emial]}]}", "'email'"),
        ("curation={steps: [{step: format, accept: [thnik]}]}", "'think'"),
        ("verify.format.think=[thnik]", "'think'"),
        ("curation={steps: [{step: question, drop: ['(']}]}", "no regular expression"),
        ("curation={steps: [{step: question, drop: ['(?=x)']}]}", "look-around"),
    ],
)
def test_a_wrong_key_or_value_is_named(override: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        load(QUICKSTART, [override])
    assert message in str(caught.value)


def test_the_score_keeps_its_number_of_answers_whatever_else_is_set() -> None:
    tree = yaml.safe_load(QUICKSTART.read_text())
    del tree["score"]
    assert parse(tree, "test").score.sampling.n == 1
    assert parse({**tree, "score": {"sampling": {"max_tokens": 64}}}, "test").score.sampling.n == 1


def test_every_scheduler_and_kind_that_a_recipe_may_name_exists() -> None:
    from transformers.trainer_utils import SchedulerType

    from stillhouse.curation.hygiene.pii import SHAPES

    fields = Train.model_fields["lr_scheduler"], Pii.model_fields["kinds"]
    schedulers, kinds = get_args(fields[0].annotation), get_args(get_args(fields[1].annotation)[0])
    assert set(schedulers) <= {s.value for s in SchedulerType}
    assert set(kinds) == set(SHAPES)


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(UserError) as caught:
        load(QUICKSTART, ["cluster.address=http://user:secret@head:8265"])
    assert "secret" not in str(caught.value)


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nparams: [*b, *b]\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "line 2, column 8: an alias"),
        ("base: &base {n: 1}\nteacher: {<<: *base}\n", "an alias"),
        ("name: a\nseed: 1\nname: b\n", "line 3, column 1: the key 'name' stands twice"),
        ("a: " + "[" * 3000, "more than 50 levels"),
        ("a: " + "{a: " * 3000, "more than 50 levels"),
        ("seed: " + "9" * 5000, "not valid YAML"),
        ("name: 2001-99-99", "not valid YAML"),
    ],
    ids=["aliases", "merge", "twice", "brackets", "braces", "digits", "date"],
)
@pytest.mark.parametrize("read", [load, load_verify, load_curation], ids=lambda f: f.__name__)
def test_dangerous_or_ambiguous_yaml_is_one_line(tmp_path: Path, text: str, message: str, read: Callable[[Path], object]) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        read(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "trusted", "goes"),
    [
        ("https://judge.example/v1", "", True),
        ("http://127.0.0.1:8000/v1", "", True),
        ("http://[::1]:8000/v1", "", True),
        ("http://localhost/v1", "", True),
        ("http://judge.example/v1", "", False),
        ("http://127.0.0.1.evil.example/v1", "", False),
        ("http://head:8265", "other, head", True),
        ("http://head.evil.example:8265", "head", False),
    ],
)
def test_a_secret_goes_over_https_or_nowhere_far(monkeypatch: pytest.MonkeyPatch, address: str, trusted: str, goes: bool) -> None:
    monkeypatch.setenv("STILLHOUSE_TRUSTED_HOSTS", trusted)
    with nullcontext() if goes else pytest.raises(UserError, match="unencrypted"):
        check_secret_may_go(address, "The key")


@pytest.mark.parametrize("text", ["a: [1", "- 1", "\x00", "!!python/object/apply:os.system ['true']"])
def test_what_is_no_recipe_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=r"r\.yaml"):
        load(path)


def test_a_missing_recipe_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Cannot read the recipe"):
        load(tmp_path / "none.yaml")


def test_the_schema_describes_every_section() -> None:
    assert all(f'"{name}"' in json_schema() for name in Recipe.model_fields)
