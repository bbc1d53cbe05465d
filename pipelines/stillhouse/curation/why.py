"""Why a trace, problem or example is, or is not, in the dataset: what the run's tables say of one id."""

import duckdb

from stillhouse.curation.views import query, tables
from stillhouse.errors import UserError

MAX_TEXT = 200


def explain(connection: duckdb.DuckDBPyConnection, given: str) -> list[str]:
    """Lines for a person. `given` is an id or the start of one. Raises UserError where no or several ids fit."""
    here = set(tables(connection))
    trace, problem = _resolve(connection, given, here)
    lines = [f"trace {trace} of problem {problem}" if trace else f"problem {problem}"]
    if "problems" in here:
        lines += [f"  question: {_short(q)}" for (q,) in _rows(connection, "SELECT question FROM problems WHERE id = ?", problem)]
    lines += _trace(connection, trace, here) if trace else _traces(connection, problem, here)
    return lines + _decisions(connection, [i for i in (trace, problem) if i], here)


def _resolve(connection: duckdb.DuckDBPyConnection, given: str, here: set[str]) -> tuple[str | None, str | None]:
    """The trace and the problem that an id stands for."""
    parts = []
    if "traces" in here:
        parts.append("SELECT id, id AS trace, problem_id AS problem FROM traces")
    if "examples" in here:
        parts.append("SELECT id, trace_id AS trace, problem_id AS problem FROM examples")
    if "problems" in here:
        parts.append("SELECT id, CAST(NULL AS VARCHAR) AS trace, id AS problem FROM problems")
    if "decisions" in here:
        known = " UNION ALL ".join(f"SELECT id FROM {t}" for t in ("traces", "problems") if t in here)
        rest = f" AND id NOT IN ({known})" if known else ""
        kinds = ", ".join(f"CASE kind WHEN '{kind}' THEN id END AS {kind}" for kind in ("trace", "problem"))
        parts.append(f"SELECT id, {kinds} FROM decisions WHERE true{rest}")
    if not parts:
        raise UserError("This run has no tables yet.", "Run its stages first.")
    found = _rows(
        connection, f"SELECT DISTINCT trace, problem FROM ({' UNION ALL '.join(parts)}) t WHERE starts_with(id, ?) LIMIT 3", given
    )
    if len(found) != 1:
        many = "Several ids begin" if found else "No trace, problem or example has an id that begins"
        raise UserError(
            f"{many} with {given!r}.", "Give the whole id." if found else 'List them: stillhouse sql RUN "SELECT id FROM traces".'
        )
    trace, problem = found[0]
    return (str(trace) if trace else None), (str(problem) if problem else None)


def _trace(connection: duckdb.DuckDBPyConnection, trace: str, here: set[str]) -> list[str]:
    lines = []
    if "traces" in here:
        sampled = "SELECT teacher, round, sample_index, format, finish_reason, output_tokens FROM traces WHERE id = ?"
        for teacher, number, index, form, finish, tokens in _rows(connection, sampled, trace):
            lines.append(f"  sampled from {teacher}, round {number}, sample {index}: {tokens} tokens, format {form}, finished by {finish}")
    if "verdicts" in here:
        judged = "SELECT verifier, outcome, extracted, reason FROM verdicts WHERE trace_id = ?"
        for verifier, outcome, extracted, reason in _rows(connection, judged, trace):
            lines.append(
                f"  {outcome} by {verifier}" + (f" (read {_short(extracted)!r})" if extracted else "") + (f": {reason}" if reason else "")
            )
    return lines


def _traces(connection: duckdb.DuckDBPyConnection, problem: str | None, here: set[str]) -> list[str]:
    """What became of a problem's traces."""
    if not {"traces", "decisions"} <= here:
        return []
    counted = """
        SELECT d.step, d.reason, count(*) FROM traces t JOIN decisions d ON d.id = t.id
        WHERE t.problem_id = ? GROUP BY ALL ORDER BY 3 DESC, 1, 2
    """
    return [f"  {n} traces: {step} {reason}" for step, reason, n in _rows(connection, counted, problem)]


def _decisions(connection: duckdb.DuckDBPyConnection, ids: list[str], here: set[str]) -> list[str]:
    if "decisions" not in here:
        return ["  no step has decided yet"]
    sql = "SELECT kind, stage, step, kept, reason, detail FROM decisions WHERE id = ? ORDER BY kept, stage, step"
    rows = [row for i in ids for row in _rows(connection, sql, i)]
    lines = [
        f"  {'kept' if kept else 'DROPPED'} ({kind}) by {stage}/{step}: {reason}" + (f" ({detail})" if detail else "")
        for kind, stage, step, kept, reason, detail in rows
    ]
    return lines or ["  no step has decided yet"]


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, value: str | None) -> list[tuple[object, ...]]:
    return query(connection, sql, [value])[1]


def _short(text: object) -> str:
    line = " ".join(str(text).split())
    return line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 1] + "…"
