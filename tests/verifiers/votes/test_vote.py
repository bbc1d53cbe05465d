"""Votes over real responses in a real pool: pseudo-labels, agreement, suspect golds, weights, plain files."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from stillhouse.cli import app
from stillhouse.recipe.verification import Verify
from stillhouse.recipe.verifiers import VoteRules
from stillhouse.records import Problem, Trace, answer_trace
from stillhouse.verifiers.votes.pseudo_labels import apply_votes
from stillhouse.verifiers.votes.rows import vote_rows
from stillhouse.verifiers.votes.vote import Vote, vote

RULES = Verify(vote=VoteRules(suspect_share=0.75))
HALF = ["\\boxed{1/2}", "\\boxed{0.5}", "\\boxed{\\frac12}", "\\boxed{3}", "no answer here at all, sorry"]
GROUPS = [
    (Problem("label", "q", "", "math"), HALF),
    (Problem("agrees", "q", "\\frac{2}{4}", "math"), HALF),
    (Problem("suspect", "q", "7", "math"), [*HALF[:3], "\\boxed{.5}", "\\boxed{2}"]),
    (Problem("split", "q", "7", "math"), ["\\boxed{1}", "\\boxed{2}", "\\boxed{3}", "\\boxed{4}"]),
    (Problem("few", "q", "7", "math"), ["\\boxed{1}", "\\boxed{1}"]),
    (Problem("no_label", "q", "", "math"), ["\\boxed{1}", "\\boxed{2}", "\\boxed{3}", "\\boxed{4}"]),
]


def trace(text: str, model: str = "") -> Trace:
    return replace(answer_trace("t", "p", text), model=model)


@pytest.fixture(scope="module")
def votes() -> list[Vote]:
    return vote([(problem, trace(text)) for problem, texts in GROUPS for text in texts], RULES, 1)


def test_votes(votes: list[Vote]) -> None:
    assert [v.status for v in votes] == ["label", "agrees", "suspect_gold", "split", "too_few", "split"]
    assert [(v.count, v.votes) for v in votes[:3]] == [(3, 4), (3, 4), (4, 5)]
    assert (votes[2].gold, votes[2].answer, votes[2].decision().kept) == ("7", "1/2", False)
    assert all(v.decision().kept for v in votes if v.status != "suspect_gold")


def test_what_votes_make_of_the_problems_of_a_run(votes: list[Vote]) -> None:
    unasked = Problem("unasked", "q", "1", "math")
    kept, decisions = apply_votes([*(problem for problem, _ in GROUPS), unasked], votes)
    assert {p.id: p.answer for p in kept} == {"label": "1/2", "agrees": "\\frac{2}{4}", "split": "7", "few": "7", "unasked": "1"}
    assert {d.id: d.reason for d in decisions if not d.kept} == {"suspect": "suspect_gold", "no_label": "split"}
    assert json.loads(decisions[2].detail) == {"gold": "7", "majority": "1/2", "share": 0.8, "votes": 5}


def choice_row(i: int, gold: str | None, **responses: str) -> dict[str, Any]:
    return {"id": f"c{i}", "answer": gold, "choices": ["Rome", "Paris", "Bern"], "responses": responses}


def test_a_model_counts_as_much_as_it_agrees_with_the_golds() -> None:
    """Three models that are mostly wrong are outweighed by two that are right; letters and texts of options count together."""
    known = [choice_row(i, "A", good="A", better="(A)", bad="B", worse="B", worst="B") for i in range(8)]
    asked = choice_row(9, None, good="The answer is Paris.", better="B", bad="C", worse="(C)", worst="C")
    settings = Verify(vote=VoteRules(suspect_share=0.9))
    found = {row["id"]: row for row in vote_rows([*known, asked], settings=settings)}
    assert (found["c9"]["majority"], found["c9"]["status"], found["c9"]["votes"]) == ("B", "label", 5)
    assert found["c0"]["status"] == "agrees"


def test_without_golds_every_model_counts_the_same() -> None:
    rows = [choice_row(i, None, a="A", b="A", c="A", d="B") for i in range(3)] + [choice_row(9, None, d="B", a="A")]
    assert vote_rows(rows)[0]["share"] == 0.75


def test_rows_of_one_response_are_voted_on_together_and_bad_ones_are_errors() -> None:
    rows: list[Any] = [{"id": 1, "answer": "5", "response": f"\\boxed{{{n}}}", "model": "m"} for n in (5, 5, 5, 4)]
    rows += [{"id": 1, "answer": "6", "response": "5"}, {"id": 2, "responses": "5"}, {"id": 3, "responses": ["5", 5]}, ["x"]]
    first, third, *errors = vote_rows(rows)
    assert (first["majority"], first["share"], first["status"]) == ("5", 0.75, "agrees")
    assert (third["id"], third["status"]) == ("3", "too_few")
    assert [(row["id"], row["status"]) for row in errors] == [("1", "error"), ("2", "error"), ("3", "error"), ("line 8", "error")]
    assert errors[0]["reason"] == "line 5: another answer than in an earlier row of this id"


def test_the_command_line(tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "votes.jsonl"
    rows = [{"id": "a", "question": "q", "answer": "7", "responses": ["\\boxed{8}"] * 4}, {"id": "b", "responses": ["\\boxed{2}"] * 4}]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = CliRunner().invoke(app, ["vote", str(source), "--out", str(out), "-j", "1"])
    assert done.exit_code == 0, done.output
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(row["id"], row["majority"], row["share"], row["votes"], row["status"]) for row in found] == [
        ("a", "8", 1.0, 4, "suspect_gold"),
        ("b", "2", 1.0, 4, "label"),
    ]
    assert "2 questions: 1 label, 1 suspect_gold" in done.output
    done = CliRunner().invoke(app, ["vote", str(source), "--out", str(tmp_path / "votes.parquet"), "-j", "1"])
    assert done.exit_code == 0, done.output
