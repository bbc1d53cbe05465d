"""The numbers of a run, each with its count: what the table, the card and the HTML report print."""

from collections import Counter
from dataclasses import dataclass

from stillhouse.manifest import Manifest
from stillhouse.records import OUTCOMES, Problem, Score, Trace, Verdict, normalise_question
from stillhouse.run import Run
from stillhouse.scoring.intervals import Rate, paired_difference, rate
from stillhouse.verifiers.extraction_audit import Extraction, ExtractionAudit


@dataclass(frozen=True)
class Reading:
    """Base and student on the same held-out problems, one way of reading their answers."""

    name: str
    base: Rate
    student: Rate
    difference: Rate


@dataclass(frozen=True)
class Cost:
    """What the accepted examples cost: all tokens and engine seconds sampled, over the examples kept."""

    output_tokens: int
    engine_seconds: float
    examples: int

    @property
    def tokens_per_example(self) -> float:
        return self.output_tokens / max(self.examples, 1)

    @property
    def seconds_per_example(self) -> float:
        return self.engine_seconds / max(self.examples, 1)


@dataclass(frozen=True)
class Summary:
    problems: int
    held_out: int
    traces: int
    outcomes: dict[str, int]
    curation: list[tuple[str, int]]
    examples: int
    cost: Cost
    readings: list[Reading]
    seconds: dict[str, float]
    overlap: int
    contaminated: int
    canaries: tuple[int, int] | None
    """(caught, planted) benchmark questions, where decontamination ran."""
    extraction: Extraction
    extraction_warning: str | None


def summarise(run: Run) -> Summary:
    """Reads the committed stages; scoring may be missing, then there are no readings."""
    done = run.committed()
    traces = run.rows("sample", "traces", Trace)
    verdicts = run.rows("verify", "verdicts", Verdict)
    outcomes = Counter(v.outcome for v in verdicts)
    extraction = audited(traces, verdicts)
    curation = [(step, int(left)) for step, left in run.manifest("curate").counts.items() if step != "examples"]
    examples = int(run.manifest("curate").counts["examples"])
    cost = Cost(sum(t.output_tokens for t in traces), sum(t.seconds for t in traces), examples)
    counts = run.manifest("problems").counts
    return Summary(
        problems=int(counts["problems"]),
        held_out=int(counts["held_out"]),
        traces=len(traces),
        outcomes={o: outcomes.get(o, 0) for o in OUTCOMES},
        curation=curation,
        examples=examples,
        cost=cost,
        readings=_readings(run, done),
        seconds={stage: manifest.seconds for stage, manifest in done.items()},
        overlap=_overlap(run),
        contaminated=int(counts.get("contaminated", 0)),
        canaries=(int(counts["canaries_caught"]), int(counts["canaries_planted"])) if "canaries_planted" in counts else None,
        extraction=extraction,
        extraction_warning=extraction.warning(run.recipe.verify.extraction_warning),
    )


def audited(traces: list[Trace], verdicts: list[Verdict]) -> Extraction:
    """The extraction audit of the traces that have a verdict."""
    audit, by_id = ExtractionAudit(), {trace.id: trace for trace in traces}
    for verdict in verdicts:
        trace = by_id[verdict.trace_id]
        audit.add(trace.id, verdict, trace.response, trace.finish_reason)
    return audit.result()


def _readings(run: Run, done: dict[str, Manifest]) -> list[Reading]:
    if not {"baseline", "score"} <= set(done):
        return []
    base, student = run.rows("baseline", "scores", Score), run.rows("score", "scores", Score)
    return [_reading("strict", base, student, "outcome"), _reading("lenient", base, student, "lenient_outcome")]


def _reading(name: str, base: list[Score], student: list[Score], field: str) -> Reading:
    before, after = per_problem(base, field), per_problem(student, field)
    if set(before) != set(after):
        raise RuntimeError("base and student were scored on different problems")
    ids = sorted(before)
    pair = [before[i] for i in ids], [after[i] for i in ids]
    return Reading(name, rate(pair[0]), rate(pair[1]), paired_difference(*pair))


def per_problem(scores: list[Score], field: str) -> dict[str, float]:
    """Problem id → share of its samples that are correct, by the given outcome field."""
    found: dict[str, list[bool]] = {}
    for score in scores:
        found.setdefault(score.problem_id, []).append(getattr(score, field) == "correct")
    return {pid: sum(hits) / len(hits) for pid, hits in found.items()}


def _overlap(run: Run) -> int:
    """How many held-out problems are in training by id or by normalised text, counted again from the committed tables."""
    training, held_out = (run.rows("problems", table, Problem) for table in ("problems", "held_out"))
    keys = {p.id for p in training} | {normalise_question(p.question) for p in training}
    return sum(p.id in keys or normalise_question(p.question) in keys for p in held_out)
