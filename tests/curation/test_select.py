"""Selection, difficulty, mix: each method keeps what its paper says, and the same seed keeps the same."""

import random
from collections import Counter

import polars as pl
import pytest

from stillhouse.curation.embeddings import embed
from stillhouse.curation.pipeline import Curated, curate
from stillhouse.curation.select.deita import pick
from stillhouse.curation.select.s1 import rank
from stillhouse.errors import UserError
from stillhouse.recipe.curation import Curation


def table(problems: int = 40, tries: int = 4) -> pl.DataFrame:
    """Problem k is solved in k % (tries + 1) of its tries; traces get longer with their number."""
    rows = [
        {
            "id": f"t{k:03d}-{i}",
            "problem_id": f"p{k:03d}",
            "question": f"How many apples are left of {k} when {i - i + k % 7} are eaten?",
            "outcome": "correct" if i < k % (tries + 1) else "wrong",
            "source": ["aime", "math", "other", "more"][k % 4],
            "domain": f"d{k % 8}",
            "reasoning": "First we check this. " * (1 + k % 5 + i) + "Therefore it is so.",
            "response": f"It is {k}.",
            "reasoning_tokens": 100 * k + i,
            "output_tokens": 100 * k + i + 10,
            "score": (k % 3) / 2,
            "pass_rate_small": 1.0 if k % 10 == 9 else 0.0,
        }
        for k in range(problems)
        for i in range(tries)
    ]
    return pl.DataFrame(rows)


def run(*steps: dict[str, object], rows: pl.DataFrame | None = None, seed: int = 7) -> Curated:
    return curate(table() if rows is None else rows, Curation.model_validate({"steps": list(steps)}), seed)


def reasons(found: Curated) -> Counter[str]:
    return Counter(found.decisions["reason"])


S1 = {
    "step": "select",
    "method": "s1",
    "size": 20,
    "solved_by": ["pass_rate_small"],
    "take_all": ["aime"],
    "uniform_until": 16,
    "benchmark": ["aime"],
}
OUTCOME = {"step": "outcome"}


def test_s1_takes_one_unsolved_trace_per_problem_and_all_of_the_named_sources() -> None:
    found = run(OUTCOME, S1)
    kept = table().filter(pl.col("id").is_in(found.kept))
    assert kept.height == 20
    assert kept["problem_id"].n_unique() == 20
    assert kept["pass_rate_small"].sum() == 0
    aime = table().filter((pl.col("source") == "aime") & (pl.col("outcome") == "correct"))["problem_id"].unique()
    assert set(aime) <= set(kept["problem_id"])
    assert set(reasons(found)) == {"kept", "wrong", "solved", "other_trace", "not_drawn"}


def test_s1_counts_sum_up_and_two_runs_are_the_same() -> None:
    first, second = run(OUTCOME, S1), run(OUTCOME, S1, rows=table().sample(fraction=1, shuffle=True, seed=3))
    assert sorted(first.kept) == sorted(second.kept)
    assert sum(reasons(first).values()) == first.counts["input"] == 160
    assert first.decisions.write_ndjson() == run(OUTCOME, S1).decisions.write_ndjson()
    assert sorted(run(OUTCOME, S1, seed=8).kept) != sorted(first.kept)


def test_s1_ranks_halve() -> None:
    source = random.Random(0)
    seen = Counter(rank(source, 5) for _ in range(20_000))
    assert set(seen) == {0, 1, 2, 3, 4}
    for place in range(3):
        assert 0.45 < seen[place + 1] / seen[place] < 0.55


def test_limo_keeps_the_best_chain_of_hard_but_solved_problems() -> None:
    found = run({"step": "select", "method": "limo", "size": None, "max_solved": 0.25}, rows=table())
    kept = table().filter(pl.col("id").is_in(found.kept))
    assert {int(p[1:]) % 5 for p in kept["problem_id"]} == {1}
    assert kept["problem_id"].n_unique() == kept.height
    assert set(reasons(found)) == {"kept", "unsolved", "too_easy", "other_trace"}


def test_openthoughts_keeps_all_answers_of_the_longest_problems() -> None:
    kept = run({"step": "select", "method": "openthoughts", "size": 10}).kept
    assert sorted({i.split("-")[0] for i in kept}) == ["t038", "t039"]
    assert len(kept) == 8


