"""Two readings of one answer: strict (the asked format, judged by the problem's verifier) and lenient (its last number or choice).

Learning to follow a format is not learning the task; a score that reports both keeps them apart.
"""

import dataclasses

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace, Verdict
from stillhouse.verifiers.final_answer import lenient_answer
from stillhouse.verifiers.pool import Pool


def judge_both(pairs: list[tuple[Problem, Trace]], settings: Verify, workers: int, unsafe: bool = False) -> list[tuple[Verdict, Verdict]]:
    """(strict, lenient) verdicts per pair, in order."""
    with Pool(workers, settings, unsafe=unsafe) as pool:
        strict = [_strict(v, trace) for v, (_, trace) in zip(pool.judge(pairs), pairs, strict=True)]
        lenient = list(pool.judge([_leniently(problem, trace) for problem, trace in pairs]))
    return list(zip(strict, lenient, strict=True))


def _strict(verdict: Verdict, trace: Trace) -> Verdict:
    """Correct only with exactly one well-formed think block before the answer."""
    if verdict.outcome == "correct" and trace.format not in ("think", "harmony"):
        return dataclasses.replace(verdict, outcome="wrong", score=0.0, reason=f"format: {trace.format}")
    return verdict


def _leniently(problem: Problem, trace: Trace) -> tuple[Problem, Trace]:
    """The pair whose strict verdict is the lenient one."""
    text = trace.response or trace.reasoning
    if problem.verifier == "choice":
        return dataclasses.replace(problem, verifier="choice_lenient"), dataclasses.replace(trace, response=text)
    answer = lenient_answer(text)
    return problem, dataclasses.replace(trace, response=f"\\boxed{{{answer.text}}}" if answer else "")
