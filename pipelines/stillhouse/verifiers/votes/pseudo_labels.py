"""What votes make of a run's problems: a gold for those that have none, quarantine for those whose gold is suspect."""

import dataclasses
from collections.abc import Iterable

from stillhouse.records import Decision, Problem
from stillhouse.verifiers.votes.vote import Vote


def apply_votes(problems: Iterable[Problem], votes: Iterable[Vote]) -> tuple[list[Problem], list[Decision]]:
    """The problems to judge by, and a decision for each vote.

    A problem without a gold gets the majority as its gold where that is a label, and is dropped otherwise: nothing can be
    judged against it. One with a suspect gold is dropped, and its decision holds gold, majority and share. All others stay.
    """
    found = {vote.problem_id: vote for vote in votes}
    kept = [labelled for problem in problems if (labelled := _labelled(problem, found.get(problem.id))) is not None]
    ids = {problem.id for problem in kept}
    return kept, [dataclasses.replace(vote.decision(), kept=vote.problem_id in ids) for vote in found.values()]


def _labelled(problem: Problem, vote: Vote | None) -> Problem | None:
    if problem.answer:
        return None if vote is not None and vote.status == "suspect_gold" else problem
    return dataclasses.replace(problem, answer=vote.answer) if vote is not None and vote.status == "label" else None
