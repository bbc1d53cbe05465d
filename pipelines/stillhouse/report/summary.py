"""The numbers of a run, each with its count: what the table, the card and the HTML report print.

Every one is asked of the run's tables in SQL, so that memory does not grow with them. Steps that a run does not have, the
scores of a dataset alone for example, leave their numbers out.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from stillhouse.query.committed import Committed
from stillhouse.query.views import connect, made_in, rows, value
from stillhouse.records import OUTCOMES, Gate, normalise_question
from stillhouse.report.extraction import audited
from stillhouse.report.teachers import Teacher, teachers
from stillhouse.scoring.intervals import Rate, mean_rate, paired_difference, rate
from stillhouse.scoring.measures import Measured, measure_all
from stillhouse.scoring.reducers import per_problem
from stillhouse.storage.run import within
from stillhouse.tables import sql
from stillhouse.verifiers.extraction_audit import Extraction

BASE, STUDENT = "score/base", "score/student"
DRAWN, JUDGED = made_in("sample"), made_in("verify")
EXTRACTION_WARNING = 0.02
RELEASED = """SELECT name, passed, value, "limit", reason FROM gates WHERE made_by = 'release'"""


@dataclass(frozen=True)
class Reading:
    """Base and student on the same held-out problems, one way of reading their answers."""

    name: str
    base: Rate
    student: Rate
    difference: Rate


@dataclass(frozen=True)
class Cost:
    """What the accepted examples cost: all tokens and engine seconds sampled, traces beyond a policy's stop as well, over the examples kept."""

    output_tokens: int
    engine_seconds: float
    examples: int

    @property
    def tokens_per_example(self) -> float | None:
        return self.output_tokens / self.examples if self.examples else None

    @property
    def seconds_per_example(self) -> float | None:
        return self.engine_seconds / self.examples if self.examples else None


@dataclass(frozen=True)
class Allocation:
    """What a policy did: the pass rate of the first asking, which the stops do not bias, and what was asked in vain.

    stops: problems by why they stopped. rounds: (tried, correct) of each. The last three count what the step's last process
    asked for: requests cancelled, and traces beyond a stop with their tokens.
    """

    pass_rate: Rate | None
    stops: dict[str, int]
    rounds: list[tuple[int, int]]
    cancelled: int
    surplus: int
    surplus_tokens: int


@dataclass(frozen=True)
class Judged:
    """What one verifier came to on the teacher's traces."""

    verifier: str
    version: str
    isolation: str
    outcomes: dict[str, int]


@dataclass(frozen=True)
class Domain:
    """One domain of the training problems."""

    name: str
    problems: int
    traces: int
    correct: int
    examples: int


@dataclass(frozen=True)
class Summary:
    problems: int
    held_out: int
    overlap: int
    contaminated: int
    canaries: tuple[int, int] | None
    """(caught, planted) benchmark questions, where decontamination ran."""
    models: dict[str, str]
    """teacher, base and student, as the requests name them."""
    traces: int
    judged: list[Judged]
    extraction: Extraction
    extraction_warning: str | None
    funnel: list[tuple[str, int]]
    examples: int
    cost: Cost
    allocation: "Allocation | None"
    """What the policy did, where it looked at verdicts."""
    teachers: list[Teacher]
    """One row for each of several teachers; none where there is one."""
    domains: list[Domain]
    readings: list[Reading]
    measured: list[Measured]
    """Every scored model in both readings: rates of k, and how it thinks."""
    gates: list[Gate]
    """What stood before the student was released."""
    seconds: dict[str, float]

    @property
    def outcomes(self) -> dict[str, int]:
        """All verifiers' verdicts on the teacher's traces, by outcome."""
        total = sum((Counter(judged.outcomes) for judged in self.judged), Counter[str]())
        return {outcome: total[outcome] for outcome in OUTCOMES}


def summarise(committed: Committed, extraction_warning: float = EXTRACTION_WARNING) -> Summary:
    """The numbers of a run's committed steps; warns where more than that share has no answer. Raises UserError where a shard is gone."""
    with connect(committed) as connection:
        return _summary(connection, committed, extraction_warning)


def _summary(connection: duckdb.DuckDBPyConnection, committed: Committed, extraction_warning: float) -> Summary:
    counts = committed.steps["problems"].counts if "problems" in committed.steps else {}
    drawn = _drawn(committed)
    examples = value(connection, "SELECT count(*) FROM examples")
    extraction = _extraction(connection)
    return Summary(
        problems=value(connection, "SELECT count(*) FROM problems"),
        held_out=value(connection, "SELECT count(*) FROM held_out WHERE made_by = 'problems'"),
        overlap=_overlap(connection),
        contaminated=int(counts.get("contaminated", 0)),
        canaries=(int(counts["canaries_caught"]), int(counts["canaries_planted"])) if "canaries_planted" in counts else None,
        models=_models(connection),
        traces=value(connection, f"SELECT count(*) FROM traces WHERE {DRAWN}"),
        judged=_judged(connection),
        extraction=extraction,
        extraction_warning=extraction.warning(extraction_warning),
        funnel=[(step, left) for step, left in rows(connection, 'SELECT step, "left" FROM funnel ORDER BY position')],
        examples=examples,
        cost=_cost(connection, examples, int(drawn.get("surplus_tokens", 0))),
        allocation=_allocation(connection, drawn),
        teachers=teachers(connection),
        domains=_domains(connection),
        readings=_readings(connection, committed),
        measured=measure_all(connection, committed)[0],
        gates=[
            Gate(*found) for found in rows(connection, "SELECT name, passed, value, \"limit\", reason FROM gates WHERE made_by = 'release'")
        ],
        seconds={name: manifest.seconds for name, manifest in committed.steps.items()},
    )


