"""Self-consistency: what a problem's responses agree on (Wang et al. 2022), as a pseudo-label and as a check on the gold.

Each response counts as much as its responder (a model; all samples of one teacher count the same) agrees with the golds in
general. A strong majority against the gold quarantines the problem: gold and majority are both kept, and neither overwrites the
other. Answers are extracted and compared in the pool, never here. The limits: answers are read as mathematics unless the problem
is multiple choice; models that learned from the same texts err together, so a suspect gold is one to look at, not a wrong one.
"""

import dataclasses
import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from stillhouse.recipe.verification import Verify
from stillhouse.recipe.verifiers import VoteRules
from stillhouse.records import Decision, Problem, Trace, answer_trace
from stillhouse.verifiers.pool.pool import Pool

Status = Literal["label", "agrees", "suspect_gold", "split", "too_few"]
Pair = tuple[Problem, Trace]


@dataclass(frozen=True, slots=True)
class Vote:
    """The answer with the most weight. `share` is its part of the weight of all `votes` answers, `count` how many gave it."""

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


@dataclass(slots=True)
class Ballot:
    """A problem's answers with who gave them; `same` names the group of equal answers, `verdicts` a group's against the gold."""

    problem: Problem
    answers: list[tuple[str, str]] = field(default_factory=list)
    same: dict[str, str] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)


def vote(pairs: Iterable[Pair], settings: Verify, workers: int, *, unsafe: bool = False) -> list[Vote]:
    """One vote per problem, in the order in which they come. Problems without a gold get a pseudo-label where the majority is large."""
    with Pool(workers, settings, unsafe=unsafe) as pool:
        ballots = _collected(pairs, pool)
        _group(ballots, pool)
        _check_golds(ballots, pool)
    weights = _weights(ballots)
    return [_tallied(ballot, weights, settings.vote) for ballot in ballots]


def _collected(pairs: Iterable[Pair], pool: Pool) -> list[Ballot]:
    """The answers of all responses by problem; of the responses themselves nothing is kept."""
    ballots: dict[str, Ballot] = {}
    waiting: deque[tuple[str, str]] = deque()

    def asked() -> Iterator[Pair]:
        for problem, trace in pairs:
            ballots.setdefault(problem.id, Ballot(problem))
            waiting.append((problem.id, trace.model))
            yield _without_gold(problem), trace

    for verdict in pool.judge(asked()):
        problem_id, responder = waiting.popleft()
        if verdict.extracted:
            ballots[problem_id].answers.append((responder, verdict.extracted))
    return list(ballots.values())


def _without_gold(problem: Problem) -> Problem:
    """For a verdict that tells the answer only. A choice needs some gold: its first letter."""
    if problem.verifier == "choice":
        choices = json.loads(problem.payload or "{}").get("choices")
        return dataclasses.replace(problem, answer=next(iter(choices)) if isinstance(choices, dict) and choices else "A")
    return dataclasses.replace(problem, answer="", verifier="math")


def _group(ballots: list[Ballot], pool: Pool) -> None:
    """Different spellings of one answer count together, under the most common one."""
    for ballot in ballots:
        ballot.same = {answer: answer for answer, _ in Counter(answer for _, answer in ballot.answers).most_common()}
    compared = [(ballot, known, answer) for ballot in ballots if ballot.problem.verifier != "choice" for known, answer in _twos(ballot)]
    verdicts = pool.judge((_compares(ballot.problem, known), _response(answer)) for ballot, known, answer in compared)
    for (ballot, known, answer), verdict in zip(compared, verdicts, strict=True):
        if verdict.outcome == "correct" and ballot.same[answer] == answer:
            ballot.same[answer] = ballot.same[known]


def _twos(ballot: Ballot) -> Iterator[tuple[str, str]]:
    """Every answer with each more common one."""
    distinct = list(ballot.same)
    return ((known, answer) for i, answer in enumerate(distinct) for known in distinct[:i])


def _compares(problem: Problem, gold: str) -> Problem:
    return dataclasses.replace(problem, answer=gold, verifier="math_answer")


def _check_golds(ballots: list[Ballot], pool: Pool) -> None:
    """The verdict of each group of answers against the gold, which is read like a response and compared as it is."""
    labelled = [ballot for ballot in ballots if ballot.problem.answer]
    read = pool.judge((_without_gold(ballot.problem), _response(ballot.problem.answer)) for ballot in labelled)
    golds = [verdict.extracted or ballot.problem.answer for ballot, verdict in zip(labelled, read, strict=True)]
    compared = [(ballot, gold, name) for ballot, gold in zip(labelled, golds, strict=True) for name in set(ballot.same.values())]
    for (ballot, _, name), verdict in zip(compared, pool.judge(_against(*entry) for entry in compared), strict=True):
        ballot.verdicts[name] = verdict.outcome


def _against(ballot: Ballot, gold: str, answer: str) -> Pair:
    problem = ballot.problem if ballot.problem.verifier == "choice" else _compares(ballot.problem, gold)
    return problem, _response(answer)


def _response(text: str) -> Trace:
    return answer_trace("vote", "", text)


def _weights(ballots: list[Ballot]) -> dict[str, float]:
    """Each responder's rate of agreement with the golds (one more of each kind, so that few answers do not count as certain)."""
    right, given = Counter[str](), Counter[str]()
    for ballot in ballots:
        for responder, answer in ballot.answers if ballot.problem.answer else []:
            given[responder] += 1
            right[responder] += ballot.verdicts[ballot.same[answer]] == "correct"
    responders = {responder for ballot in ballots for responder, _ in ballot.answers}
    return {responder: (right[responder] + 1) / (given[responder] + 2) for responder in responders}


def _tallied(ballot: Ballot, weights: dict[str, float], rules: VoteRules) -> Vote:
    weight, count = Counter[str](), Counter[str]()
    for responder, answer in ballot.answers:
        weight[ballot.same[answer]] += weights[responder]  # type: ignore[assignment]
        count[ballot.same[answer]] += 1
    name = max(weight, key=lambda answer: (weight[answer], count[answer]), default="")
    share = weight[name] / sum(weight.values()) if weight else 0.0
    votes = count.total()
    status: Status = "too_few" if votes < rules.min_votes else _status(ballot, name, share, rules)
    return Vote(ballot.problem.id, name, ballot.problem.answer, count[name], votes, share, status)


def _status(ballot: Ballot, answer: str, share: float, rules: VoteRules) -> Status:
    if not ballot.problem.answer:
        return "label" if share >= rules.min_share else "split"
    verdict = ballot.verdicts[answer]
    if verdict == "correct":
        return "agrees"
    return "suspect_gold" if share >= rules.suspect_share and verdict == "wrong" else "split"
