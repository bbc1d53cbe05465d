"""The extraction audit over a run's tables: of the traces without an answer each, of the others only the number."""

from dataclasses import dataclass, replace

import duckdb

from stillhouse.query.views import value
from stillhouse.tables import sql
from stillhouse.verifiers.extraction_audit import NO_READERS, Extraction, ExtractionAudit

TAIL = 2_000  # characters of a response in which the audit looks for its last line


def audited(connection: duckdb.DuckDBPyConnection, verdicts: str, traces: str) -> Extraction:
    """What the audit says of two SELECTs: verdicts with the reading "plain", and traces among which theirs are."""
    names = ", ".join(f"'{name}'" for name in sorted(NO_READERS))
    read = f"""
        SELECT trace_id, verifier, outcome, extracted, reason FROM ({verdicts})
        WHERE outcome NOT IN ('timeout', 'error') AND verifier NOT IN ({names})
    """
    empty = f"""
        SELECT v.*, right(t.response, {TAIL}) AS response, t.finish_reason
        FROM ({read} AND extracted = '') v JOIN ({traces}) t ON t.id = v.trace_id ORDER BY v.trace_id
    """
    audit = ExtractionAudit()
    for batch in sql.stream(connection, empty):
        for row in batch.to_pylist():
            said = _Said(row["verifier"], row["outcome"], row["extracted"], row["reason"])
            audit.add(row["trace_id"], said, row["response"], row["finish_reason"])
    return replace(audit.result(), read=value(connection, f"SELECT count(*) FROM ({read})"))


@dataclass(frozen=True, slots=True)
class _Said:
    verifier: str
    outcome: str
    extracted: str
    reason: str
