"""Two runs side by side: recipe, funnel, examples, verdicts on the traces that both have."""

from dataclasses import dataclass
from typing import Any

import duckdb

from stillhouse.query.changes import Change, changes
from stillhouse.query.committed import Committed
from stillhouse.query.views import RECORDS
from stillhouse.records import arrow_schema
from stillhouse.storage import reading
from stillhouse.storage.run import OpenRun
from stillhouse.tables import sql

Tree = dict[str, Any]
SHOWN = 20


@dataclass(frozen=True)
class Both:
    """One figure or setting of two runs; None where a run does not have it."""

    name: str
    a: Any
    b: Any


@dataclass(frozen=True)
class Diff:
    """What two runs differ in. `added` and `removed` are examples of only the second and only the first run, by trace; at most SHOWN ids."""

    recipe: list[Both]
    steps_shared: list[str]
    funnel: list[Both]
    counts: list[Both]
    examples_both: int
    added: int
    removed: int
    added_traces: list[str]
    removed_traces: list[str]
    verdicts_changed: list[Change]
    verdicts_same: int


def diff(a: OpenRun, b: OpenRun) -> Diff:
    """Compares what both runs have committed so far. Raises UserError for a shard that is gone."""
    first, second = Committed.at(a), Committed.at(b)
    with sql.connection() as connection:
        only_b, only_a = _only(connection, second, first), _only(connection, first, second)
        kept = int(connection.execute(f"SELECT count(*) FROM ({_select(first, 'examples')})").fetchall()[0][0])
        changed, same = changes(connection, _select(first, "verdicts"), _select(second, "verdicts"))
        return Diff(
            recipe=_settings(a, b),
            steps_shared=[name for name, one in a.steps.items() if name in b.steps and b.steps[name].fingerprint == one.fingerprint],
            funnel=_side_by_side(_funnel(connection, first), _funnel(connection, second)),
            counts=_side_by_side(_counts(first), _counts(second)),
            examples_both=kept - len(only_a),
            added=len(only_b),
            removed=len(only_a),
            added_traces=only_b[:SHOWN],
            removed_traces=only_a[:SHOWN],
            verdicts_changed=changed,
            verdicts_same=same,
        )


def _select(committed: Committed, table: str) -> str:
    """A table of all steps of a run that have it."""
    having = [manifest for manifest in committed.steps.values() if table in manifest.tables]
    record = RECORDS[table]
    parts = [reading.selection(committed.store, manifest, table, record) for manifest in having]
    return " UNION ALL BY NAME ".join(parts or [sql.parquet([], arrow_schema(record))])


def _only(connection: duckdb.DuckDBPyConnection, these: Committed, others: Committed) -> list[str]:
    query = f"SELECT trace_id FROM ({_select(these, 'examples')}) EXCEPT SELECT trace_id FROM ({_select(others, 'examples')}) ORDER BY 1"
    return [row[0] for row in connection.execute(query).fetchall()]


def _funnel(connection: duckdb.DuckDBPyConnection, committed: Committed) -> Tree:
    return dict(connection.execute(f'SELECT step, "left" FROM ({_select(committed, "funnel")}) ORDER BY position').fetchall())


def _counts(committed: Committed) -> Tree:
    return {f"{step} {name}": value for step, manifest in committed.steps.items() for name, value in manifest.counts.items()}


def _settings(a: OpenRun, b: OpenRun) -> list[Both]:
    found = _side_by_side(*(_flat(run.recipe.model_dump(mode="json")) for run in (a, b)))
    return [both for both in found if both.a != both.b]


def _side_by_side(a: Tree, b: Tree) -> list[Both]:
    return [Both(name, a.get(name), b.get(name)) for name in dict.fromkeys([*a, *b])]


def _flat(tree: Any, path: str = "") -> Tree:
    """Every leaf by its dotted path, as in `--set`."""
    if not isinstance(tree, (dict, list)) or not tree:
        return {path: tree}
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    return {key: value for name, part in items for key, value in _flat(part, f"{path}.{name}" if path else str(name)).items()}
