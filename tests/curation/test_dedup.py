"""Deduplication finds what brute force finds, tells other numbers apart, and keeps the representative that its rule names."""

import itertools
import random

import numpy as np
import pytest

from stillhouse.curation.dedup import Deduper, dedup
from stillhouse.curation.dedup.semantic import close_pairs, k_means
from stillhouse.curation.dedup.shelf import Shelf
from stillhouse.curation.dedup.sketch import sketch
from stillhouse.recipe.dedup import Dedup, Near, Semantic

WORDS = ["".join(letters) for letters in itertools.product("abcdefg", "hijklmn", "opqrstu")]
APPLES = "Janet has 3 apples and buys 4 more apples at the market. How many apples does she have now?"


def corpus(seed: int, groups: int = 60, copies: int = 4) -> list[str]:
    """Random texts and edited copies of them."""
    draw = random.Random(seed)
    texts = []
    for _ in range(groups):
        words = draw.choices(WORDS, k=draw.randint(30, 120))
        for _ in range(copies):
            edited = [draw.choice(WORDS) if draw.random() < draw.choice([0, 0.01, 0.03, 0.1]) else word for word in words]
            texts.append(" ".join(edited))
    draw.shuffle(texts)
    return texts


def brute_force(texts: list[str], size: int, threshold: float) -> set[frozenset[int]]:
    sets = [{tuple(words[i : i + size]) for i in range(max(len(words) - size + 1, 1))} for words in (t.split() for t in texts)]
    label = list(range(len(texts)))
    for a, b in itertools.combinations(range(len(texts)), 2):
        if len(sets[a] & sets[b]) >= threshold * len(sets[a] | sets[b]):
            label = [label[a] if x == label[b] else x for x in label]
    return {frozenset(i for i in range(len(texts)) if label[i] == x) for x in set(label)}


def groups(texts: list[str], settings: Dedup) -> set[frozenset[int]]:
    owner = {d.id: d.representative for d in dedup([str(i) for i in range(len(texts))], texts, settings)}
    members: dict[str, set[int]] = {}
    for i in range(len(texts)):
        members.setdefault(owner.get(str(i), str(i)), set()).add(i)
    return {frozenset(group) for group in members.values()}


def test_near_groups_are_those_of_brute_force() -> None:
    texts = corpus(1)
    for threshold in (0.6, 0.75, 0.9):
        settings = Dedup(numbers="words", near=Near(threshold=threshold, bands=60, rows=3))
        found = groups(texts, settings)
        assert found == brute_force(texts, 5, threshold)


def test_the_order_and_the_batches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = corpus(2)
    whole = dedup([str(i) for i in range(len(texts))], texts, Dedup())
    monkeypatch.setattr("stillhouse.curation.dedup.deduper.CHUNK_BYTES", 3000)
    deduper = Deduper(Dedup(), workers=3)
    for start in range(0, len(texts), 7):
        deduper.add([str(i) for i in range(len(texts))][start : start + 7], texts[start : start + 7])
    assert whole
    assert deduper.finish() == whole


def test_shingles_on_disk_give_the_same() -> None:
    texts = corpus(3, groups=5)
    one, two = Shelf(in_memory=1), Shelf()
    for shelf in (one, two):
        for start in range(0, len(texts), 6):
            shelf.put(sketch(texts[start : start + 6], Dedup()))
    for (a, ends_a), (b, ends_b) in zip(one.shingles(), two.shingles(), strict=True):
        assert a.tolist() == b.tolist() != []
        assert ends_a.tolist() == ends_b.tolist()


@pytest.mark.parametrize(
    ("other", "settings", "kind"),
    [
        (APPLES.upper() + " \n", Dedup(near=None), "exact"),
        (APPLES.replace("Janet", "  Janet\t"), Dedup(near=None), "exact"),
        (APPLES + " Please explain.", Dedup(), "near"),
        (APPLES.replace("3", "5").replace("4", "9"), Dedup(numbers="ignored"), "near"),
        (APPLES.replace("now", "noww"), Dedup(near=Near(shingle="char", size=7)), "near"),
    ],
)
def test_copies_are_found(other: str, settings: Dedup, kind: str) -> None:
    (found,) = dedup(["a", "b"], [APPLES, other], settings)
    assert (found.id, found.representative, found.kind) == ("b", "a", kind)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (APPLES, APPLES.replace("3", "5")),
        (APPLES + " She pays 1,000.", APPLES + " She pays 1,001."),
        ("Compute 2 + 3", "Compute 2 - 3"),
        ("", "?"),
    ],
)
def test_different_texts_stay(a: str, b: str) -> None:
    assert dedup(["a", "b"], [a, b], Dedup(near=Near(threshold=0.5))) == []
    assert dedup(["a", "b"], [a, b], Dedup(near=None)) == []


def test_brackets_tell_exact_copies_apart() -> None:
    assert dedup(["a", "b"], ["the interval (1,2]", "the interval [1,2)"], Dedup(near=None)) == []


def test_the_representative_follows_the_rule() -> None:
    texts = [APPLES + " Explain.", APPLES, APPLES + " Please explain it."]
    kept = {
        keep: {d.representative for d in dedup(["a", "b", "c"], texts, Dedup(keep=keep, near=Near(threshold=0.6)))}
        for keep in ("first", "longest", "shortest")
    }
    assert kept == {"first": {"a"}, "longest": {"c"}, "shortest": {"b"}}


def test_an_earlier_dataset_always_represents() -> None:
    found = dedup(
        ["new", "longer"], [APPLES, APPLES + " Please explain."], Dedup(keep="longest"), earlier=[("old", APPLES), ("old2", APPLES)]
    )
    assert [(d.id, d.representative) for d in found] == [("new", "old"), ("longer", "old")]


def test_nothing_and_lone_surrogates() -> None:
    assert dedup([], [], Dedup()) == []
    assert dedup(["a", "b"], ["x\ud800 y", "z"], Dedup()) == []


def test_semantic_duplicates_hold_the_same_numbers() -> None:
    texts = [
        APPLES,
        "At the market Janet, who owns 3 apples, buys 4 more apples. How many apples has she got now?",
        "At the market Janet, who owns 5 apples, buys 9 more apples. How many apples has she got now?",
        "A train leaves Berlin at noon. When does it arrive in Hamburg?",
    ]
    found = dedup(list("abcd"), texts, Dedup(semantic=Semantic(threshold=0.9)))
    assert [(d.id, d.representative, d.kind) for d in found] == [("b", "a", "semantic")]
    everything = dedup(list("abcd"), texts, Dedup(semantic=Semantic(threshold=0.9), numbers="ignored"))
    assert [d.id for d in everything] == ["b", "c"]


def test_clusters_find_the_pairs_inside_them() -> None:
    draw = np.random.default_rng(0)
    centres = draw.normal(size=(4, 384))
    vectors = np.concatenate([centre + 0.2 * draw.normal(size=(50, 384)) for centre in centres]).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    every = set(close_pairs(vectors, Semantic(threshold=0.95)))
    assert every
    assert all(a // 50 == b // 50 for a, b in every)
    clustered = set(close_pairs(vectors, Semantic(threshold=0.95, clusters=4)))
    assert clustered <= every
    assert len(clustered) > 0.9 * len(every)
    assert np.array_equal(k_means(vectors, 4, 7), k_means(vectors, 4, 7))
