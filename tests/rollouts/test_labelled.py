"""Steps labelled through real actors and real verifiers, with an engine that goes on by repeating the question."""

from typing import Any

from echo import EchoServed

from stillhouse.cluster.actors import Actors
from stillhouse.cluster.session import Session
from stillhouse.recipe.sections import Prompt, Sampling
from stillhouse.recipe.verification import Verify
from stillhouse.rollouts.steps import Labelling, labelled
from stillhouse.verifiers.grading import Line

SESSION = Session("", cpus=4, gpus=0)
RIGHT = {"id": "right", "question": "so \\boxed{4}.", "answer": "4", "verifier": "math", "response": "one\n\ntwo\n\nthree"}


def labels(rows: list[Any], actors: Actors, n: int = 3) -> list[dict[str, Any]]:
    how = Labelling(EchoServed(), Sampling(n=n), Prompt(), Verify(), None, 0, 1, False)
    return list(labelled(how, [Line(number, row) for number, row in enumerate(rows, 1)], actors, SESSION))


def test_each_step_is_scored_by_its_own_continuations_and_rows_keep_their_order(actors: Actors) -> None:
    wrong = {**RIGHT, "id": "wrong", "answer": "5", "reasoning": "a\nb"}
    found = labels([RIGHT, wrong, {**RIGHT, "id": "again"}], actors)
    assert [(row["id"], [tuple(step.values()) for step in row["steps"]], row["reason"]) for row in found] == [
        ("right", [("one", 1.0, 3), ("two", 1.0, 3), ("three", 1.0, 3)], ""),
        ("wrong", [(text, 0.0, 3) for text in ("a", "b", "one", "two", "three")], ""),
        ("again", [("one", 1.0, 3), ("two", 1.0, 3), ("three", 1.0, 3)], ""),
    ]


def test_what_cannot_be_labelled_says_why_and_ends_nothing(actors: Actors) -> None:
    bad = [
        {**RIGHT, "question": ""},
        {**RIGHT, "response": "<think>\n</think>"},
        {**RIGHT, "verifier": "maths"},
        {**RIGHT, "reasoning": 5},
        ["x"],
        {**RIGHT, "question": "raise"},
        RIGHT,
    ]
    found = labels(bad, actors, n=2)
    assert [row["id"] for row in found] == ["right"] * 4 + ["line 5"] + ["right"] * 2
    reasons = [row["reason"] for row in found]
    assert reasons[:2] == ["line 1: no question", "line 2: no steps"]
    assert "Did you mean 'math'" in reasons[2]
    assert reasons[3:] == [
        "line 4: reasoning is not text but int",
        "line 5: not an object but list",
        "step 1: error: ValueError: no such token",
        "",
    ]
    assert [step["score"] for step in found[5]["steps"]] == [None] * 3
    assert [step["score"] for step in found[6]["steps"]] == [1.0] * 3


def test_no_rows_are_no_labels(actors: Actors) -> None:
    assert labels([], actors) == []
