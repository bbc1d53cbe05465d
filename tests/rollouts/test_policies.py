"""Policies: where a problem stops is a function of its verdicts in order, however they arrive."""

import random

from hypothesis import given
from hypothesis import strategies as st

from stillhouse.recipe.policies import DifficultyBand, Escalate, Looking, Round, UntilKCorrect
from stillhouse.records import OUTCOMES, Outcome
from stillhouse.rollouts.policies import policy
from stillhouse.rollouts.policies.base import MISSING, Known, Standing, stand

SECTIONS: list[Looking] = [
    UntilKCorrect(kind="until_k_correct", k=1, cap=6),
    UntilKCorrect(kind="until_k_correct", k=2, cap=8, futility=3),
    DifficultyBand(kind="difficulty_band", low=0.25, high=0.5, cap=8),
    Escalate(kind="escalate", k=2, rounds=[Round(cap=3), Round(cap=4, futility=2), Round(cap=2)]),
]
outcomes = st.lists(st.lists(st.sampled_from([*OUTCOMES, None]), min_size=8, max_size=8), min_size=3, max_size=3)


def one(section: Looking, said: str) -> Standing:
    """A policy on the verdicts of its first round: c is correct, w is wrong, . is no trace."""
    named: dict[str, Outcome | None] = {"c": "correct", "w": "wrong", ".": None}
    return stand(policy(section), [dict(enumerate(named[letter] for letter in said)), {}, {}])


@given(st.sampled_from(SECTIONS), outcomes, st.randoms(use_true_random=False))
def test_the_order_of_arrival_decides_nothing(section: Looking, every: list[list[Outcome | None]], mixer: random.Random) -> None:
    chosen = policy(section)
    places = [(number, index) for number in range(chosen.rounds) for index in range(8)]
    mixer.shuffle(places)
    known: list[dict[int, Outcome | None]] = [{} for _ in range(chosen.rounds)]
    stopped: Standing | None = None
    for number, index in places:
        known[number][index] = every[number][index]
        now = stand(chosen, known)
        assert stopped is None or now == stopped, "a problem that has stopped goes on"
        stopped = now if now.stop else None
    whole: list[Known] = [dict(enumerate(row)) for row in every]
    assert stopped == stand(chosen, whole[: chosen.rounds])


@given(st.sampled_from(SECTIONS), outcomes)
def test_a_problem_goes_on_until_a_rule_says_stop(section: Looking, every: list[list[Outcome | None]]) -> None:
    chosen = policy(section)
    found = stand(chosen, [dict(enumerate(row)) for row in every][: chosen.rounds])
    for number, taken in enumerate(found.rounds):
        assert taken.tried <= taken.plan.cap
        assert taken.correct == every[number][: taken.tried].count("correct")
        before = every[number][: taken.tried]
        assert all(taken.plan.decide(n, before[:n].count("correct")) is None for n in range(taken.tried)), "it could have stopped sooner"


def test_until_k_correct() -> None:
    assert one(SECTIONS[0], "wwc").stop == "enough correct"
    assert (one(SECTIONS[0], "ww").stop, one(SECTIONS[0], "ww").left) == (None, 4)
    assert one(SECTIONS[0], "wwwwww").stop == "cap reached"
    assert one(SECTIONS[1], "www").stop == "none correct"
    assert one(SECTIONS[1], "wwcwwc").tried == 6
    assert one(SECTIONS[0], "w.").stop == MISSING


def test_difficulty_band() -> None:
    assert one(SECTIONS[2], "ccccc").stop == "too easy"
    assert one(SECTIONS[2], "cccc").stop is None
    assert one(SECTIONS[2], "wwwwwww").stop == "too hard"
    assert one(SECTIONS[2], "cwwwwcww").stop == "in the band"


def test_escalation_goes_to_the_next_round_for_what_is_missing() -> None:
    chosen = policy(SECTIONS[3])
    wrong: Known = {0: "wrong", 1: "correct", 2: "timeout"}
    assert len(stand(chosen, [wrong, {}, {}]).rounds) == 2
    assert stand(chosen, [wrong, {0: "wrong", 1: "correct"}, {}]).stop == "enough correct"
    assert [taken.tried for taken in stand(chosen, [wrong, {0: "wrong", 1: "error"}, {0: "wrong", 1: "wrong"}]).rounds] == [3, 2, 2]
