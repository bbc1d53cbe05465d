"""Why a trace, a problem or an example is, or is not, in the dataset, and what became of an answer: the tables' story of one id."""

from dataclasses import dataclass, field
from typing import Any

import duckdb

from stillhouse.errors import UserError
from stillhouse.printing import one_line
from stillhouse.query.ask import query

MAX_TEXT = 200
_NAMED = """
    SELECT id AS given, id AS trace, problem_id AS problem FROM requests
    UNION SELECT id, id, problem_id FROM traces
    UNION SELECT id, trace_id, problem_id FROM examples
    UNION SELECT id, NULL, id FROM problems
    UNION SELECT id, NULL, id FROM held_out
    UNION SELECT id, CASE kind WHEN 'trace' THEN id END, CASE kind WHEN 'problem' THEN id END FROM decisions
"""
_READ = {"plain": "", "check": ", as a check", "human": ""}
Row = dict[str, Any]


@dataclass(frozen=True)
class Story:
    """What the tables say. `traces` and `verdicts` are one trace's, or what a problem's came to where no trace was asked for."""

    trace: str | None
    problem: str | None
    question: str | None
    answer: str | None
    example: str | None
    traces: list[Row] = field(default_factory=list)
    verdicts: list[Row] = field(default_factory=list)
    tally: list[Row] = field(default_factory=list)
    decisions: list[Row] = field(default_factory=list)
    queue: list[Row] = field(default_factory=list)


def explain(connection: duckdb.DuckDBPyConnection, given: str) -> list[str]:
    """Lines for a person. `given` is an id or the start of one. Raises UserError where no or several ids fit."""
    return lines(story(connection, given))


def story(connection: duckdb.DuckDBPyConnection, given: str) -> Story:
    """The story of an id or the start of one. Raises UserError where no or several ids fit."""
    trace, problem = _resolve(connection, given)
    asked = _rows(
        connection, "SELECT question, answer FROM problems WHERE id = $1 UNION SELECT question, answer FROM held_out WHERE id = $1", problem
    )
    question = asked[0] if asked else {}
    example = _rows(connection, "SELECT id FROM examples WHERE trace_id = ?", trace)
    return Story(
        trace,
        problem,
        question.get("question"),
        question.get("answer"),
        example[0]["id"] if example else None,
        _traces(connection, trace) if trace else [],
        _verdicts(connection, trace) if trace else [],
        _tally(connection, problem) if problem and not trace else [],
        [row for one in (trace, problem) if one for row in _decisions(connection, one)],
        _queue(connection, trace or problem),
    )


def _resolve(connection: duckdb.DuckDBPyConnection, given: str) -> tuple[str | None, str | None]:
    """The trace and the problem that an id stands for. A dropped trace's decision names no problem: its request does."""
    found = _rows(
        connection,
        f"""
        SELECT given, max(trace) AS trace, max(problem) AS problem FROM ({_NAMED})
        WHERE starts_with(given, $1) GROUP BY given ORDER BY given <> $1, given LIMIT 2
        """,
        given,
    )
    if len(found) != 1 and not (found and found[0]["given"] == given):
        many = "Several ids begin" if found else "No trace, problem or example has an id that begins"
        raise UserError(
            f"{many} with {given!r}.", "Give the whole id." if found else 'List them: stillhouse sql RUN "SELECT id FROM traces".'
        )
    return found[0]["trace"], found[0]["problem"]


def _traces(connection: duckdb.DuckDBPyConnection, trace: str) -> list[Row]:
    drawn = """
        SELECT r.made_by, r.model, r.method, r."index", r.seed, t.format, t.finish_reason, t.calls, t.output_tokens, t.notes
        FROM requests r LEFT JOIN traces t ON t.id = r.id AND t.made_by = r.made_by WHERE r.id = ? ORDER BY 1
    """
    return _rows(connection, drawn, trace)


def _verdicts(connection: duckdb.DuckDBPyConnection, trace: str) -> list[Row]:
    given = """
        SELECT made_by, reading, verifier, version, outcome, score, extracted, reason, isolation FROM verdicts
        WHERE trace_id = ? ORDER BY made_by, reading DESC
    """
    return _rows(connection, given, trace)


