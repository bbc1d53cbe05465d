"""The rows that the report shows in full: chosen by ids alone, and only then read with their texts."""

from dataclasses import dataclass

import duckdb

from stillhouse.query.views import made_in, rows
from stillhouse.report.summary import DRAWN, JUDGED, STUDENT

KEPT = ANSWERS = 5
REASONS = 30
MAX_TEXT = 20_000


@dataclass(frozen=True)
class Sample:
    """A trace with its problem, what a verifier said of it, and why it was chosen."""

    label: str
    id: str
    question: str
    gold: str
    outcome: str
    extracted: str
    reason: str
    tokens: int
    reasoning: str
    response: str


def kept(connection: duckdb.DuckDBPyConnection) -> list[Sample]:
    """The traces of the first examples."""
    chosen = rows(connection, "SELECT trace_id FROM examples ORDER BY problem_id, trace_id LIMIT ?", KEPT)
    return _read(connection, {trace: "kept" for (trace,) in chosen}, DRAWN, JUDGED, "plain")


def sample_drops(connection: duckdb.DuckDBPyConnection) -> list[Sample]:
    """The first dropped trace of each reason, the commonest reason first."""
    firsts = """
        SELECT min(id), step, reason, count(*), min_by(detail, id) FROM decisions
        WHERE made_by = 'curate' AND kind = 'trace' AND NOT kept GROUP BY step, reason ORDER BY 4 DESC, step, reason LIMIT ?
    """
    chosen = {
        trace: f"{step}: {reason}" + (f" ({detail})" if detail else "") + f", one of {count:,}"
        for trace, step, reason, count, detail in rows(connection, firsts, REASONS)
    }
    return _read(connection, chosen, DRAWN, JUDGED, "plain")


def answers(connection: duckdb.DuckDBPyConnection, right: bool) -> list[Sample]:
    """Some of the student's answers to held-out problems: right ones, or wrong ones."""
    judged = "outcome = 'correct'" if right else "outcome <> 'correct'"
    query = f"SELECT trace_id, outcome FROM verdicts WHERE made_by = ? AND reading = 'strict' AND {judged} ORDER BY trace_id LIMIT ?"
    chosen = dict(rows(connection, query, f"{STUDENT}/verify", ANSWERS))
    return _read(connection, chosen, made_in(f"{STUDENT}/sample"), made_in(f"{STUDENT}/verify"), "strict")


def _read(connection: duckdb.DuckDBPyConnection, chosen: dict[str, str], drawn: str, judged: str, reading: str) -> list[Sample]:
    """The chosen traces in the order of choice. `chosen` maps a trace to its label; `drawn` and `judged` are conditions (`made_in`)."""
    query = f"""
        SELECT t.id, p.question, p.answer, coalesce(v.outcome, ''), coalesce(v.extracted, ''), coalesce(v.reason, ''),
               t.output_tokens, t.reasoning, t.response
        FROM (SELECT * FROM traces WHERE id IN (SELECT unnest($1::VARCHAR[])) AND {drawn}) t
        LEFT JOIN (SELECT * FROM verdicts WHERE {judged} AND reading = $2) v ON v.trace_id = t.id
        JOIN (SELECT id, question, answer FROM problems UNION ALL SELECT id, question, answer FROM held_out) p ON p.id = t.problem_id
    """
    found = {row[0]: row for row in rows(connection, query, list(chosen), reading)} if chosen else {}
    return [_sample(label, *found[trace]) for trace, label in chosen.items() if trace in found]


def _sample(
    label: str, one: str, question: str, gold: str, outcome: str, extracted: str, reason: str, tokens: int, reasoning: str, response: str
) -> Sample:
    return Sample(label, one, question, gold, outcome, extracted, reason, tokens, _bounded(reasoning), _bounded(response))


def _bounded(text: str) -> str:
    """A text that a page can carry: the middle of a very long one is left out."""
    if len(text) <= MAX_TEXT:
        return text
    half = MAX_TEXT // 2
    return f"{text[:half]}\n[… {len(text) - MAX_TEXT:,} characters …]\n{text[-half:]}"
