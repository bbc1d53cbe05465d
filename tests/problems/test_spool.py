"""The spool: one problem per question, whatever the order and the size, and only what is still in."""

from pathlib import Path

from stillhouse.problems.spool import ROWS, Spool
from stillhouse.records import Problem


def problem(i: int, answer: str = "1", verifier: str = "math") -> Problem:
    return Problem(f"p{i:06}", f"Question {i}?", answer, verifier)


def kept(spool: Spool) -> list[str]:
    return [one for part in spool.parts(["id"]) for one in part.texts("id")]


def test_one_problem_per_question_in_the_order_of_ids(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    many = ROWS + 10
    assert (
        spool.load([problem(i) for i in reversed(range(many))] + [problem(3, " 1 "), problem(4, "2"), problem(5, ""), problem(5)])
        == many + 4
    )
    decisions = {d.id: d for d in spool.distinct()}
    assert kept(spool) == [f"p{i:06}" for i in range(many) if i not in (4, 5)]
    assert (decisions["p000003"].kept, decisions["p000003"].reason) == (True, "repeated")
    assert decisions["p000004"].detail == "2 rows with different answers: 1 / 2"
    assert (decisions["p000005"].kept, decisions["p000005"].reason) == (False, "two_golds")
    assert set(decisions) == {"p000003", "p000004", "p000005"}


def test_the_first_draw_stands_and_a_generated_task_may_name_several_answers(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.load([problem(1, "7", "reasoning_gym"), problem(1, "8", "reasoning_gym"), problem(0)])
    assert [d.reason for d in spool.distinct()] == ["repeated"]
    (part,) = spool.parts()
    assert part.texts("answer") == ["1", "7"]


def test_what_is_taken_out_does_not_come_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.load([problem(i) for i in range(20)])
    list(spool.distinct())
    spool.alive[3:] = False
    assert kept(spool) == ["p000000", "p000001", "p000002"]
    assert [p.places.tolist() for p in spool.parts(["id"], only=~spool.alive)] == [list(range(3, 20))]


def test_no_problem_at_all(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    assert spool.load([]) == 0
    assert (list(spool.distinct()), kept(spool)) == ([], [])
