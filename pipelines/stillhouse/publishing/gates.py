"""Named checks of a run's tables before its dataset goes to anybody else. Each is a row: what was measured, and the limit.

A dataset that stays in the run's folder has its gates in the table `gates` and goes on; a push is refused by name while one
does not hold, unless the recipe waives that one and says why (`publish.waive`).
"""

from collections.abc import Callable, Mapping

import duckdb

from stillhouse.curation.hygiene.pii import SHAPES, find
from stillhouse.errors import UserError
from stillhouse.publishing.terms import terms_of
from stillhouse.query.views import rows, value
from stillhouse.records import Gate
from stillhouse.tables import sql

OPEN = {
    "apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "cc0-1.0", "cc-by-3.0", "cc-by-4.0", "odc-by", "cdla-permissive-2.0", "unlicense",
}  # fmt: skip
SHARED = {"cc-by-sa-3.0", "cc-by-sa-4.0", "odbl"}


def check(connection: duckdb.DuckDBPyConnection, licence: str, counts: Mapping[str, float], waived: Mapping[str, str]) -> list[Gate]:
    """Every gate. licence: the dataset's own. counts: those of the step `problems`. waived: the recipe's reasons by gate."""
    gates = [
        _personal_data(connection),
        _teacher_terms(connection),
        _problem_licences(connection, licence),
        _leaks(connection),
        *_recall(counts),
    ]
    return [_waived(gate, waived[gate.name]) if not gate.passed and gate.name in waived else gate for gate in gates]


def require(gates: list[Gate], repo: str) -> None:
    """Raises UserError where one does not hold, naming each."""
    if shut := [gate for gate in gates if not gate.passed]:
        told = "; ".join(f"{gate.name}: {gate.reason}" for gate in shut)
        raise UserError(
            f"Nothing was pushed to {repo}: {told}.",
            "Mend it, leave `publish.repo_id` out, or say in `publish.waive` by the gate's name why it may go.",
        )


def _waived(gate: Gate, why: str) -> Gate:
    return Gate(gate.name, True, gate.value, gate.limit, f"waived ({why}): {gate.reason}")


def _personal_data(connection: duckdb.DuckDBPyConnection) -> Gate:
    """Examples in which something has the shape of personal data or of a secret. What was found is counted, never repeated."""
    kinds: dict[str, int] = {}
    texts = "SELECT array_to_string(list_transform(messages, lambda m: m.content), chr(10)) AS text FROM examples"
    found = 0
    for batch in sql.stream(connection, texts):
        for text in batch.column("text").to_pylist():
            held = find(text or "", list(SHAPES))
            found += bool(held)
            for kind in held:
                kinds[kind] = kinds.get(kind, 0) + 1
    told = ", ".join(f"{kind} in {count:,} examples" for kind, count in kinds.items())
    return Gate("personal_data", not found, float(found), 0.0, told or "none of the known shapes")


def _teacher_terms(connection: duckdb.DuckDBPyConnection) -> Gate:
    """Teachers whose terms are unknown here, or do not let their outputs train other models."""
    query = "SELECT DISTINCT split_part(t.model, '@', 1) FROM examples e JOIN traces t ON t.id = e.trace_id ORDER BY 1"
    told, bad = [], 0
    for (model,) in rows(connection, query):
        terms = terms_of(model)
        bad += terms is None or not terms.allowed
        told.append(f"{model or 'an unnamed teacher'}: " + _terms(model))
    return Gate("teacher_terms", not bad, float(bad), 0.0, "; ".join(told))


def _terms(model: str) -> str:
    terms = terms_of(model)
    if terms is None:
        return "its terms are not known here"
    verdict = "lets outputs train other models" if terms.allowed else "does not let outputs train other models that compete"
    return f"{terms.licence} ({terms.source}, {terms.date}) {verdict}" + (f": {terms.condition}" if terms.condition else "")


def _problem_licences(connection: duckdb.DuckDBPyConnection, own: str) -> Gate:
    """Problem sets whose licence is unknown, or does not let the dataset go out under its own."""
    query = "SELECT DISTINCT p.source, p.license FROM examples e JOIN problems p ON p.id = e.problem_id ORDER BY ALL"
    told = [f"{source or 'an unnamed source'}: {why}" for source, given in rows(connection, query) if (why := _refused(given or "", own))]
    return Gate("problem_licences", not told, float(len(told)), 0.0, "; ".join(told) or "all known, and they go with the dataset's own")


def _refused(given: str, own: str) -> str:
    licence, ours = given.strip().lower(), own.strip().lower()
    rules: tuple[tuple[Callable[[], bool], str], ...] = (
        (lambda: licence in ("", "unknown", "other"), "no licence is named"),
        (lambda: licence in OPEN or licence == ours, ""),
        (lambda: licence.startswith("cc-by-nc-") and "-sa" not in licence and "-nc" in ours, ""),
        (lambda: licence in SHARED or "-sa" in licence, f"{given} asks for the same licence, and the dataset's is {own}"),
        (lambda: "-nd" in licence, f"{given} allows no derived work"),
        (lambda: "-nc" in licence and "-nc" not in ours, f"{given} is non-commercial, and the dataset's {own} is not"),
    )
    return next((why for holds, why in rules if holds()), f"{given} is not known here")


def _leaks(connection: duckdb.DuckDBPyConnection) -> Gate:
    """Examples of problems that are held out for scoring."""
    count = value(connection, "SELECT count(*) FROM examples e JOIN held_out h ON h.id = e.problem_id")
    return Gate("leaks", not count, float(count), 0.0, f"{count:,} examples of held-out problems")


def _recall(counts: Mapping[str, float]) -> list[Gate]:
    """Where benchmark sets are kept out: that the recall was measured. Too low a recall has failed the step `problems` already."""
    if "contaminated" not in counts:
        return []
    planted, caught = counts["canaries_planted"], counts["canaries_caught"]
    told = f"{caught:,.0f} of {planted:,.0f} planted copies caught" if planted else "not measured: no canaries were planted"
    return [Gate("decontamination_recall", planted > 0, caught / planted if planted else 0.0, 0.0, told)]