def test_shortest_keeps_the_shortest_trace() -> None:
    assert run({"step": "select", "method": "shortest"}).kept == [f"t{k:03d}-0" for k in range(40)]


def test_deita_takes_the_best_and_skips_the_similar() -> None:
    found = run(OUTCOME, {"step": "select", "method": "deita", "size": 3, "max_similarity": 0.999}, rows=table(12))
    assert len(found.kept) == 3
    assert {"too_similar", "size"} <= set(reasons(found))


def test_deita_picks_in_blocks_what_one_by_one_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stillhouse.curation.select.deita.BLOCK", 7)
    things = ["apples", "pears", "coins", "miles", "hours"]
    questions = [f"How many {things[i % 5]} are left of {i} when {i % 4} are {'taken' if i % 3 else 'lost'}?" for i in range(40)]
    vectors = embed(questions)
    for size, limit in ((6, 0.9), (40, 0.9), (40, 0.7), (3, 1.0)):
        picked: list[int] = []
        similar: dict[int, tuple[int, float]] = {}
        for place in range(len(questions)):
            near = vectors[picked] @ vectors[place]
            if len(picked) < size and picked and near.max() > limit:
                similar[place] = (picked[int(near.argmax())], pytest.approx(float(near.max()), abs=1e-5))
            elif len(picked) < size:
                picked.append(place)
        assert pick(pl.Series(questions), size, limit) == (picked, similar)


def test_random_draws_what_the_seed_says() -> None:
    step = {"step": "select", "method": "random", "size": 9}
    assert len(run(step).kept) == 9
    assert run(step).kept == run(step).kept != run(step, seed=8).kept


@pytest.mark.parametrize(("by", "more"), [("teacher", {}), ("column", {"column": "pass_rate_small"}), ("tokens", {}), ("learned", {})])
def test_difficulty_is_labelled_and_its_band_kept(by: str, more: dict[str, object]) -> None:
    found = run({"step": "difficulty", "by": by, "min": 0.5, "max": 0.9, **more})
    dropped = found.decisions.filter(~pl.col("kept"))
    assert set(dropped["reason"]) <= {"too_easy", "too_hard"}
    assert dropped.height > 0
    if found.kept:
        assert found.labels["difficulty"].is_between(0.5, 0.9).all()


def test_the_teachers_pass_rate_counts_what_earlier_steps_dropped() -> None:
    found = run(OUTCOME, {"step": "difficulty", "by": "teacher", "min": 0.6})
    assert {int(i[1:4]) % 5 for i in found.kept} == {1}


def test_mix_drops_the_surplus_side() -> None:
    rows = table().with_columns(pl.when(pl.col("id").str.ends_with("-0")).then(pl.lit("")).otherwise("reasoning").alias("reasoning"))
    found = run({"step": "mix", "no_think_share": 0.5}, rows=rows)
    kept = rows.filter(pl.col("id").is_in(found.kept))
    assert kept.height == 80
    assert (kept["reasoning"] == "").sum() == 40


def test_mix_can_make_no_think_traces() -> None:
    found = run({"step": "mix", "no_think_share": 0.25, "make": True})
    assert len(found.kept) == 160
    assert (found.labels["reasoning"] == "").sum() == 40
    assert (found.labels["format"] == "none").sum() == 40


def test_domains_come_from_the_source_or_the_nearest_prototype() -> None:
    assert run({"step": "domains"}).labels["domain"].to_list()[:5] == ["aime"] * 4 + ["math"]
    rows = pl.DataFrame({"id": ["a", "b"], "question": ["Integrate x squared from 0 to 1.", "Who was king of France in 1700?"]})
    near = {"step": "domains", "by": "prototypes", "prototypes": {"history": ["kings and wars"], "calculus": ["integrals and derivatives"]}}
    assert run(near, rows=rows).labels["domain"].to_list() == ["calculus", "history"]
    clustered = run({"step": "domains", "by": "clusters", "clusters": 2}, rows=rows).labels["domain"]
    assert clustered.n_unique() == 2


def test_a_learned_difficulty_needs_enough_problems() -> None:
    with pytest.raises(UserError, match="20 problems"):
        run({"step": "difficulty", "by": "learned"}, rows=table(5))
