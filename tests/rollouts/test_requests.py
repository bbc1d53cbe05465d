"""Requests: what a trace's id holds."""

from dataclasses import replace

from stillhouse.recipe.methods import Budget, Extend
from stillhouse.recipe.sections import Engine, Prompt, Sampling
from stillhouse.rollouts.requests import Way, trace_id

PLAIN = Way("m@1", "1234", Engine(), Sampling(), Prompt(), "teacher", "plain", 0, "sample")


def test_plain_traces_keep_the_ids_that_they_had_before_there_was_a_choice() -> None:
    assert trace_id(PLAIN.identity, "p0", 1) == "t794e114c325aa190c613"


def test_another_method_and_another_setting_of_one_are_other_traces() -> None:
    methods = [Extend(kind="extend"), Extend(kind="extend", times=2), Budget(kind="budget", thinking_tokens=5)]
    assert len({PLAIN.identity, *(replace(PLAIN, method=method).identity for method in methods)}) == 4
