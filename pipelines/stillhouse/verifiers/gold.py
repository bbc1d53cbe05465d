"""Sends every gold answer through its own verifier before anything is sampled: a gold that fails is no gold.

The gold stands where a model's answer would. Verifiers that judge by tests (`code`) or by other means than a gold
answer are not checked here.
"""

from collections.abc import Iterator

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace
from stillhouse.verifiers.pool import Pool

BY_ANSWER = frozenset({"math", "reasoning_gym", "choice"})


def check_gold(problems: list[Problem], settings: Verify, workers: int) -> Iterator[tuple[Problem, str | None]]:
    """Each problem with None when its gold verifies, else the outcome and the verifier's reason."""
    with Pool(workers, settings) as pool:
        verdicts = pool.judge((p, _answered(p)) for p in problems if p.verifier in BY_ANSWER)
        for problem in problems:
            if problem.verifier not in BY_ANSWER:
                yield problem, None
                continue
            verdict = next(verdicts)
            yield problem, None if verdict.outcome == "correct" else f"{verdict.outcome}: {verdict.reason}"


def _answered(problem: Problem) -> Trace:
    response = f"\\boxed{{{problem.answer}}}" if problem.verifier == "math" else f"<answer>{problem.answer}</answer>"
    return Trace(problem.id, problem.id, 0, 0, "gold", "", 0, "", response, "none", "stop", 0, 0, 0, 0.0)
