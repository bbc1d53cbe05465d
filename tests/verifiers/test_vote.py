"""Votes over real traces in a real pool: pseudo-labels, agreement, suspect golds."""

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace
from stillhouse.verifiers.pool import Pool
from stillhouse.verifiers.vote import vote


def traces(*answers: str) -> list[Trace]:
    return [Trace(str(n), "p", 0, n, "", "", 0, "", text, "none", "stop", 0, 0, 0, 0.0) for n, text in enumerate(answers)]


def test_votes() -> None:
    half = ["\\boxed{1/2}", "\\boxed{0.5}", "\\boxed{\\frac12}", "\\boxed{3}", "no answer here at all, sorry"]
    groups = [
        (Problem("label", "q", "", "vote"), traces(*half)),
        (Problem("agrees", "q", "\\frac{2}{4}", "math"), traces(*half)),
        (Problem("suspect", "q", "7", "math"), traces(*half[:3], "\\boxed{.5}", "\\boxed{2}")),
        (Problem("split", "q", "7", "math"), traces("\\boxed{1}", "\\boxed{2}", "\\boxed{3}", "\\boxed{4}")),
        (Problem("few", "q", "7", "math"), traces("\\boxed{1}", "\\boxed{1}")),
    ]
    with Pool(1, Verify()) as pool:
        votes = list(vote(groups, Verify(), pool))
    assert [v.status for v in votes] == ["label", "agrees", "suspect_gold", "split", "too_few"]
    assert [(v.count, v.votes) for v in votes[:3]] == [(3, 4), (3, 4), (4, 5)]
    assert (votes[2].gold, votes[2].answer, votes[2].decision().kept) == ("7", "1/2", False)
    assert all(v.decision().kept for v in votes if v.status != "suspect_gold")
