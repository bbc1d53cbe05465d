"""Self-consistency: what a problem's traces agree on (Wang et al. 2022), as a pseudo-label and as a check on the gold.

Answers are extracted and compared in the pool, never here. A strong majority against the gold quarantines the
problem: gold and majority are both kept, and neither overwrites the other.
"""

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from stillhouse.recipe.verification import Verify
from stillhouse.records import Decision, Problem, Trace
from stillhouse.verifiers.pool import Pool

Status = Literal["label", "agrees", "suspect_gold", "split", "too_few"]


@dataclass(frozen=True, slots=True)
class Vote:
    """The largest group of equal answers. `share` is its part of the `votes` answers; `status` says what it is good for."""

    problem_id: str
    answer: str
    gold: str
    count: int
    votes: int
    share: float
    status: Status

    def decision(self) -> Decision:
        """The problem's row in the decisions: dropped only where its gold is suspect."""
        detail = json.dumps({"gold": self.gold, "majority": self.answer, "share": round(self.share, 4), "votes": self.votes})
        return Decision(self.problem_id, "problem", "vote", self.status != "suspect_gold", self.status, detail)


def vote(groups: Iterable[tuple[Problem, list[Trace]]], settings: Verify, pool: Pool) -> Iterator[Vote]:
    """One vote per problem, in order. Problems without a gold get a pseudo-label where the majority is large enough."""
    for problem, traces in groups:
        unlabelled = dataclasses.replace(problem, answer="", verifier="math")
        answers = [v.extracted for v in pool.judge((unlabelled, t) for t in traces) if v.extracted]
        yield _tallied(problem, _clusters(problem, answers, pool), settings, pool)


def _clusters(problem: Problem, answers: list[str], pool: Pool) -> Counter[str]:
    """Votes per distinct answer; different spellings of one answer count together, under the most common one."""
    found: Counter[str] = Counter()
    for answer, count in Counter(answers).most_common():
        same = _first_equal(problem, list(found), answer, pool)
        found[same if same is not None else answer] += count
    return found


def _first_equal(problem: Problem, known: list[str], answer: str, pool: Pool) -> str | None:
    pairs = [(dataclasses.replace(problem, answer=other, verifier="math_answer"), _response(answer)) for other in known]
    verdicts = list(pool.judge(pairs))
    return next((other for other, v in zip(known, verdicts, strict=True) if v.outcome == "correct"), None)


def _tallied(problem: Problem, clusters: Counter[str], settings: Verify, pool: Pool) -> Vote:
    rules = settings.vote
    answer, count = clusters.most_common(1)[0] if clusters else ("", 0)
    votes = clusters.total()
    share = count / votes if votes else 0.0
    status: Status = "too_few"
    if votes >= rules.min_votes:
        status = _status(problem, answer, share, settings, pool)
    return Vote(problem.id, answer, problem.answer, count, votes, share, status)


def _status(problem: Problem, answer: str, share: float, settings: Verify, pool: Pool) -> Status:
    if not problem.answer:
        return "label" if share >= settings.vote.min_share else "split"
    # The gold is read like a response, and then both are compared as they are.
    read = next(pool.judge([(dataclasses.replace(problem, answer="", verifier="math"), _response(problem.answer))]))
    gold = dataclasses.replace(problem, answer=read.extracted or problem.answer, verifier="math_answer")
    verdict = next(pool.judge([(gold, _response(answer))]))
    if verdict.outcome == "correct":
        return "agrees"
    return "suspect_gold" if share >= settings.vote.suspect_share and verdict.outcome == "wrong" else "split"


def _response(text: str) -> Trace:
    return Trace("vote", "", 0, 0, "", "", 0, "", text, "none", "stop", 0, 0, 0, 0.0)
