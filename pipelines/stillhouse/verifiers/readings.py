"""How an answer is read: plain, strict (one well-formed think block before it) or lenient (its last number or choice).

Learning to follow a format is not learning the task; a score that reports both readings keeps them apart.
"""

import dataclasses

from stillhouse.records import Problem, Reading, Review, Trace, Verdict
from stillhouse.verifiers.math.answers.final_answer import lenient_answer

WELL_FORMED = ("think", "harmony")


def as_read(problem: Problem, trace: Trace, reading: Reading) -> tuple[Problem, Trace]:
    """The pair as the verifier is to see it."""
    if reading != "lenient":
        return problem, trace
    text = trace.response or trace.reasoning
    if problem.verifier == "choice":
        return dataclasses.replace(problem, verifier="choice_lenient"), dataclasses.replace(trace, response=text)
    answer = lenient_answer(text)
    return problem, dataclasses.replace(trace, response=f"\\boxed{{{answer.text}}}" if answer else "")


def as_ruled(verdict: Verdict, trace: Trace, review: Review) -> Verdict:
    """The verdict under its review; read strictly it is correct only with exactly one well-formed think block."""
    outcome, score, reason = verdict.outcome, verdict.score, verdict.reason
    if review.reading == "strict" and outcome == "correct" and trace.format not in WELL_FORMED:
        outcome, score, reason = "wrong", 0.0, f"format: {trace.format}"
    said = (outcome, score, verdict.extracted, reason, verdict.seconds)
    return Verdict(review.trace_id, verdict.verifier, verdict.version, *said, verdict.isolation, review.reading, review.id)