def _drawn(committed: Committed) -> Mapping[str, float]:
    """The counts of the teachers' sampling, added up."""
    found = Counter[str]()
    for step, manifest in committed.steps.items():
        if within(step, "sample"):
            found.update(manifest.counts)
    return found


def _models(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    roles = {"teacher": "sample", "base": f"{BASE}/sample", "student": f"{STUDENT}/sample"}
    asked = "SELECT string_agg(DISTINCT model, ', ' ORDER BY model) FROM requests WHERE "
    return {role: found for role, step in roles.items() if (found := value(connection, asked + made_in(step)))}


def _judged(connection: duckdb.DuckDBPyConnection) -> list[Judged]:
    counted = f"""
        SELECT verifier, version, isolation, outcome, count(*) FROM verdicts
        WHERE {JUDGED} AND reading = 'plain' GROUP BY ALL ORDER BY ALL
    """
    found: dict[tuple[str, str, str], dict[str, int]] = {}
    for verifier, version, isolation, outcome, count in rows(connection, counted):
        found.setdefault((verifier, version, isolation), {})[outcome] = count
    return [Judged(*key, outcomes) for key, outcomes in found.items()]


def _extraction(connection: duckdb.DuckDBPyConnection) -> Extraction:
    plain = f"SELECT * FROM verdicts WHERE {JUDGED} AND reading = 'plain'"
    return audited(connection, plain, f"SELECT * FROM traces WHERE {DRAWN}")


def _allocation(connection: duckdb.DuckDBPyConnection, counts: Mapping[str, float]) -> Allocation | None:
    stops = rows(connection, "SELECT stop, count(*) FROM allocated GROUP BY 1 ORDER BY 2 DESC, 1")
    if not stops:
        return None
    rates = "SELECT avg(pass_rate) AS rate FROM allocated GROUP BY problem_id"
    ((n, mean, spread),) = rows(connection, f"SELECT count(rate), avg(rate), stddev_samp(rate) FROM ({rates})")
    rounds = sum(name.endswith(" tried") for name in counts)
    return Allocation(
        mean_rate(mean, spread, n) if n > 1 else None,
        dict(stops),
        [(int(counts[f"round {i} tried"]), int(counts[f"round {i} correct"])) for i in range(1, rounds + 1)],
        *(int(counts.get(name, 0)) for name in ("cancelled", "surplus", "surplus_tokens")),
    )


def _cost(connection: duckdb.DuckDBPyConnection, examples: int, surplus: int) -> Cost:
    drawn = f"{DRAWN} OR {made_in('unsolved/sample')}"
    spent = f"SELECT coalesce(sum(output_tokens), 0), coalesce(sum(seconds), 0.0) FROM traces WHERE {drawn}"
    ((tokens, seconds),) = rows(connection, spent)
    return Cost(int(tokens) + surplus, float(seconds), examples)


def _domains(connection: duckdb.DuckDBPyConnection) -> list[Domain]:
    counted = f"""
        WITH drawn AS (
            SELECT t.problem_id, count(*) AS traces, count(*) FILTER (v.outcome = 'correct') AS correct
            FROM (SELECT id, problem_id FROM traces WHERE {DRAWN}) t
            LEFT JOIN (SELECT trace_id, outcome FROM verdicts WHERE {JUDGED} AND reading = 'plain') v ON v.trace_id = t.id
            GROUP BY 1
        ), kept AS (SELECT problem_id, count(*) AS examples FROM examples GROUP BY 1)
        SELECT p.domain, count(*), coalesce(sum(traces), 0), coalesce(sum(correct), 0), coalesce(sum(examples), 0)
        FROM problems p LEFT JOIN drawn ON drawn.problem_id = p.id LEFT JOIN kept ON kept.problem_id = p.id GROUP BY 1 ORDER BY 2 DESC, 1
    """
    return [Domain(name, *map(int, numbers)) for name, *numbers in rows(connection, counted)]


def _readings(connection: duckdb.DuckDBPyConnection, committed: Committed) -> list[Reading]:
    if not {f"{BASE}/verify", f"{STUDENT}/verify"} <= set(committed.steps):
        return []
    return [_reading(connection, name) for name in ("strict", "lenient")]


def _reading(connection: duckdb.DuckDBPyConnection, name: str) -> Reading:
    before, after = per_problem(connection, BASE, name), per_problem(connection, STUDENT, name)
    if set(before) != set(after):
        raise RuntimeError("base and student were scored on different problems")
    pair = list(before.values()), [after[problem] for problem in before]
    return Reading(name, rate(pair[0]), rate(pair[1]), paired_difference(*pair))


def _overlap(connection: duckdb.DuckDBPyConnection) -> int:
    """How many held-out problems are in training by id or by normalised text, counted again from the committed tables."""
    held_out: dict[str, str] = {}
    for one, question in rows(connection, "SELECT id, question FROM held_out"):
        held_out |= {one: one, normalise_question(question): one}
    found = set()
    for batch in sql.stream(connection, "SELECT id, question FROM problems") if held_out else ():
        for row in batch.to_pylist():
            found |= {held_out.get(row["id"]), held_out.get(normalise_question(row["question"]))}
    return len(found - {None})