def _tally(connection: duckdb.DuckDBPyConnection, problem: str) -> list[Row]:
    """What became of a problem's traces: how many a step drew, how they were judged, why they were dropped."""
    counted = """
        SELECT made_by, 'drawn' AS said, '' AS reason, count(*) AS traces FROM traces WHERE problem_id = $1 GROUP BY ALL
        UNION ALL SELECT v.made_by, v.reading, v.outcome, count(*) FROM verdicts v
            WHERE v.trace_id IN (SELECT id FROM traces WHERE problem_id = $1) GROUP BY ALL
        UNION ALL SELECT d.made_by, d.step, d.reason, count(*) FROM decisions d
            WHERE d.id IN (SELECT id FROM traces WHERE problem_id = $1) GROUP BY ALL
    """
    return _rows(connection, f"SELECT * FROM ({counted}) ORDER BY made_by, traces DESC, said, reason", problem)


def _queue(connection: duckdb.DuckDBPyConnection, one: str | None) -> list[Row]:
    """Why people are asked about the trace, or about how many traces of the problem."""
    asked = "SELECT made_by, reason, min(detail) AS detail, count(*) AS traces FROM queue WHERE $1 IN (trace_id, problem_id) GROUP BY ALL ORDER BY ALL"
    return _rows(connection, asked, one)


def _decisions(connection: duckdb.DuckDBPyConnection, one: str) -> list[Row]:
    return _rows(
        connection, "SELECT kind, made_by, step, kept, reason, detail FROM decisions WHERE id = ? ORDER BY kept, made_by, step", one
    )


def _rows(connection: duckdb.DuckDBPyConnection, text: str, value: str | None) -> list[Row]:
    names, rows = query(connection, text, [value])
    return [dict(zip(names, row, strict=True)) for row in rows]


def lines(found: Story) -> list[str]:
    """The story for a person, one line each."""
    head = f"trace {found.trace} of problem {found.problem or '?'}" if found.trace else f"problem {found.problem}"
    told = [head]
    if found.question is not None:
        told.append(f"  question: {_short(found.question)}" + (f" (gold {_short(found.answer)})" if found.answer else ""))
    told += [_trace_line(row) for row in found.traces]
    told += [_verdict_line(row) for row in found.verdicts]
    told += [_tally_line(row) for row in found.tally]
    told += [_queue_line(row, found.trace is None) for row in found.queue]
    told += [_decision_line(row) for row in found.decisions]
    told += [f"  it is the example {found.example}"] if found.example else []
    return told if found.decisions or found.verdicts or found.tally else [*told, "  no step has decided yet"]


def _trace_line(row: Row) -> str:
    asked = f"  {row['made_by']}: asked of {row['model']} ({row['method']}), sample {row['index']}"
    if row["format"] is None:
        return f"{asked}: not drawn yet"
    notes = f"; {one_line(row['notes'])[:MAX_TEXT]}" if row["notes"] else ""
    return f"{asked}: {row['output_tokens']} tokens, format {row['format']}, finished by {row['finish_reason']}{notes}"


def _verdict_line(row: Row) -> str:
    reading = _READ.get(row["reading"], f", read {row['reading']}ly")
    answer = f" (answer {_short(row['extracted'])!r})" if row["extracted"] else ""
    return f"  {row['made_by']}: {row['outcome']} by {row['verifier']} {row['version']}{reading}{answer}" + (
        f": {_short(row['reason'])}" if row["reason"] else ""
    )


def _tally_line(row: Row) -> str:
    traces = "trace" if row["traces"] == 1 else "traces"
    return f"  {row['made_by']}: {row['traces']} {traces} {row['said']} {row['reason']}".rstrip()


def _queue_line(row: Row, of_problem: bool) -> str:
    told = f" ({_short(row['detail'])})" if row["detail"] and not of_problem else ""
    about = f" about {row['traces']} of its traces" if of_problem else ""
    return f"  {row['made_by']}: people are asked{about}: {row['reason']}{told}"


def _decision_line(row: Row) -> str:
    detail = f" ({_short(row['detail'])})" if row["detail"] else ""
    return f"  {'kept' if row['kept'] else 'DROPPED'} ({row['kind']}) by {row['made_by']}/{row['step']}: {row['reason']}{detail}"


def _short(text: object) -> str:
    line = one_line(str(text))
    return line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 1] + "…"
