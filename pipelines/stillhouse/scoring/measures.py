"""What a scored model's answers come to: rates of one, of k, and how it thinks.

A scored model is two steps of a run, `<name>/sample` and `<name>/verify`. The problem is the unit: every figure of k is a mean over
problems, and its interval draws whole problems.
"""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import duckdb

from stillhouse.query.committed import Committed
from stillhouse.scoring.estimators import best_at_k, majority_at_k, pass_at_k
from stillhouse.scoring.intervals import Rate, bootstrap, paired_difference, rate
from stillhouse.tables import sql

READINGS = ("strict", "lenient")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer in one reading. `after`: thinking tokens after the answer was first there; None where the thinking does not hold it."""

    correct: bool
    extracted: str
    output_tokens: int
    thinking_tokens: int
    truncated: bool
    unclosed: bool
    loops: bool
    after: float | None


Answers = dict[str, list[Answer]]


@dataclass(frozen=True)
class OfK:
    """Of k answers: one is correct; the commonest is; the one with the fewest tokens is."""

    k: int
    passed: Rate
    majority: Rate
    shortest: Rate


@dataclass(frozen=True)
class Thinking:
    """How a model thinks. Shares are of all its answers; per correct answer: all thinking over the correct answers, None without one."""

    tokens_per_answer: float
    tokens_per_correct: float | None
    truncated: float
    unclosed: float
    loops: float
    tokens_after: float | None


@dataclass(frozen=True)
class Measured:
    """One model in one reading."""

    name: str
    reading: str
    answers: int
    pass_at_1: Rate
    of_k: list[OfK]
    thinking: Thinking


@dataclass(frozen=True)
class Lead:
    """How much more of the problems `of` answers than `over`, paired by problem."""

    of: str
    over: str
    reading: str
    difference: Rate


def scored(committed: Committed) -> list[str]:
    """The models that a run has scored, by the names of their steps: `score/base`, `score/student`."""
    return [name.removesuffix("/verify") for name in committed.steps if name.startswith("score/") and name.endswith("/verify")]


def answers(connection: duckdb.DuckDBPyConnection, name: str, reading: str) -> Answers:
    """Problem -> its answers in the order of their index; one without a verdict is not correct."""
    query = f"""
        SELECT t.problem_id, t.output_tokens, t.reasoning_tokens, t.finish_reason, t.format, t.reasoning, t.response,
               coalesce(v.outcome = 'correct', false) AS correct, coalesce(v.extracted, '') AS extracted
        FROM (SELECT * FROM traces WHERE made_by = {sql.quoted(f"{name}/sample")}) t
        LEFT JOIN (
            SELECT trace_id, outcome, extracted FROM verdicts WHERE made_by = {sql.quoted(f"{name}/verify")} AND reading = {sql.quoted(reading)}
        ) v ON v.trace_id = t.id
        ORDER BY t.problem_id, t.index
    """
    found: Answers = {}
    for batch in sql.stream(connection, query):
        rows = batch.to_pylist()
        for row, loops in zip(rows, _loops(rows), strict=True):
            found.setdefault(row["problem_id"], []).append(_answer(row, loops))
    return found


def measure(name: str, reading: str, found: Answers) -> Measured:
    """The figures of one model. Raises ValueError without an answer."""
    samples = min(len(given) for given in found.values())
    sizes = [k for k in (2**i for i in range(1, 20)) if k < samples] + [samples]
    flat = [answer for given in found.values() for answer in given]
    return Measured(name, reading, len(flat), _rate(_shares(found)), [_of_k(found, k) for k in sizes if k > 1], _thinking(flat))


def measure_all(connection: duckdb.DuckDBPyConnection, committed: Committed) -> tuple[list[Measured], list[Lead]]:
    """Every scored model in both readings, and every two models against each other on the problems that both answered."""
    found = {(name, reading): answers(connection, name, reading) for name in scored(committed) for reading in READINGS}
    models = [measure(name, reading, given) for (name, reading), given in found.items() if given]
    pairs = [pair for pair in combinations(found, 2) if pair[0][1] == pair[1][1]]
    leads = [_lead(before, after, found) for before, after in pairs]
    return models, [lead for lead in leads if lead is not None]


def _answer(row: dict[str, object], loops: bool) -> Answer:
    thinking, extracted, tokens = str(row["reasoning"]), str(row["extracted"]), int(str(row["reasoning_tokens"]))
    place = thinking.find(extracted) if extracted else -1
    # Tokens are counted by the engine for the whole thinking alone; within it they are taken as spread evenly over its characters.
    after = tokens * (1 - (place + len(extracted)) / len(thinking)) if place >= 0 else None
    return Answer(
        bool(row["correct"]), extracted, int(str(row["output_tokens"])), tokens,
        row["finish_reason"] == "length", row["format"] == "unclosed", loops or row["finish_reason"] == "repetition", after,
    )  # fmt: skip


def _loops(rows: list[dict[str, object]]) -> list[bool]:
    """Whether the curation step `loops`, with its defaults, would drop the answer."""
    import polars as pl

    from stillhouse.curation.hygiene.loops import judge
    from stillhouse.recipe.steps import Loops

    places = pl.Series("_row", range(len(rows)), dtype=pl.UInt32)
    looped: set[int] = set()
    for part in ("reasoning", "response"):
        looped |= set(judge(places, pl.Series([str(row[part]) for row in rows]), part, Loops())["_row"])
    return [number in looped for number in range(len(rows))]


def _of_k(found: Answers, k: int) -> OfK:
    def over(estimate: Callable[[list[Answer]], float]) -> Rate:
        return _rate([estimate(given) for given in found.values()])

    return OfK(
        k,
        over(lambda given: pass_at_k(len(given), sum(answer.correct for answer in given), k)),
        over(lambda given: majority_at_k([(answer.extracted, answer.correct) for answer in given], k)),
        over(lambda given: best_at_k([(-answer.output_tokens, answer.correct) for answer in given], k)),
    )


def _shares(found: Answers) -> list[float]:
    return [statistics.fmean(answer.correct for answer in given) for given in found.values()]


def _rate(per_problem: list[float]) -> Rate:
    """Wilson's interval where every value is 0 or 1, the bootstrap's where they are shares."""
    return rate(per_problem) if {*per_problem} <= {0.0, 1.0} else bootstrap(per_problem)


def _lead(before: tuple[str, str], after: tuple[str, str], found: dict[tuple[str, str], Answers]) -> Lead | None:
    both = [problem for problem in found[before] if problem in found[after]]
    if len(both) < 2:
        return None
    shares = [_shares({problem: found[model][problem] for problem in both}) for model in (before, after)]
    return Lead(after[0], before[0], after[1], paired_difference(*shares))


def _thinking(flat: list[Answer]) -> Thinking:
    spent, correct = sum(answer.thinking_tokens for answer in flat), sum(answer.correct for answer in flat)
    after = [answer.after for answer in flat if answer.correct and answer.after is not None]
    return Thinking(
        tokens_per_answer=spent / len(flat),
        tokens_per_correct=spent / correct if correct else None,
        truncated=statistics.fmean(answer.truncated for answer in flat),
        unclosed=statistics.fmean(answer.unclosed for answer in flat),
        loops=statistics.fmean(answer.loops for answer in flat),
        tokens_after=statistics.fmean(after) if after else None,
    )
