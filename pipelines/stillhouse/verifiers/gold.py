"""Sends every gold answer through its own verifier before anything is sampled: a gold that fails is no gold.

A gold of the `math` verifier that is read only in part is refused, too: answers could be compared with that part alone.
`gold_kinds` tells what the golds are; a rule can decide little about the kinds in `UNDECIDABLE`.

The gold stands where a model's answer would. Verifiers that judge by tests (`code`) or by other means than a gold
answer are not checked here, and neither are reasoning-gym's tasks that score any valid answer and give none.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace, answer_trace
from stillhouse.verifiers.equal import kind_of
from stillhouse.verifiers.math import gold_text
from stillhouse.verifiers.pool import Pool

UNDECIDABLE = ("prose",)
BY_ANSWER = frozenset({"math", "reasoning_gym", "choice"})


def check_gold(problems: list[Problem], settings: Verify, workers: int, unsafe: bool = False) -> Iterator[tuple[Problem, str | None]]:
    """Each problem with None when its gold verifies, else the outcome and the verifier's reason."""
    with Pool(workers, settings, unsafe=unsafe) as pool:
        verdicts = pool.judge((p, _answered(p)) for p in problems if _has_gold(p))
        for problem in problems:
            if not _has_gold(problem):
                yield problem, None
                continue
            verdict = next(verdicts)
            yield problem, _read_in_part(problem) if verdict.outcome == "correct" else f"{verdict.outcome}: {verdict.reason}"


def gold_kinds(problems: Iterable[Problem]) -> Counter[str]:
    """How many golds of the `math` verifier are of which kind."""
    return Counter(kind_of(gold_text(problem.answer))[0] for problem in problems if problem.verifier == "math" and problem.answer)


def _read_in_part(problem: Problem) -> str | None:
    if problem.verifier != "math":
        return None
    kind, why = kind_of(gold_text(problem.answer))
    return f"gold: read only in part ({why})" if kind == "unread" else None


def _has_gold(problem: Problem) -> bool:
    return problem.verifier in BY_ANSWER and not (problem.verifier == "reasoning_gym" and not problem.answer)


def _answered(problem: Problem) -> Trace:
    response = f"\\boxed{{{problem.answer}}}" if problem.verifier == "math" else f"<answer>{problem.answer}</answer>"
    return answer_trace(problem.id, problem.id, response)
