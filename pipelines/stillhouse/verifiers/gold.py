"""Checks each gold answer with its own verifier before anything is sampled.

A gold of the `math` verifier that is read only in part is refused, too: answers could be compared with that part alone.
The gold stands where a model's answer would, in the form that its verifier names (`stated`). Verifiers that judge by tests (`code`)
or by other means than a gold answer are not checked here, and neither are reasoning-gym's tasks that score any valid answer and give none.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace, answer_trace
from stillhouse.verifiers.math.gold_kinds import gold_kind
from stillhouse.verifiers.math.verifier import gold_text
from stillhouse.verifiers.pool.pool import Pool
from stillhouse.verifiers.registry import traits

AT_ONCE = 8_192


def check_gold(problems: Iterable[Problem], settings: Verify, workers: int, unsafe: bool = False) -> Iterator[tuple[Problem, str | None]]:
    """Each problem with None when its gold verifies, else the outcome and the verifier's reason."""
    source = iter(problems)
    with Pool(workers, settings, unsafe=unsafe) as pool:
        while part := list(islice(source, AT_ONCE)):
            verdicts = pool.judge([(p, _answered(p)) for p in part if _has_gold(p, settings)])
            for problem in part:
                if not _has_gold(problem, settings):
                    yield problem, None
                    continue
                verdict = next(verdicts)
                yield problem, _read_in_part(problem) if verdict.outcome == "correct" else f"{verdict.outcome}: {verdict.reason}"
            next(verdicts, None)  # the pool judges one sequence at a time: this one ends


def _read_in_part(problem: Problem) -> str | None:
    unread = problem.verifier == "math" and gold_kind(problem) == "unread"
    return f"gold: read only in part: {gold_text(problem.answer)[:80]!r}" if unread else None


def _has_gold(problem: Problem, settings: Verify) -> bool:
    if problem.verifier in settings.compose or not traits(problem.verifier).stated:
        return False
    return bool(problem.answer) or problem.verifier != "reasoning_gym"


def _answered(problem: Problem) -> Trace:
    return answer_trace(problem.id, problem.id, traits(problem.verifier).stated.format(problem.answer))
