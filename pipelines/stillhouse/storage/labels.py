"""What people said of a run's traces: a small table that only grows, written whole under the hash of its content.

`run.json` points at the newest one, so a label counts once that pointer is written. The last label of a trace is the one
that counts; the ones before it stay in the table.
"""

import dataclasses
from collections.abc import Iterable

import pyarrow.parquet as pq

from stillhouse.errors import UserError
from stillhouse.records import Label, from_table, to_table
from stillhouse.storage.shards import write_shard
from stillhouse.storage.store import Store

FOLDER = "labels"


def read(store: Store, path: str) -> list[Label]:
    """All labels in the order in which they were given; none for the path "". Raises UserError where the table is gone."""
    if not path:
        return []
    if not store.exists(path):
        raise UserError(f"The labels {store.uri}/{path} are gone.", "Import them again: stillhouse queue RUN import FILE.")
    return from_table(pq.read_table(store.fetch(path)), Label)


def write(store: Store, labels: list[Label]) -> str:
    """Writes a table of labels; returns its path."""
    return write_shard(store, FOLDER, to_table(labels, Label)).path


def pick_last(labels: Iterable[Label]) -> dict[str, Label]:
    """The label that counts, by trace."""
    return {label.trace_id: label for label in sorted(labels, key=lambda label: label.number)}


def add(before: list[Label], given: Iterable[Label]) -> list[Label]:
    """The table with the labels that say something new, numbered on. What was said already is not said again."""
    made, last = list(before), pick_last(before)
    for label in given:
        was = last.get(label.trace_id)
        if was is None or (was.label, was.note) != (label.label, label.note):
            last[label.trace_id] = dataclasses.replace(label, number=len(made))
            made.append(last[label.trace_id])
    return made
